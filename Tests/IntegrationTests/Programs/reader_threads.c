/* Several threads read one device: each reply goes to exactly one of them. */
#include <semaphore.h>
#include <stdatomic.h>

#include "reference_device.h"
#include "threads.h"

enum {
    READERS = 8,
    PAYS = 500,
    /* Fewer than the socket holds, so that slow readers lose nothing. */
    UNANSWERED = 64,
};

static hid_device *device;
static sem_t unanswered;
static atomic_int replies[PAYS];
static atomic_int ended;

/* Every other one asks again every few milliseconds. */
static void *read_replies(void *number) {
    unsigned char report[PACKET_LENGTH];
    int length;
    while ((length = (intptr_t)number % 2 ? hid_read(device, report, sizeof report)
                                          : hid_read_timeout(device, report, sizeof report, 5)) >= 0) {
        if (length > 0) {
            CHECK(sequence_of(report) < PAYS && is_success(report, length, sequence_of(report)));
            replies[sequence_of(report)]++;
            sem_post(&unanswered);
        }
    }
    ended++;
    return NULL;
}

int main(void) {
    device = open_device();
    CHECK(sem_init(&unanswered, 0, UNANSWERED) == 0);
    pthread_t readers[READERS];
    for (intptr_t number = 0; number < READERS; number++) {
        readers[number] = start(read_replies, (void *)number);
    }
    for (int sequence = 0; sequence < PAYS; sequence++) {
        sem_wait(&unanswered);
        send_pay(device, (uint16_t)sequence);
    }
    for (int count = 0; count < UNANSWERED; count++) {
        sem_wait(&unanswered);
    }
    CHECK(ended == 0);
    hid_close(device);
    for (int number = 0; number < READERS; number++) {
        pthread_join(readers[number], NULL);
    }
    CHECK(ended == READERS);
    for (int sequence = 0; sequence < PAYS; sequence++) {
        CHECK(replies[sequence] == 1);
    }
}

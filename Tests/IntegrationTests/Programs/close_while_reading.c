/* A handle closed while another thread waits in hid_read: undefined in hidapi (#649), survived here. The argument is
 * the number of rounds. */
#include <stdatomic.h>

#include "reference_device.h"
#include "threads.h"

static hid_device *device;
static atomic_int reader_id;

static void *read_until_closed(void *unused) {
    unsigned char report[REPORT_LENGTH];
    reader_id = this_thread();
    CHECK(hid_read(device, report, sizeof report) == -1);
    /* Use after close. */
    CHECK(hid_read(device, report, sizeof report) == -1);
    CHECK(hid_error(device) != NULL);
    return unused;
}

int main(int argument_count, char **arguments) {
    CHECK(argument_count == 2);
    for (int round = 0; round < atoi(arguments[1]); round++) {
        device = open_device();
        reader_id = 0;
        pthread_t reader = start(read_until_closed, NULL);
        /* Every other round the close finds the reader somewhere on its way. */
        if (round % 2 == 0) {
            while (reader_id == 0) {
                sched_yield();
            }
            wait_until_asleep(reader_id);
        }
        hid_close(device);
        pthread_join(reader, NULL);

        unsigned char packet[PACKET_LENGTH];
        make_pay(packet, 1);
        CHECK(hid_write(device, packet, sizeof packet) == -1);
        hid_close(device);
    }
    device = open_device();
    pay(device, 1);
    hid_close(device);
}

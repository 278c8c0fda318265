/* A busy POS: pays and cancels by turns, several commands at a time, and takes their replies strictly in order.
 * Arguments: how many commands, how many at a time. */
#include "reference_device.h"

static void send_cancel(hid_device *device, uint16_t sequence) {
    uint8_t packet[PACKET_LENGTH] = {0}, *report = packet + 1;
    report[0] = 0xB7;
    report[1] = 0x02;
    report[2] = (uint8_t)sequence;
    report[3] = (uint8_t)(sequence >> 8);
    put_checksum(report);
    CHECK(hid_write(device, packet, sizeof packet) == PACKET_LENGTH);
}

/* Whether this is, to the byte, the reply SUCCESS to that command. */
static bool answers(const uint8_t *report, int length, uint16_t sequence) {
    uint8_t reply[REPORT_LENGTH] = {0xB7, sequence % 2 == 0 ? 0x81 : 0x82, (uint8_t)sequence, (uint8_t)(sequence >> 8)};
    put_checksum(reply);
    return length == REPORT_LENGTH && memcmp(report, reply, REPORT_LENGTH) == 0;
}

int main(int argument_count, char **arguments) {
    CHECK(argument_count == 3);
    int count = atoi(arguments[1]), burst = atoi(arguments[2]);
    uint8_t report[REPORT_LENGTH];
    hid_device *device = open_device();
    for (int first = 0; first < count; first += burst) {
        for (int sequence = first; sequence < first + burst; sequence++) {
            if (sequence % 2 == 0) {
                send_pay(device, (uint16_t)sequence);
            } else {
                send_cancel(device, (uint16_t)sequence);
            }
        }
        for (int sequence = first; sequence < first + burst; sequence++) {
            int length = hid_read_timeout(device, report, sizeof report, 30000);
            CHECK(answers(report, length, (uint16_t)sequence));
        }
    }
    /* None comes twice. */
    CHECK(hid_read_timeout(device, report, sizeof report, 300) == 0);
    hid_close(device);
}

/* How long reads wait, and what a short buffer gets. */
#include "reference_device.h"

int main(void) {
    hid_device *device = open_device();
    unsigned char report[PACKET_LENGTH];

    CHECK(hid_read_timeout(device, report, sizeof report, 0) == 0);
    CHECK(hid_read_timeout(device, report, sizeof report, 20) == 0);
    CHECK(hid_set_nonblocking(device, 1) == 0);
    CHECK(hid_read(device, report, sizeof report) == 0);

    /* A timeout of -1 waits whatever the mode. */
    send_pay(device, 1);
    CHECK(is_success(report, hid_read_timeout(device, report, sizeof report, -1), 1));
    CHECK(hid_set_nonblocking(device, 0) == 0);
    send_pay(device, 2);
    CHECK(is_success(report, hid_read(device, report, sizeof report), 2));
    send_pay(device, 3);
    CHECK(is_success(report, hid_read_timeout(device, report, sizeof report, 30000), 3));

    /* What does not fit is gone: the next read gives the next report. */
    send_pay(device, 4);
    send_pay(device, 5);
    memset(report, 0xEE, sizeof report);
    CHECK(hid_read(device, report, 4) == 4);
    CHECK(sequence_of(report) == 4 && report[4] == 0xEE);
    CHECK(is_success(report, hid_read(device, report, sizeof report), 5));

    CHECK(hid_read(device, NULL, REPORT_LENGTH) == -1);
    CHECK(hid_read(device, report, 0) == -1);
    CHECK(hid_read_timeout(device, NULL, REPORT_LENGTH, 0) == -1);
    CHECK(wcslen(hid_error(device)) > 0);
    CHECK(hid_read_timeout(device, report, sizeof report, 0) == 0);
    hid_close(device);
}

/* Every handle of a device gets every input report, as with hidraw. */
#include "reference_device.h"

int main(void) {
    hid_device *handles[] = {open_device(), open_device()};
    CHECK(handles[0] != handles[1]);
    for (uint16_t sequence = 0; sequence < 50; sequence++) {
        unsigned char report[REPORT_LENGTH];
        send_pay(handles[sequence % 2], sequence);
        CHECK(is_success(report, hid_read(handles[0], report, sizeof report), sequence));
        CHECK(is_success(report, hid_read(handles[1], report, sizeof report), sequence));
        CHECK(hid_read_timeout(handles[0], report, sizeof report, 0) == 0);
        CHECK(hid_read_timeout(handles[1], report, sizeof report, 0) == 0);
    }
    /* One closed leaves the other as it was. */
    hid_close(handles[0]);
    pay(handles[1], 50);
    hid_close(handles[1]);
}

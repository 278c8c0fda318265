/* What hid_write takes. */
#include "reference_device.h"

int main(void) {
    hid_device *device = open_device();
    unsigned char packet[5000], report[REPORT_LENGTH];
    const wchar_t *success = hid_error(device);

    make_pay(packet, 1);
    CHECK(hid_write(device, packet, PACKET_LENGTH) == PACKET_LENGTH);
    CHECK(is_success(report, hid_read(device, report, sizeof report), 1));
    CHECK(wcscmp(hid_error(device), success) == 0);

    /* A program that forgets the report ID sends its first byte as data, as with real hardware. */
    make_pay(packet, 2);
    CHECK(hid_write(device, packet + 1, REPORT_LENGTH) == REPORT_LENGTH);
    CHECK(is_success(report, hid_read(device, report, sizeof report), 2));

    memset(packet, 0, sizeof packet);
    const struct {
        const unsigned char *data;
        size_t length;
    } refused[] = {{NULL, PACKET_LENGTH}, {packet, 0}, {packet, 4098}, {packet, sizeof packet}, {packet, SIZE_MAX}};
    for (size_t index = 0; index < sizeof refused / sizeof *refused; index++) {
        CHECK(hid_write(device, refused[index].data, refused[index].length) == -1);
        CHECK(wcslen(hid_error(device)) > 0 && wcscmp(hid_error(device), success) != 0);
    }

    /* None of it has done harm. */
    pay(device, 3);
    hid_close(device);
}

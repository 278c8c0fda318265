/* A POS that outlives its device. Each line on standard input lets it go on; what it prints says how far it is. */
#include "reference_device.h"

static void await_line(void) {
    CHECK(getchar() == '\n');
}

int main(void) {
    unsigned char packet[PACKET_LENGTH], report[REPORT_LENGTH];
    setvbuf(stdout, NULL, _IONBF, 0);

    await_line();
    hid_device *lost = open_device();
    pay(lost, 1);
    printf("reading\n");
    CHECK(hid_read(lost, report, sizeof report) == -1);
    printf("lost: %ls\n", hid_error(lost));
    make_pay(packet, 2);
    for (int round = 0; round < 3; round++) {
        CHECK(hid_write(lost, packet, sizeof packet) == -1);
        CHECK(hid_read(lost, report, sizeof report) == -1);
        CHECK(hid_read_timeout(lost, report, sizeof report, 0) == -1);
        CHECK(hid_get_feature_report(lost, report, sizeof report) == -1);
        CHECK(wcslen(hid_error(lost)) > 0);
    }
    CHECK(hid_enumerate(0, 0) == NULL);
    CHECK(hid_open(VENDOR_ID, PRODUCT_ID, NULL) == NULL);
    printf("gone: %ls\n", hid_error(NULL));

    await_line();
    hid_device *device = open_device();
    pay(device, 3);
    /* The old handle stays dead. */
    CHECK(hid_write(lost, packet, sizeof packet) == -1);
    hid_close(lost);
    pay(device, 4);
    hid_close(device);
    printf("paid\n");
}

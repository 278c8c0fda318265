/* Handles that are none, and hid_error, which always has something to say. */
#include "reference_device.h"

/* Newer than the system's header. */
int hid_libusb_error(hid_device *device) __attribute__((weak));

static void check_refused(hid_device *device) {
    unsigned char packet[PACKET_LENGTH] = {0};
    wchar_t string[8];
    CHECK(hid_write(device, packet, sizeof packet) == -1);
    CHECK(hid_read(device, packet, sizeof packet) == -1);
    CHECK(hid_read_timeout(device, packet, sizeof packet, 0) == -1);
    CHECK(hid_set_nonblocking(device, 1) == -1);
    CHECK(hid_send_feature_report(device, packet, sizeof packet) == -1);
    CHECK(hid_get_feature_report(device, packet, sizeof packet) == -1);
    CHECK(hid_get_input_report(device, packet, sizeof packet) == -1);
    CHECK(hid_get_product_string(device, string, 8) == -1);
    CHECK(hid_get_indexed_string(device, 1, string, 8) == -1);
    CHECK(hid_get_device_info(device) == NULL);
    CHECK(wcslen(hid_error(device)) > 0 && (device == NULL || hid_libusb_error(device) == 1));
    hid_close(device);
}

int main(void) {
    CHECK(wcslen(hid_error(NULL)) > 0);
    CHECK(hid_open_path("/nonexistent") == NULL);
    CHECK(wcsstr(hid_error(NULL), L"bluetap serve") != NULL);
    CHECK(hid_open_path(NULL) == NULL && wcslen(hid_error(NULL)) > 0);
    CHECK(hid_open(1, 1, NULL) == NULL && wcslen(hid_error(NULL)) > 0);
    CHECK(hid_enumerate(1, 1) == NULL && wcslen(hid_error(NULL)) > 0);

    CHECK(hid_libusb_error != NULL && hid_libusb_error(NULL) == -5);

    hid_device *device = open_device();
    CHECK(wcslen(hid_error(device)) > 0);
    CHECK(hid_libusb_error(NULL) == 0 && hid_libusb_error(device) == 0);
    unsigned char feature[2] = {0};
    CHECK(hid_send_feature_report(device, feature, sizeof feature) == -1 && hid_libusb_error(device) == -9);
    CHECK(hid_write(device, feature, 0) == -1 && hid_libusb_error(device) == -2);
    pay(device, 1);
    hid_close(device);
    check_refused(device);
    check_refused((hid_device *)8);
    check_refused(NULL);

    /* A new device is never mistaken for a closed one. */
    for (int round = 0; round < 100; round++) {
        hid_device *next = open_device();
        CHECK(next != device);
        hid_close(next);
    }
    check_refused(device);
}

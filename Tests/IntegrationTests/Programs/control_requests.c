/* Requests on the control endpoint, and the functions that the system's hidapi may be too old to have. */
#define _GNU_SOURCE 1
#include <dlfcn.h>

#include "reference_device.h"

int main(void) {
    hid_device *device = open_device();
    unsigned char report[PACKET_LENGTH] = {0};

    /* The reference device has no feature report, and stalls. */
    CHECK(hid_get_feature_report(device, report, sizeof report) == -1);
    CHECK(wcsstr(hid_error(device), L"stall") != NULL);
    CHECK(hid_send_feature_report(device, report, sizeof report) == -1);
    CHECK(wcsstr(hid_error(device), L"stall") != NULL);
    CHECK(hid_send_feature_report(device, NULL, sizeof report) == -1);
    CHECK(hid_get_feature_report(device, report, 0) == -1);

    int (*get_report_descriptor)(hid_device *, unsigned char *, size_t) =
        dlsym(RTLD_DEFAULT, "hid_get_report_descriptor");
    int (*send_output_report)(hid_device *, const unsigned char *, size_t) =
        dlsym(RTLD_DEFAULT, "hid_send_output_report");
    const wchar_t *(*read_error)(hid_device *) = dlsym(RTLD_DEFAULT, "hid_read_error");
    CHECK(get_report_descriptor != NULL && send_output_report != NULL && read_error != NULL);

    /* Usage page FF00 (vendor-defined), usage 01, collection, ... end of collection. */
    unsigned char descriptor[4096];
    int length = get_report_descriptor(device, descriptor, sizeof descriptor);
    CHECK(length == 27 && memcmp(descriptor, "\x06\x00\xFF\x09\x01\xA1\x01", 7) == 0 && descriptor[26] == 0xC0);
    CHECK(get_report_descriptor(device, descriptor, 7) == 7);
    CHECK(get_report_descriptor(device, NULL, 7) == -1);

    /* An output report on the control endpoint is as good as one on the interrupt endpoint. */
    make_pay(report, 1);
    CHECK(send_output_report(device, report, sizeof report) == PACKET_LENGTH);
    CHECK(is_success(report, hid_read(device, report, sizeof report), 1));
    CHECK(read_error(device) != NULL);
    pay(device, 2);
    hid_close(device);
}

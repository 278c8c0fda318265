/* Stops the emulator whose process is the argument: nothing may wait for ever. */
#include <signal.h>
#include <sys/types.h>

#include "reference_device.h"

int main(int argument_count, char **arguments) {
    CHECK(argument_count == 2);
    hid_device *device = open_device();
    pay(device, 1);
    CHECK(kill((pid_t)atoi(arguments[1]), SIGSTOP) == 0);
    /* It stops a moment after it was told to. */
    struct hid_device_info *list;
    while ((list = hid_enumerate(0, 0)) != NULL) {
        hid_free_enumeration(list);
    }
    printf("%ls\n", hid_error(NULL));
    CHECK(hid_open(VENDOR_ID, PRODUCT_ID, NULL) == NULL);
    CHECK(hid_open_path(hid_get_device_info(device)->path) == NULL);

    unsigned char report[REPORT_LENGTH];
    CHECK(hid_read_timeout(device, report, sizeof report, 20) == 0);
    hid_close(device);
}

/* The smallest POS in C: finds the device, sends the pay report given in hexadecimal, prints the reply. */
#include "reference_device.h"
#include <time.h>

/* The one device that there is. Under load a kernel takes its time, and may enumerate a device anew: as a POS does, this
 * looks again. */
static struct hid_device_info *find_device(void) {
    for (int attempt = 0;; attempt++) {
        struct hid_device_info *list = hid_enumerate(0, 0);
        if (list != NULL && list->next == NULL) {
            return list;
        }
        if (attempt == 100) {
            for (const struct hid_device_info *entry = list; entry != NULL; entry = entry->next) {
                fprintf(stderr, "%s %04x:%04x\n", entry->path, entry->vendor_id, entry->product_id);
            }
            CHECK(list != NULL && list->next == NULL);
        }
        hid_free_enumeration(list);
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    }
}

int main(int argument_count, char **arguments) {
    CHECK(argument_count == 2 && strlen(arguments[1]) == 2 * REPORT_LENGTH);
    unsigned char packet[PACKET_LENGTH] = {0}, reply[REPORT_LENGTH];
    for (int index = 0; index < REPORT_LENGTH; index++) {
        CHECK(sscanf(arguments[1] + 2 * index, "%2hhx", &packet[1 + index]) == 1);
    }

    CHECK(hid_init() == 0);
    struct hid_device_info *list = find_device();
    printf("%04x:%04x %04x\n", list->vendor_id, list->product_id, list->release_number);
    printf("%ls|%ls|%ls\n", list->manufacturer_string, list->product_string, list->serial_number);
    printf("usage %04x:%04x interface %d\n", list->usage_page, list->usage, list->interface_number);
    printf("bus %d\n", list->bus_type);

    hid_device *device = hid_open_path(list->path);
    CHECK(device != NULL);
    hid_free_enumeration(list);
    CHECK(hid_write(device, packet, sizeof packet) == PACKET_LENGTH);
    int length;
    do {
        length = hid_read(device, reply, sizeof reply);
    } while (length == 0); /* dummy_hcd sends packets without a byte, which hidapi on libusb hands on */
    CHECK(length == REPORT_LENGTH);
    for (int index = 0; index < REPORT_LENGTH; index++) {
        printf("%02x", reply[index]);
    }
    printf("\n");
    hid_close(device);
    CHECK(hid_exit() == 0);
}

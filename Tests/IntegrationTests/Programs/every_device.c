/* Lists every device there is, and pays once with each. */
#include "reference_device.h"

int main(void) {
    struct hid_device_info *list = hid_enumerate(0, 0);
    for (struct hid_device_info *entry = list; entry != NULL; entry = entry->next) {
        printf("%04x:%04x %s\n", entry->vendor_id, entry->product_id, entry->path);
        hid_device *device = hid_open(entry->vendor_id, entry->product_id, NULL);
        CHECK(device != NULL);
        pay(device, entry->vendor_id);
        hid_close(device);

        struct hid_device_info *same = hid_enumerate(entry->vendor_id, entry->product_id);
        CHECK(same != NULL && same->next == NULL && strcmp(same->path, entry->path) == 0);
        hid_free_enumeration(same);
    }
    hid_free_enumeration(list);
}

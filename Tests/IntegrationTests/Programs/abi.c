/* What programs compiled against the system's header rely on. */
#include <stddef.h>

#include "reference_device.h"

_Static_assert(sizeof(struct hid_device_info) == 72, "an entry's size");
_Static_assert(offsetof(struct hid_device_info, bus_type) == 64, "where an entry ends");

int main(void) {
    struct hid_device_info *list = hid_enumerate(VENDOR_ID, 0);
    CHECK(list != NULL && list->next == NULL && list->bus_type == HID_API_BUS_USB);
    hid_device *device = hid_open_path(list->path);
    CHECK(device != NULL);
    hid_close(device);
    hid_free_enumeration(list);
    hid_free_enumeration(NULL);
    CHECK(hid_enumerate(VENDOR_ID, PRODUCT_ID + 1) == NULL);

    const struct hid_api_version *version = hid_version();
    char text[32];
    snprintf(text, sizeof text, "%d.%d.%d", version->major, version->minor, version->patch);
    CHECK(strcmp(text, hid_version_str()) == 0 && strcmp(text, "0.15.0") == 0);
}

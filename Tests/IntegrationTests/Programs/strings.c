/* The device's strings, in buffers of every kind. */
#include "reference_device.h"

int main(void) {
    hid_device *device = open_device();
    wchar_t string[64];

    CHECK(hid_get_manufacturer_string(device, string, 64) == 0 && wcscmp(string, L"bluetap") == 0);
    CHECK(hid_get_product_string(device, string, 64) == 0 && wcscmp(string, L"BlueTap emulator") == 0);
    CHECK(hid_get_serial_number_string(device, string, 64) == 0 && wcscmp(string, L"000001") == 0);
    CHECK(hid_get_indexed_string(device, 2, string, 64) == 0 && wcscmp(string, L"BlueTap emulator") == 0);
    CHECK(hid_get_indexed_string(device, 99, string, 64) == -1);
    CHECK(hid_get_indexed_string(device, -1, string, 64) == -1);

    /* A short buffer gets the beginning and its end mark; nothing is written behind it. */
    wmemset(string, L'#', 64);
    CHECK(hid_get_product_string(device, string, 5) == 0 && wcscmp(string, L"Blue") == 0 && string[5] == L'#');
    CHECK(hid_get_product_string(device, string, 1) == 0 && string[0] == L'\0' && string[1] == L'l');
    CHECK(hid_get_product_string(device, string, 0) == -1);
    CHECK(hid_get_product_string(device, NULL, 64) == -1);
    CHECK(wcslen(hid_error(device)) > 0);

    struct hid_device_info *information = hid_get_device_info(device);
    CHECK(information != NULL && information->next == NULL && wcscmp(information->serial_number, L"000001") == 0);
    hid_close(device);

    CHECK(hid_open(VENDOR_ID, PRODUCT_ID, L"no such serial number") == NULL);
    CHECK(hid_open(VENDOR_ID, 0, NULL) == NULL);
    device = hid_open(VENDOR_ID, PRODUCT_ID, L"000001");
    CHECK(device != NULL);
    hid_close(device);
}

/* The hidapi 0.15 ABI, as far as this library implements it: all of it, for emulated devices. */
#ifndef HIDAPI_LOOPBACK_H
#define HIDAPI_LOOPBACK_H

#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HIDAPI_LOOPBACK_EXPORT __attribute__((visibility("default")))

struct hid_api_version {
    int major;
    int minor;
    int patch;
};

typedef enum {
    HID_API_BUS_UNKNOWN = 0,
    HID_API_BUS_USB = 1,
    HID_API_BUS_BLUETOOTH = 2,
    HID_API_BUS_I2C = 3,
    HID_API_BUS_SPI = 4,
} hid_bus_type;

/* One top-level collection of one device; its path is the emulator's socket. */
struct hid_device_info {
    char *path;
    unsigned short vendor_id;
    unsigned short product_id;
    wchar_t *serial_number;
    unsigned short release_number;
    wchar_t *manufacturer_string;
    wchar_t *product_string;
    unsigned short usage_page;
    unsigned short usage;
    int interface_number;
    struct hid_device_info *next;
    hid_bus_type bus_type;
};

typedef struct hid_device_ hid_device;

/* Library. */
HIDAPI_LOOPBACK_EXPORT int hid_init(void);
HIDAPI_LOOPBACK_EXPORT int hid_exit(void);
HIDAPI_LOOPBACK_EXPORT const struct hid_api_version *hid_version(void);
HIDAPI_LOOPBACK_EXPORT const char *hid_version_str(void);

/* Finding and opening. Zero stands for any vendor or product in hid_enumerate alone. */
HIDAPI_LOOPBACK_EXPORT struct hid_device_info *hid_enumerate(unsigned short vendor_id, unsigned short product_id);
HIDAPI_LOOPBACK_EXPORT void hid_free_enumeration(struct hid_device_info *devices);
HIDAPI_LOOPBACK_EXPORT hid_device *hid_open(unsigned short vendor_id, unsigned short product_id,
                                            const wchar_t *serial_number);
HIDAPI_LOOPBACK_EXPORT hid_device *hid_open_path(const char *path);
HIDAPI_LOOPBACK_EXPORT hid_device *hid_libusb_wrap_sys_device(intptr_t system_device, int interface_number);
HIDAPI_LOOPBACK_EXPORT void hid_close(hid_device *device);

/* Interrupt endpoints. -1 milliseconds waits for ever; 0 bytes read means that none came in time. */
HIDAPI_LOOPBACK_EXPORT int hid_write(hid_device *device, const unsigned char *data, size_t length);
HIDAPI_LOOPBACK_EXPORT int hid_read(hid_device *device, unsigned char *data, size_t length);
HIDAPI_LOOPBACK_EXPORT int hid_read_timeout(hid_device *device, unsigned char *data, size_t length, int milliseconds);
HIDAPI_LOOPBACK_EXPORT int hid_set_nonblocking(hid_device *device, int nonblocking);

/* Control endpoint. */
HIDAPI_LOOPBACK_EXPORT int hid_send_feature_report(hid_device *device, const unsigned char *data, size_t length);
HIDAPI_LOOPBACK_EXPORT int hid_get_feature_report(hid_device *device, unsigned char *data, size_t length);
HIDAPI_LOOPBACK_EXPORT int hid_send_output_report(hid_device *device, const unsigned char *data, size_t length);
HIDAPI_LOOPBACK_EXPORT int hid_get_input_report(hid_device *device, unsigned char *data, size_t length);

/* What the device says of itself. Lengths of strings count wchar_t and include the terminator. */
HIDAPI_LOOPBACK_EXPORT int hid_get_manufacturer_string(hid_device *device, wchar_t *string, size_t length);
HIDAPI_LOOPBACK_EXPORT int hid_get_product_string(hid_device *device, wchar_t *string, size_t length);
HIDAPI_LOOPBACK_EXPORT int hid_get_serial_number_string(hid_device *device, wchar_t *string, size_t length);
HIDAPI_LOOPBACK_EXPORT int hid_get_indexed_string(hid_device *device, int index, wchar_t *string, size_t length);
HIDAPI_LOOPBACK_EXPORT struct hid_device_info *hid_get_device_info(hid_device *device);
HIDAPI_LOOPBACK_EXPORT int hid_get_report_descriptor(hid_device *device, unsigned char *buffer, size_t length);

/* Never NULL, never freed. NULL asks for the error of the last open or enumeration. */
HIDAPI_LOOPBACK_EXPORT const wchar_t *hid_error(hid_device *device);
HIDAPI_LOOPBACK_EXPORT const wchar_t *hid_read_error(hid_device *device);
/* The same as a libusb_error: 0 is success, 1 an error that is none of libusb's. */
HIDAPI_LOOPBACK_EXPORT int hid_libusb_error(hid_device *device);

#ifdef __cplusplus
}
#endif

#endif

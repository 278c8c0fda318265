/* The exported functions: each finds its handle, does one thing of the other files and keeps the error. */
#define _GNU_SOURCE 1
#include <string.h>
#include <wchar.h>

#include "loopback_internal.h"

_Static_assert(sizeof(void *) != 8 || sizeof(struct hid_device_info) == 72, "programs know this size");
_Static_assert(sizeof(void *) != 8 || offsetof(struct hid_device_info, bus_type) == 64, "programs know this offset");

static const struct hid_api_version version = {.major = 0, .minor = 15, .patch = 0};

/* Ends a call that device_acquire began. */
static int finish(hid_device *device, int result, error_message reason) {
    atomic_store(&device->last_error, result < 0 ? reason : message_success);
    device_release(device);
    return result;
}

/* Ends a read. Programs written before 0.15 ask hid_error about reads too; but a read that succeeds in one thread must
 * not wipe out the error of a write in another, so it takes back only what a read had put there. */
static int finish_read(hid_device *device, int result, error_message reason) {
    if (result < 0) {
        atomic_store(&device->last_read_error, reason);
        atomic_store(&device->last_error, reason);
    } else if (atomic_load(&device->last_read_error) != message_success) {
        error_message stale = atomic_exchange(&device->last_read_error, message_success);
        atomic_compare_exchange_strong(&device->last_error, &stale, message_success);
    }
    device_release(device);
    return result;
}

int hid_init(void) {
    return 0;
}

int hid_exit(void) {
    set_global_error(message_success);
    return 0;
}

const struct hid_api_version *hid_version(void) {
    return &version;
}

const char *hid_version_str(void) {
    return "0.15.0";
}

/* Matching entries of all sockets. The reason says why there are none. */
static struct hid_device_info *enumerate(unsigned short vendor_id, unsigned short product_id, error_message *reason) {
    struct socket_paths paths;
    struct hid_device_info *first = NULL;
    struct hid_device_info **end = &first;
    *reason = message_no_devices;
    socket_paths_begin(&paths);
    while (socket_paths_next(&paths)) {
        struct hello hello;
        error_message failure;
        int connection = connect_to_device(paths.path, BLUETAP_LOOPBACK_ENUMERATE, &hello, &failure);
        if (connection < 0) {
            /* A device that is there but cannot be used says more than that there is none. */
            if (failure != message_no_listener) {
                *reason = failure;
            }
            continue;
        }
        close_connection(connection);
        if ((vendor_id != 0 && vendor_id != hello.vendor_id) || (product_id != 0 && product_id != hello.product_id)) {
            *reason = message_no_match;
            continue;
        }
        *end = make_device_information(paths.path, &hello);
        if (*end == NULL) {
            *reason = message_out_of_memory;
        }
        while (*end != NULL) {
            end = &(*end)->next;
        }
    }
    return first;
}

struct hid_device_info *hid_enumerate(unsigned short vendor_id, unsigned short product_id) {
    error_message reason;
    struct hid_device_info *list = enumerate(vendor_id, product_id, &reason);
    set_global_error(list != NULL ? message_success : reason);
    return list;
}

void hid_free_enumeration(struct hid_device_info *devices) {
    free_device_information(devices);
}

static hid_device *open_path(const char *path) {
    struct hello hello;
    error_message reason = message_no_path;
    int connection = path == NULL ? -1 : connect_to_device(path, BLUETAP_LOOPBACK_REPORTS, &hello, &reason);
    if (connection < 0) {
        set_global_error(reason);
        return NULL;
    }
    hid_device *device = device_open(connection, path, &hello);
    set_global_error(device != NULL ? message_success : message_out_of_memory);
    return device;
}

hid_device *hid_open_path(const char *path) {
    return open_path(path);
}

hid_device *hid_open(unsigned short vendor_id, unsigned short product_id, const wchar_t *serial_number) {
    error_message reason;
    struct hid_device_info *list = enumerate(vendor_id, product_id, &reason);
    if (list == NULL) {
        set_global_error(reason);
        return NULL;
    }
    for (const struct hid_device_info *entry = list; entry != NULL; entry = entry->next) {
        /* Unlike hid_enumerate, 0 is no wildcard here. */
        if (entry->vendor_id == vendor_id && entry->product_id == product_id &&
            (serial_number == NULL || wcscmp(serial_number, entry->serial_number) == 0)) {
            hid_device *device = open_path(entry->path);
            free_device_information(list);
            return device;
        }
    }
    free_device_information(list);
    set_global_error(message_no_match);
    return NULL;
}

hid_device *hid_libusb_wrap_sys_device(intptr_t system_device, int interface_number) {
    (void)system_device;
    (void)interface_number;
    set_global_error(message_no_system_device);
    return NULL;
}

void hid_close(hid_device *device) {
    device_close(device);
}

int hid_write(hid_device *device, const unsigned char *data, size_t length) {
    if (!device_acquire(device)) {
        return -1;
    }
    error_message reason = message_success;
    int written = write_report(device, data, length, &reason);
    return finish(device, written, reason);
}

int hid_read_timeout(hid_device *device, unsigned char *data, size_t length, int milliseconds) {
    if (!device_acquire(device)) {
        return -1;
    }
    error_message reason = message_success;
    int received = read_report(device, data, length, milliseconds, &reason);
    return finish_read(device, received, reason);
}

int hid_read(hid_device *device, unsigned char *data, size_t length) {
    if (!device_acquire(device)) {
        return -1;
    }
    error_message reason = message_success;
    int received = read_report(device, data, length, atomic_load(&device->nonblocking) ? 0 : -1, &reason);
    return finish_read(device, received, reason);
}

int hid_set_nonblocking(hid_device *device, int nonblocking) {
    if (!device_acquire(device)) {
        return -1;
    }
    atomic_store(&device->nonblocking, nonblocking != 0);
    return finish(device, 0, message_success);
}

int hid_send_feature_report(hid_device *device, const unsigned char *data, size_t length) {
    if (!device_acquire(device)) {
        return -1;
    }
    error_message reason = message_success;
    int sent = send_control_report(device, BLUETAP_LOOPBACK_SET_FEATURE, data, length, &reason);
    return finish(device, sent, reason);
}

int hid_get_feature_report(hid_device *device, unsigned char *data, size_t length) {
    if (!device_acquire(device)) {
        return -1;
    }
    error_message reason = message_success;
    int received = get_control_report(device, BLUETAP_LOOPBACK_GET_FEATURE, data, length, &reason);
    return finish(device, received, reason);
}

int hid_send_output_report(hid_device *device, const unsigned char *data, size_t length) {
    if (!device_acquire(device)) {
        return -1;
    }
    error_message reason = message_success;
    int sent = send_control_report(device, BLUETAP_LOOPBACK_SET_OUTPUT, data, length, &reason);
    return finish(device, sent, reason);
}

int hid_get_input_report(hid_device *device, unsigned char *data, size_t length) {
    if (!device_acquire(device)) {
        return -1;
    }
    error_message reason = message_success;
    int received = get_control_report(device, BLUETAP_LOOPBACK_GET_INPUT, data, length, &reason);
    return finish(device, received, reason);
}

/* String indices of the emulated device's descriptors. */
enum { MANUFACTURER_INDEX = 1, PRODUCT_INDEX, SERIAL_NUMBER_INDEX };

static int copy_indexed_string(hid_device *device, int index, wchar_t *string, size_t length) {
    if (!device_acquire(device)) {
        return -1;
    }
    if (string == NULL || length == 0) {
        return finish(device, -1, message_invalid_buffer);
    }
    const wchar_t *source = NULL;
    switch (index) {
    case MANUFACTURER_INDEX:
        source = device->information->manufacturer_string;
        break;
    case PRODUCT_INDEX:
        source = device->information->product_string;
        break;
    case SERIAL_NUMBER_INDEX:
        source = device->information->serial_number;
        break;
    default:
        return finish(device, -1, message_no_such_string);
    }
    /* Unlike wcsncpy, leaves the rest of a buffer alone whose length the caller may have overstated. */
    size_t count = wcsnlen(source, length - 1);
    wmemcpy(string, source, count);
    string[count] = L'\0';
    return finish(device, 0, message_success);
}

int hid_get_manufacturer_string(hid_device *device, wchar_t *string, size_t length) {
    return copy_indexed_string(device, MANUFACTURER_INDEX, string, length);
}

int hid_get_product_string(hid_device *device, wchar_t *string, size_t length) {
    return copy_indexed_string(device, PRODUCT_INDEX, string, length);
}

int hid_get_serial_number_string(hid_device *device, wchar_t *string, size_t length) {
    return copy_indexed_string(device, SERIAL_NUMBER_INDEX, string, length);
}

int hid_get_indexed_string(hid_device *device, int index, wchar_t *string, size_t length) {
    return copy_indexed_string(device, index, string, length);
}

struct hid_device_info *hid_get_device_info(hid_device *device) {
    if (!device_acquire(device)) {
        return NULL;
    }
    struct hid_device_info *information = device->information;
    finish(device, 0, message_success);
    return information;
}

int hid_get_report_descriptor(hid_device *device, unsigned char *buffer, size_t length) {
    if (!device_acquire(device)) {
        return -1;
    }
    if (buffer == NULL || length == 0) {
        return finish(device, -1, message_invalid_buffer);
    }
    size_t count = length < device->report_descriptor_length ? length : device->report_descriptor_length;
    memcpy(buffer, device->report_descriptor, count);
    return finish(device, (int)count, message_success);
}

const wchar_t *hid_error(hid_device *device) {
    if (device == NULL) {
        return global_error();
    }
    if (!device_acquire(device)) {
        return message_closed_handle;
    }
    error_message message = atomic_load(&device->last_error);
    device_release(device);
    return message;
}

const wchar_t *hid_read_error(hid_device *device) {
    if (device == NULL || !device_acquire(device)) {
        return message_closed_handle;
    }
    error_message message = atomic_load(&device->last_read_error);
    device_release(device);
    return message;
}

int hid_libusb_error(hid_device *device) {
    if (device == NULL) {
        return libusb_error_for(global_error());
    }
    if (!device_acquire(device)) {
        return libusb_error_for(message_closed_handle);
    }
    error_message message = atomic_load(&device->last_error);
    device_release(device);
    return libusb_error_for(message);
}

/* The hid_device_info lists, made from a device's hello. */
#define _GNU_SOURCE 1
#include <stdlib.h>
#include <string.h>

#include "loopback_internal.h"

enum { REPLACEMENT_CHARACTER = 0xFFFD };

/* The character at the start of the text, and how many bytes it takes. What is not UTF-8 is replaced byte by byte. */
static size_t decode_utf8(const uint8_t *bytes, size_t length, wchar_t *character) {
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t lead = bytes[0];
    size_t size = lead < 0x80 ? 1 : lead < 0xC0 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF8 ? 4 : 0;
    *character = REPLACEMENT_CHARACTER;
    if (size == 1) {
        *character = lead;
        return 1;
    }
    if (size == 0 || size > length) {
        return 1;
    }
    uint32_t value = lead & (0x7Fu >> size);
    for (size_t index = 1; index < size; index++) {
        if ((bytes[index] & 0xC0) != 0x80) {
            return 1;
        }
        value = value << 6 | (bytes[index] & 0x3F);
    }
    if (value < smallest[size] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) {
        return 1;
    }
    *character = (wchar_t)value;
    return size;
}

static wchar_t *wide_string(struct byte_span text) {
    wchar_t *string = calloc(text.length + 1, sizeof *string);
    if (string == NULL) {
        return NULL;
    }
    size_t count = 0;
    for (size_t index = 0; index < text.length;) {
        index += decode_utf8(text.bytes + index, text.length - index, &string[count++]);
    }
    return string;
}

static void free_entry(struct hid_device_info *entry) {
    free(entry->path);
    free(entry->serial_number);
    free(entry->manufacturer_string);
    free(entry->product_string);
    free(entry);
}

static struct hid_device_info *make_entry(const char *path, const struct hello *hello, struct top_level_usage usage) {
    struct hid_device_info *entry = calloc(1, sizeof *entry);
    if (entry == NULL) {
        return NULL;
    }
    bool known_bus = hello->bus_type <= HID_API_BUS_SPI;
    *entry = (struct hid_device_info){
        .path = strdup(path),
        .vendor_id = hello->vendor_id,
        .product_id = hello->product_id,
        .serial_number = wide_string(hello->serial_number),
        .release_number = hello->release,
        .manufacturer_string = wide_string(hello->manufacturer),
        .product_string = wide_string(hello->product),
        .usage_page = usage.page,
        .usage = usage.usage,
        /* Only USB devices have interfaces. */
        .interface_number = hello->bus_type == HID_API_BUS_USB ? 0 : -1,
        .bus_type = known_bus ? (hid_bus_type)hello->bus_type : HID_API_BUS_UNKNOWN,
    };
    if (entry->path == NULL || entry->serial_number == NULL || entry->manufacturer_string == NULL ||
        entry->product_string == NULL) {
        free_entry(entry);
        return NULL;
    }
    return entry;
}

struct hid_device_info *make_device_information(const char *path, const struct hello *hello) {
    struct report_descriptor_reader reader =
        report_descriptor_reader(hello->report_descriptor.bytes, hello->report_descriptor.length);
    struct top_level_usage usage = {0};
    struct hid_device_info *first = NULL;
    struct hid_device_info **end = &first;
    bool found = next_top_level_usage(&reader, &usage);
    /* A device without a collection is still a device. */
    do {
        *end = make_entry(path, hello, found ? usage : (struct top_level_usage){0});
        if (*end == NULL) {
            free_device_information(first);
            return NULL;
        }
        end = &(*end)->next;
        found = found && next_top_level_usage(&reader, &usage);
    } while (found);
    return first;
}

void free_device_information(struct hid_device_info *list) {
    while (list != NULL) {
        struct hid_device_info *next = list->next;
        free_entry(list);
        list = next;
    }
}

/* The two things hidapi needs of a report descriptor: top-level usages and whether reports are numbered. */
#include "loopback_internal.h"

/* Short items with the size bits masked off (Device Class Definition for HID 1.11, section 6.2.2). */
enum {
    LONG_ITEM = 0xFE,
    ITEM_COLLECTION = 0xA0,
    ITEM_END_COLLECTION = 0xC0,
    ITEM_INPUT = 0x80,
    ITEM_OUTPUT = 0x90,
    ITEM_FEATURE = 0xB0,
    ITEM_USAGE_PAGE = 0x04,
    ITEM_REPORT_ID = 0x84,
    ITEM_PUSH = 0xA4,
    ITEM_POP = 0xB4,
    ITEM_USAGE = 0x08,
};

struct item {
    uint8_t kind;
    uint8_t size;
    uint32_t value;
};

/* False at the end and at an item that is cut off. */
static bool next_item(struct report_descriptor_reader *reader, struct item *item) {
    while (reader->next < reader->end) {
        size_t left = (size_t)(reader->end - reader->next);
        uint8_t prefix = reader->next[0];
        if (prefix == LONG_ITEM) {
            if (left < 2 || left - 2 < (size_t)reader->next[1] + 1) {
                break;
            }
            reader->next += 3 + reader->next[1];
            continue;
        }
        item->kind = prefix & 0xFC;
        item->size = (prefix & 3) == 3 ? 4 : prefix & 3;
        if (left - 1 < item->size) {
            break;
        }
        item->value = 0;
        for (unsigned index = 0; index < item->size; index++) {
            item->value |= (uint32_t)reader->next[1 + index] << (8 * index);
        }
        reader->next += 1 + item->size;
        return true;
    }
    reader->next = reader->end;
    return false;
}

static void forget_local_items(struct report_descriptor_reader *reader) {
    reader->usage = 0;
    reader->has_extended_usage = false;
}

struct report_descriptor_reader report_descriptor_reader(const uint8_t *descriptor, size_t length) {
    return (struct report_descriptor_reader){.next = descriptor, .end = descriptor + length};
}

bool next_top_level_usage(struct report_descriptor_reader *reader, struct top_level_usage *usage) {
    const unsigned stack_size = sizeof reader->usage_page_stack / sizeof reader->usage_page_stack[0];
    struct item item;
    while (next_item(reader, &item)) {
        switch (item.kind) {
        case ITEM_USAGE_PAGE:
            reader->usage_page = (uint16_t)item.value;
            break;
        case ITEM_PUSH:
            if (reader->stack_depth < stack_size) {
                reader->usage_page_stack[reader->stack_depth++] = reader->usage_page;
            }
            break;
        case ITEM_POP:
            if (reader->stack_depth > 0) {
                reader->usage_page = reader->usage_page_stack[--reader->stack_depth];
            }
            break;
        case ITEM_REPORT_ID:
            reader->has_report_id = true;
            break;
        case ITEM_USAGE:
            reader->usage = item.value;
            reader->has_extended_usage = item.size == 4;
            break;
        case ITEM_COLLECTION: {
            bool is_top_level = reader->depth++ == 0;
            usage->page = reader->has_extended_usage ? (uint16_t)(reader->usage >> 16) : reader->usage_page;
            usage->usage = (uint16_t)reader->usage;
            forget_local_items(reader);
            if (is_top_level) {
                return true;
            }
            break;
        }
        case ITEM_END_COLLECTION:
            if (reader->depth > 0) {
                reader->depth--;
            }
            forget_local_items(reader);
            break;
        case ITEM_INPUT:
        case ITEM_OUTPUT:
        case ITEM_FEATURE:
            forget_local_items(reader);
            break;
        default:
            break;
        }
    }
    return false;
}

bool report_descriptor_has_report_ids(const uint8_t *descriptor, size_t length) {
    struct report_descriptor_reader reader = report_descriptor_reader(descriptor, length);
    struct top_level_usage usage;
    while (next_top_level_usage(&reader, &usage)) {
    }
    return reader.has_report_id;
}

/* What a program does with an open node. Errors are those of the kernel's hidraw and usbhid. */
#define _GNU_SOURCE 1
#include <errno.h>
#include <linux/hidraw.h>
#include <linux/input.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "node.h"

enum {
    /* HID_MAX_BUFFER_SIZE. */
    MAX_HIDRAW_REPORT = 16384,
};

ssize_t node_read(struct node *node, int descriptor, void *buffer, size_t size) {
    hid_device *device = node->device;
    uint8_t prefix[2];
    for (;;) {
        struct iovec parts[] = {
            {.iov_base = prefix, .iov_len = device->numbered_reports ? 1 : 2},
            {.iov_base = buffer, .iov_len = size},
        };
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
        /* A signal ends the wait, as it does the kernel's. */
        ssize_t received = recvmsg(descriptor, &message, 0);
        if (received < 0 && errno == ECONNRESET) {
            continue;
        }
        if (received < 0) {
            return -1;
        }
        if (received == 0 || prefix[0] != BLUETAP_LOOPBACK_INPUT) {
            errno = EIO;
            return -1;
        }
        ssize_t length = received - (ssize_t)parts[0].iov_len;
        if (length > 0 || size == 0) {
            return length < 0 ? 0 : length;
        }
    }
}

static int error_of(error_message reason) {
    if (reason == message_stall) {
        return EPIPE;
    }
    if (reason == message_disconnected || reason == message_closed_handle || reason == message_control_closed ||
        reason == message_no_listener || reason == message_control_other_device) {
        return ENODEV;
    }
    return reason == message_write_timeout || reason == message_control_timeout ? ETIMEDOUT : EIO;
}

/* A report of which the caller gives more than a device can take, or less than an ID and a byte. */
static bool is_bad_size(size_t count) {
    return count < 2 || count > MAX_HIDRAW_REPORT || count > BLUETAP_LOOPBACK_MAX_REPORT;
}

ssize_t node_write(struct node *node, const void *bytes, size_t count) {
    if (is_bad_size(count)) {
        errno = EINVAL;
        return -1;
    }
    error_message reason = message_success;
    int written = write_report(node->device, bytes, count, &reason);
    if (written < 0) {
        errno = error_of(reason);
    }
    return written;
}

static int finish_request(int result, error_message reason) {
    if (result < 0) {
        errno = error_of(reason);
    }
    return result;
}

static int set_report(struct node *node, enum bluetap_loopback_kind kind, const void *report, size_t size) {
    if (is_bad_size(size)) {
        errno = EINVAL;
        return -1;
    }
    error_message reason = message_success;
    return finish_request(send_control_report(node->device, kind, report, size, &reason), reason);
}

static int get_report(struct node *node, enum bluetap_loopback_kind kind, void *report, size_t size) {
    if (is_bad_size(size)) {
        errno = EINVAL;
        return -1;
    }
    error_message reason = message_success;
    return finish_request(get_control_report(node->device, kind, report, size, &reason), reason);
}

/* As much of the text as fits, its NUL included; how much that was. */
static int copy_text(const char *text, void *argument, size_t size) {
    size_t length = strlen(text) + 1;
    if (length > size) {
        length = size;
    }
    memcpy(argument, text, length);
    return (int)length;
}

static int copy_descriptor(const struct node *node, struct hidraw_report_descriptor *descriptor) {
    size_t length = node->device->report_descriptor_length;
    if (descriptor->size > HID_MAX_DESCRIPTOR_SIZE - 1) {
        errno = EINVAL;
        return -1;
    }
    memcpy(descriptor->value, node->device->report_descriptor, descriptor->size < length ? descriptor->size : length);
    return 0;
}

int node_ioctl(struct node *node, unsigned long request, void *argument) {
    if (request == FIONBIO) {
        return REAL(ioctl)(node->device->reports_socket, request, argument);
    }
    if (_IOC_TYPE(request) != 'H') {
        errno = EINVAL;
        return -1;
    }
    if (argument == NULL) {
        errno = EFAULT;
        return -1;
    }
    size_t size = _IOC_SIZE(request);
    switch (request) {
    case HIDIOCGRDESCSIZE:
        *(int *)argument = (int)node->device->report_descriptor_length;
        return 0;
    case HIDIOCGRDESC:
        return copy_descriptor(node, argument);
    case HIDIOCGRAWINFO:
        *(struct hidraw_devinfo *)argument = (struct hidraw_devinfo){
            .bustype = BUS_USB, .vendor = (__s16)node->vendor_id, .product = (__s16)node->product_id};
        return 0;
    default:
        break;
    }
    /* The others have their size in them. */
    switch (_IOC_NR(request)) {
    case _IOC_NR(HIDIOCGRAWNAME(0)):
        return copy_text(node->name, argument, size);
    case _IOC_NR(HIDIOCGRAWPHYS(0)):
        return copy_text(node->place, argument, size);
    case 0x08: /* HIDIOCGRAWUNIQ, since Linux 5.9 */
        return copy_text(node->serial_number, argument, size);
    case _IOC_NR(HIDIOCSFEATURE(0)):
        return set_report(node, BLUETAP_LOOPBACK_SET_FEATURE, argument, size);
    case _IOC_NR(HIDIOCGFEATURE(0)):
        return get_report(node, BLUETAP_LOOPBACK_GET_FEATURE, argument, size);
    case 0x0A: /* HIDIOCGINPUT, since Linux 5.11, as the next ones */
        return get_report(node, BLUETAP_LOOPBACK_GET_INPUT, argument, size);
    case 0x0B: /* HIDIOCSOUTPUT */
        return set_report(node, BLUETAP_LOOPBACK_SET_OUTPUT, argument, size);
    case 0x09: /* HIDIOCSINPUT */
    case 0x0C: /* HIDIOCGOUTPUT: a device knows neither, and stalls. */
        errno = EPIPE;
        return -1;
    default:
        errno = ENOTTY;
        return -1;
    }
}

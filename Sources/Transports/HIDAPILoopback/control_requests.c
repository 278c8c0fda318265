/* Requests on the control endpoint, over a connection of their own that is opened when first needed. */
#define _GNU_SOURCE 1
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "loopback_internal.h"

/* Kind and status. */
enum { ANSWER_PREFIX_LENGTH = 2 };

/* An emulator started anew on the same socket is another device: this handle must not reach it. */
static bool is_connected(hid_device *device) {
    struct pollfd reports = {.fd = device->reports_socket};
    if (atomic_load(&device->disconnection) != NULL) {
        return false;
    }
    return poll(&reports, 1, 0) <= 0 || (reports.revents & (POLLHUP | POLLERR)) == 0;
}

static bool is_same_device(const hid_device *device, const struct hello *hello) {
    return hello->vendor_id == device->information->vendor_id && hello->product_id == device->information->product_id &&
           hello->report_descriptor.length == device->report_descriptor_length &&
           memcmp(hello->report_descriptor.bytes, device->report_descriptor, device->report_descriptor_length) == 0;
}

/* False when the handle is being closed; the socket is closed then. */
static bool replace_control_socket(hid_device *device, int replacement) {
    pthread_mutex_lock(&device->control_socket_lock);
    int previous = device->control_socket;
    bool is_open = !atomic_load(&device->closing);
    device->control_socket = is_open ? replacement : -1;
    pthread_mutex_unlock(&device->control_socket_lock);
    close_connection(previous);
    if (!is_open) {
        close_connection(replacement);
    }
    return is_open;
}

/* NULL when there is a connection. */
static error_message connect_control(hid_device *device) {
    if (!is_connected(device)) {
        error_message gone = atomic_load(&device->disconnection);
        return gone != NULL ? gone : message_disconnected;
    }
    if (device->control_socket >= 0) {
        return NULL;
    }
    struct hello hello;
    error_message reason = NULL;
    int connection = connect_to_device(device->information->path, BLUETAP_LOOPBACK_CONTROL, &hello, &reason);
    if (connection < 0) {
        return reason;
    }
    if (!is_same_device(device, &hello)) {
        close_connection(connection);
        return message_control_other_device;
    }
    return replace_control_socket(device, connection) ? NULL : message_closed_handle;
}

/* Exchanges one packet for another; `report` takes what follows the answer's status. Returns the bytes of the report,
 * or -1. After a failure to exchange, the connection goes, for a late answer must not be taken for the next one's. */
static int exchange(hid_device *device, struct iovec request[2], struct iovec report, error_message *reason) {
    *reason = connect_control(device);
    if (*reason != NULL) {
        return -1;
    }
    uint8_t kind = *(const uint8_t *)request[0].iov_base;
    uint8_t prefix[ANSWER_PREFIX_LENGTH];
    struct iovec answer[] = {{.iov_base = prefix, .iov_len = sizeof prefix}, report};
    ssize_t received = send_packet(device->control_socket, request, 2);
    if (received >= 0) {
        received = receive_answer(device->control_socket, answer, 2);
    }
    if (received >= ANSWER_PREFIX_LENGTH && prefix[0] == kind) {
        if (prefix[1] != 0) {
            *reason = message_for_errno(prefix[1]);
            return -1;
        }
        return (int)(received - ANSWER_PREFIX_LENGTH);
    }
    if (received > 0) {
        *reason = message_bad_control_answer;
    } else if (received < 0 && errno == EAGAIN) {
        *reason = message_control_timeout;
    } else if (received < 0 && errno != EPIPE) {
        *reason = message_for_errno(errno);
    } else {
        *reason = is_connected(device) ? message_control_closed : message_disconnected;
    }
    if (!replace_control_socket(device, -1)) {
        *reason = message_closed_handle;
    }
    return -1;
}

static bool has_report_id(const uint8_t *data, size_t length, error_message *reason) {
    if (data == NULL || length == 0) {
        *reason = message_invalid_buffer;
        return false;
    }
    return true;
}

int send_control_report(hid_device *device, enum bluetap_loopback_kind kind, const uint8_t *data, size_t length,
                        error_message *reason) {
    if (!has_report_id(data, length, reason)) {
        return -1;
    }
    if (length > BLUETAP_LOOPBACK_MAX_REPORT) {
        *reason = message_report_too_long;
        return -1;
    }
    uint8_t kind_byte = (uint8_t)kind;
    struct iovec request[] = {
        {.iov_base = &kind_byte, .iov_len = 1},
        {.iov_base = (void *)data, .iov_len = length},
    };
    pthread_mutex_lock(&device->control_request_lock);
    int received = exchange(device, request, (struct iovec){0}, reason);
    pthread_mutex_unlock(&device->control_request_lock);
    return received < 0 ? -1 : (int)length;
}

int get_control_report(hid_device *device, enum bluetap_loopback_kind kind, uint8_t *data, size_t length,
                       error_message *reason) {
    if (!has_report_id(data, length, reason)) {
        return -1;
    }
    uint8_t kind_byte = (uint8_t)kind;
    struct iovec request[] = {
        {.iov_base = &kind_byte, .iov_len = 1},
        {.iov_base = data, .iov_len = 1},
    };
    struct iovec report = {.iov_base = data, .iov_len = length};
    pthread_mutex_lock(&device->control_request_lock);
    int received = exchange(device, request, report, reason);
    pthread_mutex_unlock(&device->control_request_lock);
    if (received == 0) {
        /* A report has at least its ID. */
        *reason = message_bad_control_answer;
        return -1;
    }
    return received;
}

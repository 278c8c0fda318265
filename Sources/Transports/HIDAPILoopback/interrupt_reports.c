/* Output and input reports: one system call each when there is nothing to wait for. */
#define _GNU_SOURCE 1
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "loopback_internal.h"

/* A device that takes no more but has not hung up has halted its endpoint. */
static bool is_stalled(int socket) {
    struct pollfd state = {.fd = socket, .events = POLLRDHUP};
    return poll(&state, 1, 0) == 0;
}

int write_report(hid_device *device, const uint8_t *data, size_t length, error_message *reason) {
    if (data == NULL || length == 0) {
        *reason = message_invalid_buffer;
        return -1;
    }
    /* A device without report IDs takes every byte as data unless the first is 0: so does real hardware when a
     * program forgets the leading 0. */
    bool lacks_report_id = !device->numbered_reports && data[0] != 0;
    if (length + lacks_report_id > BLUETAP_LOOPBACK_MAX_REPORT) {
        *reason = message_report_too_long;
        return -1;
    }
    error_message gone = atomic_load(&device->disconnection);
    if (gone != NULL) {
        *reason = gone;
        return -1;
    }
    uint8_t prefix[] = {BLUETAP_LOOPBACK_OUTPUT, 0};
    struct iovec parts[] = {
        {.iov_base = prefix, .iov_len = lacks_report_id ? 2 : 1},
        {.iov_base = (void *)data, .iov_len = length},
    };
    if (send_packet(device->reports_socket, parts, 2) >= 0) {
        return (int)length;
    }
    switch (errno) {
    case EPIPE:
        if (!atomic_load(&device->closing) && is_stalled(device->reports_socket)) {
            *reason = message_stall;
            break;
        }
        /* fall through */
    case ECONNRESET:
        /* Not the end for readers yet: what the device sent before it went is theirs. */
        *reason = atomic_load(&device->closing) ? message_closed_handle : message_disconnected;
        break;
    case EAGAIN:
        *reason = message_write_timeout;
        break;
    default:
        *reason = message_for_errno(errno);
        break;
    }
    return -1;
}

int read_report(hid_device *device, uint8_t *data, size_t length, int milliseconds, error_message *reason) {
    if (data == NULL || length == 0) {
        *reason = message_invalid_buffer;
        return -1;
    }
    error_message gone = atomic_load(&device->disconnection);
    if (gone != NULL) {
        *reason = gone;
        return -1;
    }
    /* The kernel puts the kind, and a report ID that the program must not see, beside the caller's buffer. */
    uint8_t prefix[2];
    size_t prefix_length = device->numbered_reports ? 1 : 2;
    int64_t deadline =
        milliseconds > 0 ? monotonic_nanoseconds() + (int64_t)milliseconds * NANOSECONDS_PER_MILLISECOND : 0;
    for (;;) {
        struct iovec parts[] = {
            {.iov_base = prefix, .iov_len = prefix_length},
            {.iov_base = data, .iov_len = length},
        };
        ssize_t received = milliseconds < 0    ? receive_packet(device->reports_socket, parts, 2, 0)
                           : milliseconds == 0 ? receive_packet(device->reports_socket, parts, 2, MSG_DONTWAIT)
                                               : receive_packet_before(device->reports_socket, parts, 2, deadline);
        if (received < 0) {
            if (errno == EAGAIN) {
                return 0;
            }
            *reason = message_for_errno(errno);
            return -1;
        }
        if (received == 0) {
            *reason = device_disconnect(device, message_disconnected);
            return -1;
        }
        if (received < 2 || prefix[0] != BLUETAP_LOOPBACK_INPUT) {
            *reason = device_disconnect(device, message_bad_input_report);
            shutdown(device->reports_socket, SHUT_RDWR);
            return -1;
        }
        size_t report_length = (size_t)received - prefix_length;
        if (report_length > 0) {
            return (int)report_length;
        }
        /* 0 would say that no report came; the kernel drops empty ones as well. */
    }
}

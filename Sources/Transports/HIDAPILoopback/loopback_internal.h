/* What the files of this library share; nothing here is visible outside it. */
#ifndef LOOPBACK_INTERNAL_H
#define LOOPBACK_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "hidapi_loopback.h"
#include "loopback_protocol.h"

/* LD_PRELOAD puts this library beside a real hidapi: nothing but the hid_* functions may be seen, and none of those
 * may be called from inside, or the call could land in the other library. */
#pragma GCC visibility push(hidden)

enum {
    NANOSECONDS_PER_SECOND = 1000000000,
    NANOSECONDS_PER_MILLISECOND = 1000000,
    MAX_REPORT_DESCRIPTOR = 4096,
};

/* How long a host waits for what an emulator owes it, in seconds. An emulator that dies ends each wait at once, for its
 * sockets go with it; one that lives is only slow, and a slow machine must not look like a device that is gone. So the
 * emulator of the `bluetap run` above this program (BLUETAP_RUN names its process) is waited for as long as it lives, and
 * these bound the wait for others. */
enum {
    /* For one that somebody has stopped. */
    STOPPED_PATIENCE = 1,
    /* For one that seems to run. */
    SILENCE_PATIENCE = 60,
    /* For one, of `bluetap run` as well, that takes no more reports while hundreds wait: as long as Linux lets a program
     * wait for a device that does not take its report. */
    WRITE_PATIENCE = 5,
};

/* error_messages.c: every message is constant, so a pointer to it stays good for ever in any thread. */

typedef const wchar_t *error_message;

extern const wchar_t message_success[];
extern const wchar_t message_invalid_buffer[];
extern const wchar_t message_report_too_long[];
extern const wchar_t message_no_such_string[];
extern const wchar_t message_out_of_memory[];
extern const wchar_t message_closed_handle[];
extern const wchar_t message_disconnected[];
extern const wchar_t message_bad_input_report[];
extern const wchar_t message_write_timeout[];
extern const wchar_t message_control_timeout[];
extern const wchar_t message_control_closed[];
extern const wchar_t message_bad_control_answer[];
extern const wchar_t message_control_other_device[];
extern const wchar_t message_stall[];
extern const wchar_t message_no_path[];
extern const wchar_t message_path_too_long[];
extern const wchar_t message_no_listener[];
extern const wchar_t message_no_permission[];
extern const wchar_t message_hello_timeout[];
extern const wchar_t message_hello_refused[];
extern const wchar_t message_bad_hello[];
extern const wchar_t message_no_devices[];
extern const wchar_t message_no_match[];
extern const wchar_t message_no_system_device[];

/* The system's text for an errno value, or for the status of a control request. */
error_message message_for_errno(int error);

/* What libusb calls it: a libusb_error, or 1 where it has no word for it. */
int libusb_error_for(error_message message);

void set_global_error(error_message message);
error_message global_error(void);

/* report_descriptor.c */

struct top_level_usage {
    uint16_t page;
    uint16_t usage;
};

struct report_descriptor_reader {
    const uint8_t *next;
    const uint8_t *end;
    unsigned depth;
    unsigned stack_depth;
    uint16_t usage_page;
    uint16_t usage_page_stack[16];
    uint32_t usage;
    bool has_extended_usage;
    bool has_report_id;
};

struct report_descriptor_reader report_descriptor_reader(const uint8_t *descriptor, size_t length);
/* Goes on to the next top-level collection; false at the end, however the descriptor ends. */
bool next_top_level_usage(struct report_descriptor_reader *reader, struct top_level_usage *usage);
bool report_descriptor_has_report_ids(const uint8_t *descriptor, size_t length);

/* loopback_connection.c */

struct byte_span {
    const uint8_t *bytes;
    size_t length;
};

/* A device's answer to a connection; the spans point into the packet. */
struct hello {
    uint8_t bus_type;
    uint16_t vendor_id;
    uint16_t product_id;
    uint16_t release;
    struct byte_span manufacturer;
    struct byte_span product;
    struct byte_span serial_number;
    struct byte_span report_descriptor;
    uint8_t packet[BLUETAP_LOOPBACK_MAX_PACKET];
};

int64_t monotonic_nanoseconds(void);
/* 1 when there is something to receive, 0 at the deadline, -1 with errno. Signals do not prolong the wait. */
int wait_readable(int socket, int64_t deadline);
/* As sendmsg and recvmsg of one packet, restarted after signals; deadline in monotonic nanoseconds.
 * The end of a connection is 0, whichever way the kernel reports it; a deadline passed is EAGAIN. */
ssize_t send_packet(int socket, const struct iovec *parts, size_t part_count);
ssize_t receive_packet(int socket, struct iovec *parts, size_t part_count, int flags);
ssize_t receive_packet_before(int socket, struct iovec *parts, size_t part_count, int64_t deadline);
/* The same for a packet that the emulator owes; EAGAIN when there is no more patience with it. */
ssize_t receive_answer(int socket, struct iovec *parts, size_t part_count);
/* A connected socket that has been greeted, or -1 with the reason. */
int connect_to_device(const char *path, enum bluetap_loopback_purpose purpose, struct hello *hello,
                      error_message *reason);
/* Ends the connection, for every process that holds it, in a way that lets the device read what was sent before. */
void close_connection(int socket);

/* socket_paths.c */

struct socket_paths {
    const char *next;
    char path[4096];
};

/* Reads the environment anew, so a program can move between devices. */
void socket_paths_begin(struct socket_paths *paths);
/* False after the last one. */
bool socket_paths_next(struct socket_paths *paths);

/* device_information.c */

/* One entry for each top-level collection, at least one; NULL without memory. */
struct hid_device_info *make_device_information(const char *path, const struct hello *hello);
void free_device_information(struct hid_device_info *list);

/* device_registry.c */

struct hid_device_ {
    struct hid_device_ *next_in_bucket;
    /* One for being open, one for each call under way. */
    atomic_uint users;
    atomic_bool closing;
    atomic_bool nonblocking;
    /* Why the device is gone; NULL while it is there. Set once. */
    _Atomic(error_message) disconnection;
    _Atomic(error_message) last_error;
    _Atomic(error_message) last_read_error;
    pid_t opener;
    int reports_socket;
    bool numbered_reports;
    struct hid_device_info *information;
    uint8_t *report_descriptor;
    size_t report_descriptor_length;
    /* Held for a whole request on the control endpoint. */
    pthread_mutex_t control_request_lock;
    /* Held only to change or shut down the socket, so that closing never waits for a request. */
    pthread_mutex_t control_socket_lock;
    int control_socket;
};

/* Takes the socket over, also when it fails. */
hid_device *device_open(int reports_socket, const char *path, const struct hello *hello);
/* True for a handle that is open; the caller must release it. Safe with any pointer. */
bool device_acquire(hid_device *device);
void device_release(hid_device *device);
/* Wakes the callers inside; the last of them frees. Harmless with a handle that is not open. */
void device_close(hid_device *device);

/* The device is gone, as every later call will say; the first reason stays. */
error_message device_disconnect(hid_device *device, error_message reason);

/* interrupt_reports.c; these set no errors but hand them out. */

int write_report(hid_device *device, const uint8_t *data, size_t length, error_message *reason);
int read_report(hid_device *device, uint8_t *data, size_t length, int milliseconds, error_message *reason);

/* control_requests.c */

int send_control_report(hid_device *device, enum bluetap_loopback_kind kind, const uint8_t *data, size_t length,
                        error_message *reason);
int get_control_report(hid_device *device, enum bluetap_loopback_kind kind, uint8_t *data, size_t length,
                       error_message *reason);

#pragma GCC visibility pop

#endif

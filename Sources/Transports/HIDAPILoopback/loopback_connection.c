/* Sockets to the emulator: connecting, the hello, packets with deadlines. */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "loopback_internal.h"

int64_t monotonic_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NANOSECONDS_PER_SECOND + now.tv_nsec;
}

int wait_readable(int socket, int64_t deadline) {
    struct pollfd wanted = {.fd = socket, .events = POLLIN};
    for (;;) {
        int64_t left = deadline - monotonic_nanoseconds();
        if (left < 0) {
            left = 0;
        }
        struct timespec timeout = {.tv_sec = left / NANOSECONDS_PER_SECOND, .tv_nsec = left % NANOSECONDS_PER_SECOND};
        int ready = ppoll(&wanted, 1, &timeout, NULL);
        if (ready >= 0 || errno != EINTR) {
            return ready;
        }
    }
}

ssize_t send_packet(int socket, const struct iovec *parts, size_t part_count) {
    struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = part_count};
    ssize_t sent;
    do {
        sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent;
}

ssize_t receive_packet(int socket, struct iovec *parts, size_t part_count, int flags) {
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = part_count};
    ssize_t received;
    do {
        received = recvmsg(socket, &message, flags);
        /* Linux reports ECONNRESET once, and before the packets still queued, when the peer closed with some unread:
         * asking again gives those, then the end. */
    } while (received < 0 && (errno == EINTR || errno == ECONNRESET));
    return received;
}

ssize_t receive_packet_before(int socket, struct iovec *parts, size_t part_count, int64_t deadline) {
    for (;;) {
        ssize_t received = receive_packet(socket, parts, part_count, MSG_DONTWAIT);
        if (received >= 0 || errno != EAGAIN) {
            return received;
        }
        int ready = wait_readable(socket, deadline);
        if (ready < 0) {
            return -1;
        }
        if (ready == 0) {
            errno = EAGAIN;
            return -1;
        }
        /* Another thread may have taken what woke us: then go on waiting. */
    }
}

/* The process behind a connection, as this one sees it; 0 where it does not, being in another container. */
static pid_t emulator_of(int socket) {
    struct ucred emulator;
    socklen_t size = sizeof emulator;
    return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &emulator, &size) == 0 ? emulator.pid : 0;
}

static bool is_stopped(pid_t process) {
    char path[32];
    char status[256];
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)process);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? 0 : read(file, status, sizeof status - 1);
    if (file >= 0) {
        close(file);
    }
    status[length < 0 ? 0 : length] = '\0';
    /* The state follows the program's name, which is in parentheses and may have some itself. */
    const char *name_end = strrchr(status, ')');
    return name_end != NULL && strncmp(name_end, ") T", 3) == 0;
}

/* The process of the `bluetap run` under which this program is; 0 where it is under none. */
static pid_t run_above(void) {
    const char *process = getenv("BLUETAP_RUN");
    return process == NULL ? 0 : (pid_t)strtol(process, NULL, 10);
}

static bool passed(int64_t begin, int seconds) {
    return monotonic_nanoseconds() - begin >= (int64_t)seconds * NANOSECONDS_PER_SECOND;
}

/* Whether to wait on for an emulator that owes something since `begin`. */
static bool is_worth_waiting(pid_t emulator, int64_t begin) {
    pid_t run = run_above();
    if (run != 0 && run == emulator) {
        return true;
    }
    return !passed(begin, SILENCE_PATIENCE) &&
           !(emulator != 0 && passed(begin, STOPPED_PATIENCE) && is_stopped(emulator));
}

ssize_t receive_answer(int socket, struct iovec *parts, size_t part_count) {
    int64_t begin = monotonic_nanoseconds();
    for (;;) {
        int64_t look = monotonic_nanoseconds() + (int64_t)STOPPED_PATIENCE * NANOSECONDS_PER_SECOND;
        ssize_t received = receive_packet_before(socket, parts, part_count, look);
        if (received >= 0 || errno != EAGAIN) {
            return received;
        }
        if (!is_worth_waiting(emulator_of(socket), begin)) {
            errno = EAGAIN;
            return -1;
        }
    }
}

static void limit_sending(int socket, int seconds) {
    struct timeval limit = {.tv_sec = seconds};
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

/* Connecting waits while as many as the listener's backlog holds are before us. Who listens is not known yet: under
 * `bluetap run` it is taken for its device. */
static int connect_patiently(int socket, const struct sockaddr_un *address) {
    int64_t begin = monotonic_nanoseconds();
    limit_sending(socket, STOPPED_PATIENCE);
    for (;;) {
        if (connect(socket, (const struct sockaddr *)address, sizeof *address) == 0) {
            limit_sending(socket, WRITE_PATIENCE);
            return 0;
        }
        if (errno != EINTR && !(errno == EAGAIN && is_worth_waiting(run_above(), begin))) {
            return -1;
        }
    }
}

static uint16_t little_endian_16(const uint8_t *bytes) {
    return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static uint32_t little_endian_32(const uint8_t *bytes) {
    return (uint32_t)little_endian_16(bytes) | (uint32_t)little_endian_16(bytes + 2) << 16;
}

static void put_little_endian_32(uint8_t *bytes, uint32_t value) {
    for (unsigned index = 0; index < 4; index++) {
        bytes[index] = (uint8_t)(value >> (8 * index));
    }
}

/* The length named at `length_offset` of the hello, taken from the bytes not yet taken. */
static bool take_span(const struct hello *hello, size_t length_offset, size_t *taken, size_t packet_length,
                      struct byte_span *span) {
    size_t length = little_endian_16(hello->packet + length_offset);
    if (length > packet_length - *taken) {
        return false;
    }
    *span = (struct byte_span){.bytes = hello->packet + *taken, .length = length};
    *taken += length;
    return true;
}

static bool parse_hello(struct hello *hello, size_t length) {
    size_t taken = sizeof(struct bluetap_hello);
    const uint8_t *packet = hello->packet;
    if (length < taken || little_endian_32(packet + offsetof(struct bluetap_hello, magic)) != BLUETAP_LOOPBACK_MAGIC ||
        packet[offsetof(struct bluetap_hello, version)] != BLUETAP_LOOPBACK_VERSION) {
        return false;
    }
    hello->bus_type = packet[offsetof(struct bluetap_hello, bus_type)];
    hello->vendor_id = little_endian_16(packet + offsetof(struct bluetap_hello, vendor_id));
    hello->product_id = little_endian_16(packet + offsetof(struct bluetap_hello, product_id));
    hello->release = little_endian_16(packet + offsetof(struct bluetap_hello, release));
    return take_span(hello, offsetof(struct bluetap_hello, manufacturer_length), &taken, length,
                     &hello->manufacturer) &&
           take_span(hello, offsetof(struct bluetap_hello, product_length), &taken, length, &hello->product) &&
           take_span(hello, offsetof(struct bluetap_hello, serial_number_length), &taken, length,
                     &hello->serial_number) &&
           take_span(hello, offsetof(struct bluetap_hello, report_descriptor_length), &taken, length,
                     &hello->report_descriptor) &&
           taken == length && hello->report_descriptor.length <= MAX_REPORT_DESCRIPTOR;
}

/* NULL when the device has introduced itself. */
static error_message greet(int socket, enum bluetap_loopback_purpose purpose, struct hello *hello) {
    uint8_t request[sizeof(struct bluetap_hello_request)];
    put_little_endian_32(request + offsetof(struct bluetap_hello_request, magic), BLUETAP_LOOPBACK_MAGIC);
    request[offsetof(struct bluetap_hello_request, version)] = BLUETAP_LOOPBACK_VERSION;
    request[offsetof(struct bluetap_hello_request, purpose)] = (uint8_t)purpose;
    struct iovec sent = {.iov_base = request, .iov_len = sizeof request};
    /* One byte more than a packet may have shows one that is too long. */
    uint8_t excess;
    struct iovec received[] = {
        {.iov_base = hello->packet, .iov_len = sizeof hello->packet},
        {.iov_base = &excess, .iov_len = sizeof excess},
    };
    ssize_t length = send_packet(socket, &sent, 1);
    if (length >= 0) {
        length = receive_answer(socket, received, 2);
    }
    if (length == 0 || (length < 0 && errno == EPIPE)) {
        return message_hello_refused;
    }
    if (length < 0) {
        return errno == EAGAIN ? message_hello_timeout : message_for_errno(errno);
    }
    return parse_hello(hello, (size_t)length) ? NULL : message_bad_hello;
}

static error_message message_for_connect(int error) {
    switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ECONNREFUSED:
        return message_no_listener;
    case EACCES:
    case EPERM:
        return message_no_permission;
    case EAGAIN:
        return message_hello_timeout;
    case EPROTOTYPE:
        return message_bad_hello;
    default:
        return message_for_errno(error);
    }
}

int connect_to_device(const char *path, enum bluetap_loopback_purpose purpose, struct hello *hello,
                      error_message *reason) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t path_length = strlen(path);
    if (path_length >= sizeof address.sun_path) {
        *reason = message_path_too_long;
        return -1;
    }
    memcpy(address.sun_path, path, path_length);

    int connection = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (connection < 0) {
        *reason = message_for_errno(errno);
        return -1;
    }
    error_message failure = connect_patiently(connection, &address) < 0 ? message_for_connect(errno)
                                                                        : greet(connection, purpose, hello);
    if (failure != NULL) {
        *reason = failure;
        close(connection);
        return -1;
    }
    return connection;
}

void close_connection(int socket) {
    if (socket < 0) {
        return;
    }
    /* Closing with packets unread makes Linux report ECONNRESET to the device before what we sent it last. Shut down,
     * the socket takes no more, so this ends. */
    shutdown(socket, SHUT_RDWR);
    char ignored;
    while (recv(socket, &ignored, sizeof ignored, MSG_DONTWAIT) > 0) {
    }
    close(socket);
}

/* A POS at each of many devices: pays at a steady pace, each device in its turn, and counts.
 *
 *     ManyDevicesClient SOCKET COUNT RATE SECONDS REPORT REPLY
 *
 * SOCKET is the first device's; the others are beside it, as `bluetap serve --devices` has them. RATE is pays a second of
 * each device, REPORT and REPLY are hex. Prints "sent received wrong median p99 worst" with times in nanoseconds. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { MAX_REPORT = 1024, MAX_PACKET = 8192, MAGIC_AND_HEADER = 6 };

struct device {
    int socket;
    int64_t sent_at; /* 0 while nothing is under way */
};

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void fail(const char *what) {
    fprintf(stderr, "ManyDevicesClient: %s: %s\n", what, strerror(errno));
    exit(1);
}

static size_t parse_hex(const char *text, uint8_t *bytes) {
    size_t count = strlen(text) / 2;
    if (count > MAX_REPORT) {
        fail("a report is too long");
    }
    for (size_t index = 0; index < count; index++) {
        unsigned value;
        if (sscanf(text + 2 * index, "%2x", &value) != 1) {
            fail("a report is no hex");
        }
        bytes[index] = (uint8_t)value;
    }
    return count;
}

static int connect_to(const char *first, int number) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t stem = strlen(first) - strlen(".sock");
    if (number == 1) {
        snprintf(address.sun_path, sizeof address.sun_path, "%s", first);
    } else {
        snprintf(address.sun_path, sizeof address.sun_path, "%.*s-%d.sock", (int)stem, first, number);
    }
    int connection = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof address) != 0) {
        fail(address.sun_path);
    }
    /* The greeting of loopback_protocol.h: magic, version, purpose REPORTS. */
    static const uint8_t greeting[MAGIC_AND_HEADER] = {0x42, 0x54, 0x4C, 0x50, 1, 2};
    uint8_t hello[MAX_PACKET];
    if (send(connection, greeting, sizeof greeting, 0) < 0 || recv(connection, hello, sizeof hello, 0) <= 0) {
        fail("the greeting");
    }
    return connection;
}

static int by_value(const void *left, const void *right) {
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

int main(int argument_count, char **arguments) {
    if (argument_count != 7) {
        fprintf(stderr, "usage: ManyDevicesClient SOCKET COUNT RATE SECONDS REPORT REPLY\n");
        return 64;
    }
    int count = atoi(arguments[2]);
    long total = (long)count * atoi(arguments[3]) * atoi(arguments[4]);
    int64_t gap = 1000000000 / ((int64_t)count * atoi(arguments[3]));
    uint8_t packet[2 + MAX_REPORT] = {0x01, 0x00}, reply[2 + MAX_REPORT] = {0x02, 0x00};
    size_t packet_length = 2 + parse_hex(arguments[5], packet + 2);
    size_t reply_length = 2 + parse_hex(arguments[6], reply + 2);

    struct rlimit files = {.rlim_cur = 8192, .rlim_max = 8192};
    struct rlimit old;
    getrlimit(RLIMIT_NOFILE, &old);
    files.rlim_max = old.rlim_max;
    files.rlim_cur = old.rlim_max < 8192 ? old.rlim_max : 8192;
    setrlimit(RLIMIT_NOFILE, &files);

    struct device *devices = calloc((size_t)count, sizeof *devices);
    uint32_t *times = calloc((size_t)total, sizeof *times);
    int poll = epoll_create1(EPOLL_CLOEXEC);
    if (devices == NULL || times == NULL || poll < 0) {
        fail("no memory");
    }
    for (int index = 0; index < count; index++) {
        devices[index].socket = connect_to(arguments[1], index + 1);
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)index};
        if (epoll_ctl(poll, EPOLL_CTL_ADD, devices[index].socket, &event) != 0) {
            fail("epoll");
        }
    }

    long sent = 0, received = 0, wrong = 0;
    int64_t start = now();
    int64_t end = start + total * gap + 2000000000; /* two seconds for what is late */
    while (received < total && now() < end) {
        while (sent < total && now() >= start + sent * gap) {
            struct device *device = &devices[sent % count];
            if (device->sent_at != 0) {
                wrong++; /* the reply before has not come in its time */
            }
            device->sent_at = now();
            if (send(device->socket, packet, packet_length, 0) < 0) {
                fail("send");
            }
            sent++;
        }
        int64_t left = sent < total ? start + sent * gap - now() : 10000000;
        struct timespec timeout = {.tv_nsec = left > 0 ? left : 0};
        struct epoll_event events[64];
        int ready = epoll_pwait2(poll, events, 64, &timeout, NULL);
        for (int index = 0; index < ready; index++) {
            struct device *device = &devices[events[index].data.u32];
            uint8_t answer[2 + MAX_REPORT];
            ssize_t length = recv(device->socket, answer, sizeof answer, MSG_DONTWAIT);
            if (length < 0) {
                continue;
            }
            if (length == 0) {
                fail("a device has gone");
            }
            if ((size_t)length != reply_length || memcmp(answer, reply, reply_length) != 0) {
                wrong++;
            }
            times[received++] = (uint32_t)(now() - device->sent_at);
            device->sent_at = 0;
        }
    }
    qsort(times, (size_t)received, sizeof *times, by_value);
    printf("%ld %ld %ld %u %u %u\n", sent, received, wrong, received ? times[received / 2] : 0,
           received ? times[received * 99 / 100] : 0, received ? times[received - 1] : 0);
    return 0;
}

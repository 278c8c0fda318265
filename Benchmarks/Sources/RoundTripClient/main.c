/* The POS of the round trips: pays through libhidapi and bare packets by turns, each trip timed. The bare packets go to a
 * Unix socket, or to a device of the kernel's through libhidapi as well: whatever sends them back.
 *
 * The library is loaded by name, as language bindings load libhidapi; its calls then cost what they cost a program that
 * is linked with it. Standard output gets the times, in nanoseconds as native 32-bit integers: for each round all pays,
 * then all bare packets. */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <wchar.h>

typedef struct hid_device_ hid_device;

struct hid_library {
    hid_device *(*open_path)(const char *);
    int (*write)(hid_device *, const unsigned char *, size_t);
    int (*read_timeout)(hid_device *, unsigned char *, size_t, int);
};

enum { REPORT_SIZE = 64, WARM_UP_TRIPS = 500 };

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "RoundTripClient: %s\n", what);
    exit(1);
}

static void *function(void *library, const char *name) {
    void *found = dlsym(library, name);
    if (found == NULL) {
        fail(dlerror());
    }
    return found;
}

static uint64_t nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void parse_report(const char *digits, uint8_t *report) {
    if (strlen(digits) != 2 * REPORT_SIZE) {
        fail("a report has 128 hexadecimal digits");
    }
    for (int index = 0; index < REPORT_SIZE; index++) {
        unsigned byte;
        if (sscanf(digits + 2 * index, "%2x", &byte) != 1) {
            fail("a report is hexadecimal");
        }
        report[index] = (uint8_t)byte;
    }
}

static int connect_bare(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        fail("the floor's socket has too long a path");
    }
    strcpy(address.sun_path, path);
    int connection = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (connection < 0 || connect(connection, (const struct sockaddr *)&address, sizeof address) != 0) {
        fail("nobody listens on the floor's socket");
    }
    return connection;
}

static void exchange(const struct hid_library *library, hid_device *device, const uint8_t *request,
                     const uint8_t *expected, int timeout, size_t trips, uint32_t *times) {
    for (size_t trip = 0; trip < trips; trip++) {
        uint8_t reply[REPORT_SIZE];
        uint64_t start = nanoseconds();
        if (library->write(device, request, REPORT_SIZE + 1) != REPORT_SIZE + 1) {
            fail("hid_write failed");
        }
        int received = library->read_timeout(device, reply, sizeof reply, timeout);
        times[trip] = (uint32_t)(nanoseconds() - start);
        if (received != REPORT_SIZE || memcmp(reply, expected, REPORT_SIZE) != 0) {
            fail("the device did not answer as expected");
        }
    }
}

static void exchange_bare(int connection, const uint8_t *request, size_t trips, uint32_t *times) {
    for (size_t trip = 0; trip < trips; trip++) {
        uint8_t reply[REPORT_SIZE];
        uint64_t start = nanoseconds();
        if (send(connection, request, REPORT_SIZE, MSG_NOSIGNAL) != REPORT_SIZE ||
            recv(connection, reply, sizeof reply, 0) != REPORT_SIZE) {
            fail("the floor did not answer");
        }
        times[trip] = (uint32_t)(nanoseconds() - start);
    }
}

int main(int argument_count, char **arguments) {
    if (argument_count != 9) {
        fprintf(stderr, "usage: RoundTripClient LIBHIDAPI DEVICE FLOOR ROUNDS TRIPS TIMEOUT REPORT REPLY\n");
        return 64;
    }
    void *opened = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
    if (opened == NULL) {
        fail(dlerror());
    }
    struct hid_library library = {
        .open_path = (hid_device * (*)(const char *)) function(opened, "hid_open_path"),
        .write = (int (*)(hid_device *, const unsigned char *, size_t))function(opened, "hid_write"),
        .read_timeout = (int (*)(hid_device *, unsigned char *, size_t, int))function(opened, "hid_read_timeout"),
    };
    size_t rounds = strtoul(arguments[4], NULL, 10);
    size_t trips = strtoul(arguments[5], NULL, 10);
    int timeout = atoi(arguments[6]);
    uint8_t request[REPORT_SIZE + 1] = {0};
    uint8_t expected[REPORT_SIZE];
    parse_report(arguments[7], request + 1);
    parse_report(arguments[8], expected);

    hid_device *device = library.open_path(arguments[2]);
    if (device == NULL) {
        fail("the device cannot be opened");
    }
    bool is_kernel_device = strncmp(arguments[3], "/dev/", 5) == 0;
    hid_device *floor = is_kernel_device ? library.open_path(arguments[3]) : NULL;
    if (is_kernel_device && floor == NULL) {
        fail("the floor's device cannot be opened");
    }
    int bare = is_kernel_device ? -1 : connect_bare(arguments[3]);

    size_t most = trips > WARM_UP_TRIPS ? trips : WARM_UP_TRIPS;
    uint32_t *times = malloc(most * sizeof *times);
    if (times == NULL) {
        fail("out of memory");
    }
    for (size_t round = 0; round <= rounds; round++) {
        /* The first round warms up and is not counted. */
        size_t count = round == 0 ? WARM_UP_TRIPS : trips;
        exchange(&library, device, request, expected, timeout, count, times);
        if (round > 0) {
            fwrite(times, sizeof *times, trips, stdout);
        }
        if (is_kernel_device) {
            exchange(&library, floor, request, request + 1, timeout, count, times);
        } else {
            exchange_bare(bare, request + 1, count, times);
        }
        if (round > 0) {
            fwrite(times, sizeof *times, trips, stdout);
        }
    }
    return fflush(stdout) == 0 ? 0 : 1;
}

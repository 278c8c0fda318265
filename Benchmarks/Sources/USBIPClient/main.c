/* The host of USB/IP measurements, as a kernel's would be: it asks for an input report before it sends an output report.
 *
 *   trips PORT PORT PORT PORT ROUNDS TRIPS REPORT REPLY
 *       at a device, at the USB/IP floor, at the ping-pong and at the burst by turns; writes each trip's nanoseconds, 32
 *       bits each
 *   cycles PORT COUNT
 *       attaches device 1-1 and detaches it; writes how often
 *   many PORT DEVICES TRIPS REPORT REPLY
 *       attaches so many devices, and pays at each by turns; writes how many replies were as expected */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEADER = 48, REPORT = 64, WARM_UP_TRIPS = 500, KINDS = 4 };

static uint32_t sequence;

static void fail(const char *reason) {
    fprintf(stderr, "USBIPClient: %s\n", reason);
    exit(1);
}

static uint64_t nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void parse_report(const char *text, uint8_t *report) {
    if (strlen(text) != 2 * REPORT) {
        fail("a report has another size");
    }
    for (size_t index = 0; index < REPORT; index++) {
        unsigned byte;
        if (sscanf(text + 2 * index, "%2x", &byte) != 1) {
            fail("a report is not hexadecimal");
        }
        report[index] = (uint8_t)byte;
    }
}

static int open_connection(const char *port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int yes = 1;
    if (connection < 0 || connect(connection, (const struct sockaddr *)&address, sizeof address) != 0) {
        fail("nobody listens there");
    }
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return connection;
}

static void write_all(int connection, const void *bytes, size_t count) {
    if (send(connection, bytes, count, MSG_NOSIGNAL) != (ssize_t)count) {
        fail("the connection is gone");
    }
}

static void read_all(int connection, void *bytes, size_t count) {
    if (recv(connection, bytes, count, MSG_WAITALL) != (ssize_t)count) {
        fail("the connection is gone");
    }
}

static void put(uint8_t *bytes, uint32_t value) {
    value = htonl(value);
    memcpy(bytes, &value, sizeof value);
}

static uint32_t get(const uint8_t *bytes) {
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return ntohl(value);
}

static size_t submit(uint8_t *bytes, bool is_to_host, uint32_t endpoint, uint32_t length) {
    memset(bytes, 0, HEADER);
    put(bytes, 1);
    put(bytes + 4, ++sequence);
    put(bytes + 8, 0x00010002);
    put(bytes + 12, is_to_host);
    put(bytes + 16, endpoint);
    put(bytes + 24, length);
    put(bytes + 32, 0xFFFFFFFF);
    return HEADER;
}

/* Imports a device; false where another has it yet. */
static bool import_device(int connection, unsigned number) {
    uint8_t request[40] = {0x01, 0x11, 0x80, 0x03};
    snprintf((char *)request + 8, 32, "1-%u", number);
    write_all(connection, request, sizeof request);
    uint8_t answer[320];
    read_all(connection, answer, 8);
    if (get(answer + 4) != 0) {
        return false;
    }
    read_all(connection, answer + 8, sizeof answer - 8);
    /* SET_CONFIGURATION */
    uint8_t packet[HEADER];
    submit(packet, false, 0, 0);
    packet[41] = 9;
    packet[42] = 1;
    write_all(connection, packet, HEADER);
    read_all(connection, packet, HEADER);
    if (get(packet) != 3 || get(packet + 20) != 0) {
        fail("the device is not configured");
    }
    return true;
}

static int attach(const char *port, unsigned number) {
    for (;;) {
        int connection = open_connection(port);
        if (import_device(connection, number)) {
            return connection;
        }
        close(connection);
    }
}

/* A report to the device and its answer; false where that is not the one expected. */
static bool pay(int connection, const uint8_t *report, const uint8_t *expected) {
    uint8_t packets[2 * HEADER + REPORT];
    submit(packets, true, 1, REPORT);
    uint32_t asked = sequence;
    write_all(connection, packets, HEADER);
    submit(packets, false, 1, REPORT);
    memcpy(packets + HEADER, report, REPORT);
    write_all(connection, packets, HEADER + REPORT);
    bool is_right = false;
    for (int answer = 0; answer < 2; answer++) {
        read_all(connection, packets, HEADER);
        if (get(packets + 4) == asked) {
            read_all(connection, packets + HEADER, REPORT);
            is_right = get(packets + 20) == 0 && memcmp(packets + HEADER, expected, REPORT) == 0;
        }
    }
    return is_right;
}

/* As many messages of the same sizes, each sent when the one before has come. */
static void ping(int connection, const uint8_t *report) {
    uint8_t message[HEADER + REPORT] = {0};
    write_all(connection, message, HEADER);
    read_all(connection, message, HEADER);
    memcpy(message + HEADER, report, REPORT);
    write_all(connection, message, sizeof message);
    read_all(connection, message, sizeof message);
}

/* The same, sent and read as the USB/IP host sends and reads. */
static void burst(int connection, const uint8_t *report) {
    uint8_t packets[2 * HEADER + REPORT];
    submit(packets, true, 1, REPORT);
    write_all(connection, packets, HEADER);
    submit(packets, false, 1, REPORT);
    memcpy(packets + HEADER, report, REPORT);
    write_all(connection, packets, HEADER + REPORT);
    for (int answer = 0; answer < 2; answer++) {
        read_all(connection, packets, HEADER);
    }
    read_all(connection, packets, REPORT);
}

static int trips(char **arguments) {
    size_t rounds = strtoul(arguments[6], NULL, 10);
    size_t count = strtoul(arguments[7], NULL, 10);
    uint8_t report[REPORT], reply[REPORT];
    parse_report(arguments[8], report);
    parse_report(arguments[9], reply);
    int device = attach(arguments[2], 1);
    int floor = attach(arguments[3], 1);
    int bare = open_connection(arguments[4]);
    int bursts = open_connection(arguments[5]);
    uint32_t *times = malloc(KINDS * (count > WARM_UP_TRIPS ? count : WARM_UP_TRIPS) * sizeof *times);
    for (size_t round = 0; round <= rounds; round++) {
        /* The first round warms up and is not counted. */
        size_t trips = round == 0 ? WARM_UP_TRIPS : count;
        for (int kind = 0; kind < KINDS; kind++) {
            for (size_t trip = 0; trip < trips; trip++) {
                uint64_t start = nanoseconds();
                bool is_right = true;
                if (kind == 0) {
                    is_right = pay(device, report, reply);
                } else if (kind == 1) {
                    is_right = pay(floor, report, report);
                } else if (kind == 2) {
                    ping(bare, report);
                } else {
                    burst(bursts, report);
                }
                times[(size_t)kind * trips + trip] = (uint32_t)(nanoseconds() - start);
                if (!is_right) {
                    fail("the device did not answer as expected");
                }
            }
        }
        if (round > 0) {
            fwrite(times, sizeof *times, KINDS * trips, stdout);
        }
    }
    return fflush(stdout) == 0 ? 0 : 1;
}

static int cycles(char **arguments) {
    unsigned long count = strtoul(arguments[3], NULL, 10);
    for (unsigned long cycle = 0; cycle < count; cycle++) {
        int connection = attach(arguments[2], 1);
        uint8_t packet[HEADER];
        submit(packet, true, 1, REPORT);
        write_all(connection, packet, HEADER);
        close(connection);
    }
    /* Whoever finds the device free finds the last one detached. */
    close(attach(arguments[2], 1));
    printf("%lu\n", count);
    return 0;
}

static int many(char **arguments) {
    unsigned devices = (unsigned)atoi(arguments[3]);
    unsigned count = (unsigned)atoi(arguments[4]);
    uint8_t report[REPORT], reply[REPORT];
    parse_report(arguments[5], report);
    parse_report(arguments[6], reply);
    int *connections = malloc(devices * sizeof *connections);
    for (unsigned device = 0; device < devices; device++) {
        connections[device] = attach(arguments[2], device + 1);
    }
    unsigned long right = 0;
    for (unsigned trip = 0; trip < count; trip++) {
        for (unsigned device = 0; device < devices; device++) {
            right += pay(connections[device], report, reply);
        }
    }
    printf("%lu\n", right);
    return 0;
}

int main(int argument_count, char **arguments) {
    if (argument_count == 10 && strcmp(arguments[1], "trips") == 0) {
        return trips(arguments);
    }
    if (argument_count == 4 && strcmp(arguments[1], "cycles") == 0) {
        return cycles(arguments);
    }
    if (argument_count == 7 && strcmp(arguments[1], "many") == 0) {
        return many(arguments);
    }
    fprintf(stderr, "usage: USBIPClient trips|cycles|many ...\n");
    return 64;
}

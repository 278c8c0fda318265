/* A POS of the reference profile: its device, its pay commands, and the replies to them. */
#ifndef REFERENCE_DEVICE_H
#define REFERENCE_DEVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "check.h"

enum {
    VENDOR_ID = 0x1209,
    PRODUCT_ID = 0x0001,
    REPORT_LENGTH = 64,
    PACKET_LENGTH = 1 + REPORT_LENGTH, /* hidapi wants a report ID first, 0 where there is none */
};

static inline hid_device *open_device(void) {
    hid_device *device = hid_open(VENDOR_ID, PRODUCT_ID, NULL);
    CHECK(device != NULL);
    return device;
}

static inline uint32_t crc32(const uint8_t *bytes, size_t length) {
    uint32_t sum = UINT32_MAX;
    for (size_t index = 0; index < length; index++) {
        sum ^= bytes[index];
        for (int bit = 0; bit < 8; bit++) {
            sum = sum >> 1 ^ (sum & 1 ? 0xEDB88320 : 0);
        }
    }
    return ~sum;
}

static inline void put_checksum(uint8_t report[REPORT_LENGTH]) {
    uint32_t sum = crc32(report, REPORT_LENGTH - 4);
    for (int index = 0; index < 4; index++) {
        report[REPORT_LENGTH - 4 + index] = (uint8_t)(sum >> 8 * index);
    }
}

/* A TRUEMONEY pay command without amount, order or expiry. */
static inline void make_pay(uint8_t packet[PACKET_LENGTH], uint16_t sequence) {
    uint8_t *report = packet + 1;
    memset(packet, 0, PACKET_LENGTH);
    report[0] = 0xB7;
    report[1] = 0x01;
    report[2] = (uint8_t)sequence;
    report[3] = (uint8_t)(sequence >> 8);
    memcpy(report + 4, "TRUEMONEY", 9);
    report[43] = 0x80; /* no expiry: INT32_MIN */
    put_checksum(report);
}

static inline uint16_t sequence_of(const uint8_t *report) {
    return (uint16_t)(report[2] | report[3] << 8);
}

/* Whether this is, to the byte, the reply SUCCESS to that pay command. */
static inline bool is_success(const uint8_t *report, int length, uint16_t sequence) {
    uint8_t reply[REPORT_LENGTH] = {0xB7, 0x81, (uint8_t)sequence, (uint8_t)(sequence >> 8)};
    put_checksum(reply);
    return length == REPORT_LENGTH && memcmp(report, reply, REPORT_LENGTH) == 0;
}

static inline void send_pay(hid_device *device, uint16_t sequence) {
    uint8_t packet[PACKET_LENGTH];
    make_pay(packet, sequence);
    CHECK(hid_write(device, packet, sizeof packet) == PACKET_LENGTH);
}

/* Sends a pay command and waits for its reply. Every host gets every reply: those to others are passed over. */
static inline void pay(hid_device *device, uint16_t sequence) {
    uint8_t reply[REPORT_LENGTH];
    send_pay(device, sequence);
    do {
        CHECK(hid_read_timeout(device, reply, sizeof reply, 30000) == REPORT_LENGTH);
    } while (sequence_of(reply) != sequence);
    CHECK(is_success(reply, REPORT_LENGTH, sequence));
}

#endif

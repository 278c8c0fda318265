#include "floor.h"

#include <malloc.h>
#include <stdbool.h>
#include <string.h>

enum {
    MARK = 0xB7,
    PAY = 0x01,
    SEQUENCE_AT = 2,
    PAYMENT_METHOD_AT = 4,
    PAYMENT_METHOD_SIZE = 12,
    AMOUNT_AT = 16,
    AMOUNT_SIZE = 8,
    ORDER_ID_AT = 24,
    ORDER_ID_SIZE = 16,
    EXPIRY_TIME_AT = 40,
    CHECKSUM_AT = 60,
};

/* Four bytes at a step, as the Swift codec does it, so that the ratio tells of the code around the checksum. */
static uint32_t checksum(const uint8_t *bytes) {
    static uint32_t tables[4][256];
    static bool are_made = false;
    if (!are_made) {
        for (uint32_t byte = 0; byte < 256; byte++) {
            uint32_t value = byte;
            for (int bit = 0; bit < 8; bit++) {
                value = value >> 1 ^ (value & 1 ? 0xEDB88320u : 0);
            }
            tables[0][byte] = value;
        }
        for (int table = 1; table < 4; table++) {
            for (int byte = 0; byte < 256; byte++) {
                uint32_t previous = tables[table - 1][byte];
                tables[table][byte] = previous >> 8 ^ tables[0][previous & 0xFF];
            }
        }
        are_made = true;
    }
    uint32_t state = 0xFFFFFFFFu;
    for (int offset = 0; offset < CHECKSUM_AT; offset += 4) {
        uint32_t word;
        memcpy(&word, bytes + offset, sizeof word);
        state ^= word;
        state = tables[3][state & 0xFF] ^ tables[2][state >> 8 & 0xFF] ^ tables[1][state >> 16 & 0xFF] ^
                tables[0][state >> 24];
    }
    return ~state;
}

int floor_decode(const uint8_t *report, struct floor_pay *pay) {
    uint32_t expected;
    memcpy(&expected, report + CHECKSUM_AT, sizeof expected);
    if (report[0] != MARK || report[1] != PAY || checksum(report) != expected) {
        return -1;
    }
    memset(pay, 0, sizeof *pay);
    memcpy(&pay->sequence, report + SEQUENCE_AT, sizeof pay->sequence);
    memcpy(pay->payment_method, report + PAYMENT_METHOD_AT, PAYMENT_METHOD_SIZE);
    memcpy(pay->amount, report + AMOUNT_AT, AMOUNT_SIZE);
    memcpy(pay->order_id, report + ORDER_ID_AT, ORDER_ID_SIZE);
    memcpy(&pay->expiry_time, report + EXPIRY_TIME_AT, sizeof pay->expiry_time);
    return 0;
}

void floor_encode(const struct floor_pay *pay, uint8_t *report) {
    memset(report, 0, FLOOR_REPORT_SIZE);
    report[0] = MARK;
    report[1] = PAY;
    memcpy(report + SEQUENCE_AT, &pay->sequence, sizeof pay->sequence);
    memcpy(report + PAYMENT_METHOD_AT, pay->payment_method, PAYMENT_METHOD_SIZE);
    memcpy(report + AMOUNT_AT, pay->amount, AMOUNT_SIZE);
    memcpy(report + ORDER_ID_AT, pay->order_id, ORDER_ID_SIZE);
    memcpy(report + EXPIRY_TIME_AT, &pay->expiry_time, sizeof pay->expiry_time);
    uint32_t value = checksum(report);
    memcpy(report + CHECKSUM_AT, &value, sizeof value);
}

size_t floor_allocated_bytes(void) {
    struct mallinfo2 account = mallinfo2();
    /* Large blocks are mapped apart from the arenas. */
    return account.uordblks + account.hblkhd;
}

/* What the Swift figures stand beside, in bare C: one codec without a profile, and the allocator's own account. */
#ifndef BLUETAP_BENCHMARKS_FLOOR_H
#define BLUETAP_BENCHMARKS_FLOOR_H

#include <stddef.h>
#include <stdint.h>

enum { FLOOR_REPORT_SIZE = 64 };

/* A pay command of the profile `reference`, its texts padded with zeros and terminated by one. */
struct floor_pay {
    char payment_method[13];
    char amount[9];
    char order_id[17];
    int32_t expiry_time;
    uint16_t sequence;
};

/* 0, or -1 where the report is no pay command or its checksum is wrong. */
int floor_decode(const uint8_t *report, struct floor_pay *pay);
void floor_encode(const struct floor_pay *pay, uint8_t *report);

/* Bytes that malloc has handed out and not got back. */
size_t floor_allocated_bytes(void);

#endif

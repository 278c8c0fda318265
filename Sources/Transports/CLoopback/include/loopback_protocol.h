/* What the loopback device and the drop-in libhidapi say to each other.
 *
 * Transport: AF_UNIX, SOCK_SEQPACKET. A packet is a message; none is empty. All integers are little-endian.
 *
 * 1. The host connects and sends `struct bluetap_hello_request`, which names the purpose of this connection.
 * 2. The device answers with `struct bluetap_hello`, followed by the strings (UTF-8, no NUL) and the HID report
 *    descriptor, in the order of their length fields.
 * 3. By purpose:
 *      ENUMERATE  nothing more: the device closes.
 *      REPORTS    the interrupt endpoints. Host to device: OUTPUT. Device to host: INPUT.
 *      CONTROL    endpoint 0. One request of the host at a time, each answered by one packet of the same kind.
 *
 * The device closing a connection is the cable being pulled. A packet that does not fit this description makes the
 * device close the connection that sent it.
 */
#ifndef BLUETAP_LOOPBACK_PROTOCOL_H
#define BLUETAP_LOOPBACK_PROTOCOL_H

#include <stdint.h>

#define BLUETAP_LOOPBACK_MAGIC 0x504C5442u /* "BTLP" */

enum {
    BLUETAP_LOOPBACK_VERSION = 1,
    /* Largest report that crosses, its leading report ID included. */
    BLUETAP_LOOPBACK_MAX_REPORT = 4097,
    /* Largest packet of any kind: a hello with the longest descriptor and strings. */
    BLUETAP_LOOPBACK_MAX_PACKET = 8192,
};

enum bluetap_loopback_purpose {
    BLUETAP_LOOPBACK_ENUMERATE = 1,
    BLUETAP_LOOPBACK_REPORTS = 2,
    BLUETAP_LOOPBACK_CONTROL = 3,
};

/* The first byte of every packet after the hellos. */
enum bluetap_loopback_kind {
    BLUETAP_LOOPBACK_OUTPUT = 0x01, /* report ID (0 if unnumbered), data */
    BLUETAP_LOOPBACK_INPUT = 0x02,  /* report ID (0 if unnumbered), data */

    /* Requests on CONTROL. Answers: the same kind, status (0, or an errno value such as EPIPE for a stall),
     * then for the GETs the report: report ID (0 if unnumbered), data. */
    BLUETAP_LOOPBACK_SET_FEATURE = 0x11, /* report ID, data */
    BLUETAP_LOOPBACK_GET_FEATURE = 0x12, /* report ID */
    BLUETAP_LOOPBACK_SET_OUTPUT = 0x13,  /* report ID, data */
    BLUETAP_LOOPBACK_GET_INPUT = 0x14,   /* report ID */
};

struct bluetap_hello_request {
    uint32_t magic;
    uint8_t version;
    uint8_t purpose;
} __attribute__((packed));

struct bluetap_hello {
    uint32_t magic;
    uint8_t version;
    uint8_t bus_type; /* as hidapi's hid_bus_type: 1 is USB */
    uint16_t vendor_id;
    uint16_t product_id;
    uint16_t release; /* bcdDevice */
    uint16_t manufacturer_length;
    uint16_t product_length;
    uint16_t serial_number_length;
    uint16_t report_descriptor_length;
} __attribute__((packed));

#endif

/* An open device node. */
#ifndef SEAM_NODE_H
#define SEAM_NODE_H

#include "loopback_internal.h"
#include "seam_internal.h"

#pragma GCC visibility push(hidden)

struct node {
    /* Its descriptors, and the calls under way; under the lock of nodes.c. */
    unsigned users;
    unsigned number;
    hid_device *device;
    uint16_t vendor_id;
    uint16_t product_id;
    /* As long as the kernel keeps them. */
    char name[128];
    char place[64];
    char serial_number[64];
};

#pragma GCC visibility pop

#endif

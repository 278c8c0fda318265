/* The control requests of /dev/hidgN, since Linux 6.12 (linux/usb/g_hid.h there); Debian 12's headers lack them. */
#ifndef BLUETAP_GADGET_HID_H
#define BLUETAP_GADGET_HID_H

#include <linux/types.h>
#include <sys/ioctl.h>

/* The longest report that GET_REPORT can be answered with. */
enum { BLUETAP_HIDG_REPORT_SIZE = 64 };

struct bluetap_hidg_report {
    __u8 report_id;
    /* Answer every further request by asking, not from what was given once. */
    __u8 userspace_req;
    __u16 length;
    __u8 data[BLUETAP_HIDG_REPORT_SIZE];
    __u8 padding[4];
};

/* Which report a host asked for. */
static inline int bluetap_hidg_read_get_report_id(int descriptor, __u8 *report_id)
{
    return ioctl(descriptor, _IOR('g', 0x41, __u8), report_id);
}

/* What it gets. */
static inline int bluetap_hidg_write_get_report(int descriptor, const struct bluetap_hidg_report *report)
{
    return ioctl(descriptor, _IOW('g', 0x42, struct bluetap_hidg_report), report);
}

#endif

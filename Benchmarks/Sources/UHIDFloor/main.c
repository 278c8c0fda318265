/* The floor of a round trip through /dev/uhid: a device of vendor-defined 64-byte reports, which sends each one back. */
#include <fcntl.h>
#include <linux/uhid.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const uint8_t descriptor[] = {
    0x06, 0x00, 0xFF, 0x09, 0x01, 0xA1, 0x01, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x40, 0x09, 0x02,
    0x81, 0x02, 0x95, 0x40, 0x09, 0x03, 0x91, 0x02, 0xC0,
};

int main(int argument_count, char **arguments) {
    if (argument_count != 3) {
        fprintf(stderr, "usage: UHIDFloor VENDOR PRODUCT\n");
        return 64;
    }
    int control = open("/dev/uhid", O_RDWR | O_CLOEXEC);
    static struct uhid_event event;
    event.type = UHID_CREATE2;
    strcpy((char *)event.u.create2.name, "floor");
    event.u.create2.rd_size = sizeof descriptor;
    event.u.create2.bus = BUS_USB;
    event.u.create2.vendor = (uint32_t)strtoul(arguments[1], NULL, 16);
    event.u.create2.product = (uint32_t)strtoul(arguments[2], NULL, 16);
    memcpy(event.u.create2.rd_data, descriptor, sizeof descriptor);
    if (control < 0 || write(control, &event, sizeof event) < 0) {
        perror("UHIDFloor");
        return 1;
    }
    puts("ready");
    fflush(stdout);
    while (read(control, &event, sizeof event) > 0) {
        if (event.type != UHID_OUTPUT) {
            continue;
        }
        /* The report comes with the report ID 0 before it. */
        static struct uhid_event answer;
        uint16_t size = event.u.output.size - 1;
        answer.type = UHID_INPUT2;
        answer.u.input2.size = size;
        memcpy(answer.u.input2.data, event.u.output.data + 1, size);
        if (write(control, &answer, offsetof(struct uhid_event, u.input2.data) + size) < 0) {
            perror("UHIDFloor");
            return 1;
        }
    }
    return 0;
}

/* A POS among others: opens the device and pays again and again. Arguments: the first sequence number, how many. */
#include "reference_device.h"

int main(int argument_count, char **arguments) {
    CHECK(argument_count == 3);
    int first = atoi(arguments[1]), count = atoi(arguments[2]);
    hid_device *device = open_device();
    for (int sequence = first; sequence < first + count; sequence++) {
        pay(device, (uint16_t)sequence);
    }
    hid_close(device);
}

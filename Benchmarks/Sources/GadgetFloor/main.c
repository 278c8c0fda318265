/* The floor of a round trip through a USB gadget: sends every report of /dev/hidgN back. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argument_count, char **arguments) {
    if (argument_count != 2) {
        fprintf(stderr, "usage: GadgetFloor NODE\n");
        return 64;
    }
    int node = open(arguments[1], O_RDWR | O_CLOEXEC);
    if (node < 0) {
        perror("GadgetFloor");
        return 1;
    }
    puts("ready");
    fflush(stdout);
    char report[64];
    ssize_t received;
    while ((received = read(node, report, sizeof report)) > 0 && write(node, report, (size_t)received) == received) {
    }
    return 0;
}

/* The floor of a round trip: takes one connection after the other and sends every packet back. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argument_count, char **arguments) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (argument_count != 2 || strlen(arguments[1]) >= sizeof address.sun_path) {
        fprintf(stderr, "usage: FloorEcho SOCKET\n");
        return 64;
    }
    strcpy(address.sun_path, arguments[1]);
    int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, 1) != 0) {
        perror("FloorEcho");
        return 1;
    }
    puts("ready");
    fflush(stdout);
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        if (connection < 0) {
            perror("FloorEcho");
            return 1;
        }
        char packet[64];
        ssize_t received;
        while ((received = recv(connection, packet, sizeof packet, 0)) > 0 &&
               send(connection, packet, (size_t)received, MSG_NOSIGNAL) == received) {
        }
        close(connection);
    }
}

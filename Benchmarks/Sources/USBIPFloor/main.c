/* The floors of USB/IP: a server that takes one connection after the other, and
 *   usbip     lets a device be imported and echoes its output reports as input reports, without looking at anything else;
 *   pingpong  answers each message of such a transfer with one of the size of an answer: four messages, to and fro;
 *   burst     answers both messages of the host at once, with bytes of the size of the two answers.
 * All send what they answer with one system call. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEADER = 48, REPORT = 64, IMPORT = 40, IMPORTED = 320 };

static bool receive(int connection, void *bytes, size_t count) {
    return recv(connection, bytes, count, MSG_WAITALL) == (ssize_t)count;
}

static bool reply(int connection, const void *bytes, size_t count) {
    return send(connection, bytes, count, MSG_NOSIGNAL) == (ssize_t)count;
}

/* Each transfer is a header, and a report where it goes to the device; the host asks for a report before it sends one. */
static void serve_usbip(int connection) {
    uint8_t import[IMPORT];
    uint8_t imported[IMPORTED] = {0x01, 0x11, 0x00, 0x03};
    if (!receive(connection, import, sizeof import) || !reply(connection, imported, sizeof imported)) {
        return;
    }
    uint8_t answer[2 * HEADER + REPORT];
    uint8_t waiting[4] = {0};
    uint8_t header[HEADER];
    while (receive(connection, header, HEADER)) {
        bool is_to_host = header[15] == 1;
        bool is_control = header[19] == 0;
        if (is_to_host && !is_control) {
            memcpy(waiting, header + 4, sizeof waiting);
            continue;
        }
        memset(answer, 0, sizeof answer);
        answer[3] = 3;
        memcpy(answer + 4, header + 4, 4);
        size_t count = HEADER;
        if (!is_control) {
            answer[27] = REPORT;
            answer[HEADER + 3] = 3;
            memcpy(answer + HEADER + 4, waiting, sizeof waiting);
            answer[HEADER + 27] = REPORT;
            if (!receive(connection, answer + 2 * HEADER, REPORT)) {
                return;
            }
            count = sizeof answer;
        }
        if (!reply(connection, answer, count)) {
            return;
        }
    }
}

static void serve_ping_pong(int connection) {
    uint8_t message[HEADER + REPORT];
    while (receive(connection, message, HEADER) && reply(connection, message, HEADER) &&
           receive(connection, message, HEADER + REPORT) && reply(connection, message, HEADER + REPORT)) {
    }
}

static void serve_burst(int connection) {
    uint8_t question[2 * HEADER + REPORT];
    uint8_t answer[2 * HEADER + REPORT] = {0};
    /* The request for a report, then the report. */
    while (receive(connection, question, HEADER) && receive(connection, question, HEADER + REPORT) &&
           reply(connection, answer, sizeof answer)) {
    }
}

int main(int argument_count, char **arguments) {
    if (argument_count != 3) {
        fprintf(stderr, "usage: USBIPFloor usbip|pingpong|burst PORT\n");
        return 64;
    }
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(arguments[2]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int yes = 1;
    if (listener < 0 || setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(listener, (const struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 1) != 0) {
        perror("USBIPFloor");
        return 1;
    }
    puts("ready");
    fflush(stdout);
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        if (connection < 0) {
            perror("USBIPFloor");
            return 1;
        }
        setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        if (strcmp(arguments[1], "usbip") == 0) {
            serve_usbip(connection);
        } else if (strcmp(arguments[1], "pingpong") == 0) {
            serve_ping_pong(connection);
        } else {
            serve_burst(connection);
        }
        close(connection);
    }
}

/* A back end that asks a payment sandbox: requests over HTTP that were written before, each answered before its connection
 * is used again.
 *
 *     SandboxClient PORT FILE EXPECTED CONNECTIONS RATE COUNT
 *
 * FILE has the requests as they are sent, each behind its length of four bytes, the lowest first; they are sent round and
 * round, COUNT in all: RATE a second, whether or not those before are answered, or with RATE 0 as fast as answers come. An
 * answer is right if its status is 200 and its body has EXPECTED in it. Prints how many were right, the median, the 99th of
 * 100 and the longest time to an answer since the request was due, and how long all took, in nanoseconds. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SECOND = 1000000000, MAX_ANSWER = 65536, MAX_CONNECTIONS = 256 };

struct connection {
    int socket;
    int64_t due; /* 0: nothing is awaited */
    size_t received;
    char answer[MAX_ANSWER + 1];
};

static struct connection connections[MAX_CONNECTIONS];

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "SandboxClient: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * SECOND + time.tv_nsec;
}

static int by_value(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static int connect_to(uint16_t port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof address) != 0 ||
        setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) {
        fail("the sandbox");
    }
    return connection;
}

/* Takes what has come of an answer. Returns whether it is whole; sets *right where it is as expected. */
static bool take_answer(struct connection *connection, const char *expected, bool *right) {
    ssize_t count = recv(
        connection->socket, connection->answer + connection->received, MAX_ANSWER - connection->received, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
        return false;
    }
    if (count <= 0) {
        fail("an answer ended early, or is too long");
    }
    connection->received += (size_t)count;
    connection->answer[connection->received] = 0;
    const char *end = strstr(connection->answer, "\r\n\r\n");
    const char *length = strcasestr(connection->answer, "\r\ncontent-length:");
    if (end == NULL) {
        return false;
    }
    if (length == NULL || length > end) {
        fail("an answer does not say how long it is");
    }
    size_t body = strtoul(length + strlen("\r\ncontent-length:"), NULL, 10);
    if (connection->received < (size_t)(end + 4 - connection->answer) + body) {
        return false;
    }
    *right = strncmp(connection->answer, "HTTP/1.1 200", 12) == 0 && strstr(end, expected) != NULL;
    return true;
}

int main(int argument_count, char **arguments) {
    if (argument_count != 7) {
        fprintf(stderr, "usage: SandboxClient PORT FILE EXPECTED CONNECTIONS RATE COUNT\n");
        return 64;
    }
    uint16_t port = (uint16_t)atoi(arguments[1]);
    int file = open(arguments[2], O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0 || status.st_size < 4) {
        fail(arguments[2]);
    }
    const uint8_t *requests = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    size_t many = strtoul(arguments[4], NULL, 10);
    int64_t rate = atoll(arguments[5]);
    long total = atol(arguments[6]);
    int64_t *times = calloc((size_t)total, sizeof *times);
    int poll = epoll_create1(EPOLL_CLOEXEC);
    if (requests == MAP_FAILED || times == NULL || poll < 0 || many < 1 || many > MAX_CONNECTIONS) {
        fail("no memory");
    }
    size_t idle[MAX_CONNECTIONS], idle_count = 0;
    for (size_t index = 0; index < many; index++) {
        connections[index].socket = connect_to(port);
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = index};
        if (epoll_ctl(poll, EPOLL_CTL_ADD, connections[index].socket, &event) != 0) {
            fail("epoll");
        }
        idle[idle_count++] = index;
    }

    long sent = 0, answered = 0, right_count = 0;
    off_t place = 0;
    int64_t start = now();
    while (answered < total) {
        int64_t time = now();
        while (sent < total && idle_count > 0 && (rate == 0 || time >= start + sent * SECOND / rate)) {
            struct connection *connection = &connections[idle[--idle_count]];
            if (place >= status.st_size) {
                place = 0;
            }
            const uint8_t *request = requests + place;
            size_t length = (size_t)request[0] | (size_t)request[1] << 8 | (size_t)request[2] << 16;
            connection->due = rate == 0 ? time : start + sent * SECOND / rate;
            connection->received = 0;
            if (send(connection->socket, request + 4, length, MSG_NOSIGNAL) != (ssize_t)length) {
                fail("a request");
            }
            place += 4 + (off_t)length;
            sent++;
        }
        int64_t left = SECOND;
        if (rate != 0 && sent < total && idle_count > 0) {
            left = start + sent * SECOND / rate - now();
        }
        struct timespec timeout = {.tv_sec = left / SECOND, .tv_nsec = left > 0 ? left % SECOND : 0};
        struct epoll_event ready[64];
        int count = epoll_pwait2(poll, ready, 64, &timeout, NULL);
        for (int index = 0; index < count; index++) {
            struct connection *connection = &connections[ready[index].data.u64];
            bool right = false;
            if (connection->due != 0 && take_answer(connection, arguments[3], &right)) {
                times[answered++] = now() - connection->due;
                right_count += right;
                connection->due = 0;
                idle[idle_count++] = ready[index].data.u64;
            }
        }
    }
    int64_t elapsed = now() - start;
    qsort(times, (size_t)answered, sizeof *times, by_value);
    printf("%ld %lld %lld %lld %lld\n", right_count, (long long)times[answered / 2],
           (long long)times[answered * 99 / 100], (long long)times[answered - 1], (long long)elapsed);
    return 0;
}

/* Many open pages: asks of the control API what the page's script asks, on two connections each.
 *
 *     PageClients SOCKET PAGES
 *
 * Each page follows the events; when some come, it asks for the device, ten times a second at most, and for the code of a
 * new link; every second it asks for the device and its faults. Prints a line when all pages follow, and runs until it is
 * ended. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { SECOND = 1000000000, SHORTEST_PAUSE = 100000000, TICK = 5000000, MAX_RESPONSE = 65536 };

enum question { DEVICE, FAULTS, CODE, QUESTIONS };
static const char *const paths[QUESTIONS] = {"/v1/device", "/v1/faults", "/v1/link.svg"};

struct page {
    int events, questions;
    bool has_news;
    int64_t next_look;    /* not earlier, however much news there is */
    int64_t next_refresh;
    bool wants[QUESTIONS];
    bool is_waiting;
    size_t received;
    char response[MAX_RESPONSE + 1];
};

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "PageClients: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int connect_to(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof address) != 0) {
        fail(path);
    }
    return connection;
}

static void get(int connection, const char *path, const char *type) {
    char request[256];
    int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\nAccept: %s\r\n\r\n", path, type);
    if (send(connection, request, (size_t)length, MSG_NOSIGNAL) != length) {
        fail(path);
    }
}

static void ask(struct page *page) {
    for (int question = 0; question < QUESTIONS && !page->is_waiting; question++) {
        if (page->wants[question]) {
            page->wants[question] = false;
            page->is_waiting = true;
            page->received = 0;
            get(page->questions, paths[question], "*/*");
        }
    }
}

/* Takes what has come of an answer; asks the next when it is whole. */
static void take_answer(struct page *page) {
    ssize_t count = recv(page->questions, page->response + page->received, MAX_RESPONSE - page->received, MSG_DONTWAIT);
    if (count <= 0) {
        fail("an answer ended early, or is too long");
    }
    page->received += (size_t)count;
    page->response[page->received] = 0;
    const char *end = strstr(page->response, "\r\n\r\n");
    const char *length = strcasestr(page->response, "\r\ncontent-length:");
    if (end == NULL) {
        return;
    }
    /* There is no code where no link is: 404 is an answer as well. */
    if (length == NULL || length > end || (strncmp(page->response, "HTTP/1.1 200", 12) != 0 &&
                                           strncmp(page->response, "HTTP/1.1 404", 12) != 0)) {
        fail("an answer is not as expected");
    }
    size_t body = strtoul(length + strlen("\r\ncontent-length:"), NULL, 10);
    if (page->received >= (size_t)(end + 4 - page->response) + body) {
        page->is_waiting = false;
        ask(page);
    }
}

static void take_events(struct page *page) {
    static char text[MAX_RESPONSE + 1];
    ssize_t count = recv(page->events, text, MAX_RESPONSE, MSG_DONTWAIT);
    if (count <= 0) {
        fail("a stream of events ended");
    }
    text[count] = 0;
    page->has_news = true;
    if (strstr(text, "linkReady") != NULL) {
        page->wants[CODE] = true;
    }
}

int main(int argument_count, char **arguments) {
    if (argument_count != 3) {
        fprintf(stderr, "usage: PageClients SOCKET PAGES\n");
        return 64;
    }
    size_t count = strtoul(arguments[2], NULL, 10);
    struct page *pages = calloc(count, sizeof *pages);
    int poll = epoll_create1(EPOLL_CLOEXEC);
    if (pages == NULL || poll < 0) {
        fail("no memory");
    }
    for (size_t index = 0; index < count; index++) {
        struct page *page = &pages[index];
        /* They were not opened in the same instant. */
        page->next_refresh = now() + (int64_t)SECOND * (int64_t)(index + 1) / (int64_t)count;
        page->events = connect_to(arguments[1]);
        page->questions = connect_to(arguments[1]);
        get(page->events, "/v1/events", "text/event-stream");
        char head[16];
        if (recv(page->events, head, sizeof head, 0) < 12 || strncmp(head, "HTTP/1.1 200", 12) != 0) {
            fail("the events are not to be had");
        }
        struct epoll_event events = {.events = EPOLLIN, .data.u64 = index << 1};
        struct epoll_event questions = {.events = EPOLLIN, .data.u64 = index << 1 | 1};
        if (epoll_ctl(poll, EPOLL_CTL_ADD, page->events, &events) != 0 ||
            epoll_ctl(poll, EPOLL_CTL_ADD, page->questions, &questions) != 0) {
            fail("epoll");
        }
    }
    printf("%zu pages follow\n", count);
    fflush(stdout);

    for (;;) {
        struct timespec timeout = {.tv_nsec = TICK};
        struct epoll_event ready[64];
        int many = epoll_pwait2(poll, ready, 64, &timeout, NULL);
        for (int index = 0; index < many; index++) {
            struct page *page = &pages[ready[index].data.u64 >> 1];
            if (ready[index].data.u64 & 1) {
                take_answer(page);
            } else {
                take_events(page);
            }
        }
        int64_t time = now();
        for (size_t index = 0; index < count; index++) {
            struct page *page = &pages[index];
            if (page->has_news && time >= page->next_look) {
                page->has_news = false;
                page->wants[DEVICE] = true;
                page->next_look = time + SHORTEST_PAUSE;
            }
            if (time >= page->next_refresh) {
                page->wants[DEVICE] = page->wants[FAULTS] = true;
                page->next_refresh += SECOND;
            }
            ask(page);
        }
    }
}

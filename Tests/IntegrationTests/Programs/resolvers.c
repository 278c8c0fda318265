/* Asks each of the C library's resolvers for a name, connects to it, and asks for a name that is nowhere. */
#define _GNU_SOURCE 1
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *text(int family, const void *address) {
    static char buffer[INET6_ADDRSTRLEN];
    return inet_ntop(family, address, buffer, sizeof buffer);
}

static const char *first(const struct addrinfo *found) {
    return found->ai_family == AF_INET ? text(AF_INET, &((struct sockaddr_in *)found->ai_addr)->sin_addr)
                                       : text(AF_INET6, &((struct sockaddr_in6 *)found->ai_addr)->sin6_addr);
}

static const char *asynchronous(const char *name) {
    static struct gaicb request;
    memset(&request, 0, sizeof request);
    request.ar_name = name;
    struct gaicb *list[] = {&request};
    if (getaddrinfo_a(GAI_WAIT, list, 1, NULL) != 0 || gai_error(&request) != 0) {
        return "nowhere";
    }
    return first(request.ar_result);
}

static const char *entry(const struct hostent *found) {
    return found == NULL ? "nowhere" : text(found->h_addrtype, found->h_addr_list[0]);
}

static const char *connected(int family, const char *address, int port) {
    int handle = socket(family, SOCK_STREAM, 0);
    struct sockaddr_in short_one = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 long_one = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    inet_pton(AF_INET, address, &short_one.sin_addr);
    inet_pton(AF_INET6, address, &long_one.sin6_addr);
    int status = family == AF_INET ? connect(handle, (struct sockaddr *)&short_one, sizeof short_one)
                                   : connect(handle, (struct sockaddr *)&long_one, sizeof long_one);
    const char *outcome = status == 0 ? "done" : errno == ECONNREFUSED ? "refused" : strerror(errno);
    close(handle);
    return outcome;
}

int main(int count, char **arguments) {
    if (count != 4) {
        return 64;
    }
    const char *name = arguments[1];
    int port = atoi(arguments[2]);
    const char *nowhere = arguments[3];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG | AI_CANONNAME}, *found;
    if (getaddrinfo(name, arguments[2], &hints, &found) != 0 || strcmp(found->ai_canonname, name) != 0) {
        return 1;
    }
    printf("getaddrinfo %s\n", first(found));
    freeaddrinfo(found);
    hints.ai_family = AF_INET6;
    hints.ai_flags = 0;
    if (getaddrinfo(name, arguments[2], &hints, &found) != 0) {
        return 1;
    }
    printf("getaddrinfo v6 %s\n", first(found));
    freeaddrinfo(found);
    printf("getaddrinfo_a %s\n", asynchronous(name));
    printf("gethostbyname %s\n", entry(gethostbyname(name)));
    printf("gethostbyname2 %s\n", entry(gethostbyname2(name, AF_INET)));
    struct hostent space, *result;
    char buffer[1024];
    int error;
    gethostbyname_r(name, &space, buffer, sizeof buffer, &result, &error);
    printf("gethostbyname_r %s\n", entry(result));
    gethostbyname2_r(name, AF_INET, &space, buffer, sizeof buffer, &result, &error);
    printf("gethostbyname2_r %s\n", entry(result));
    printf("connect v4 %s\n", connected(AF_INET, "127.66.84.80", port));
    printf("connect v6 %s\n", connected(AF_INET6, "::ffff:127.66.84.80", port));
    printf("connect elsewhere %s\n", connected(AF_INET, "127.66.84.80", 8443));
    hints.ai_family = AF_UNSPEC;
    printf("getaddrinfo %s\n", getaddrinfo(nowhere, arguments[2], &hints, &found) == EAI_NONAME ? "nowhere" : "somewhere");
    printf("getaddrinfo_a %s\n", asynchronous(nowhere));
    printf("gethostbyname %s\n", entry(gethostbyname(nowhere)));
    return 0;
}

/* Names that lead to a server on this machine, for a program that is started under it: the C library's resolver and
 * connect(), in a library of its own that LD_PRELOAD puts before them.
 *
 * The environment says what leads where, so that this file knows no name:
 *
 *   BLUETAP_HOSTS_NAMES    names, separated by commas: they resolve to one address that stands for the server
 *   BLUETAP_HOSTS_DOMAINS  domains, separated by commas: all else in them has no address
 *   BLUETAP_HOSTS_PORTS    PORT=ADDRESS:PORT, separated by commas, the address in numbers, a v6 one in brackets: a connection
 *                          to a port of that one address goes there, and to another port is refused
 *
 * The one address is of this machine's own (127.66.84.80), or of the discard prefix (100::4254:50, RFC 6666) where the server
 * has a v6 address: should a program connect without the C library, nobody is there. */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "host_names.h"

#pragma GCC visibility push(hidden)

#define EXPORTED __attribute__((visibility("default")))

static const char stand_in_v4[] = "127.66.84.80";
static const char stand_in_v6[] = "100::4254:50";

/* What comes after this library under a name; NULL where nothing does. */
static void *next(const char *name) {
    return dlsym(RTLD_NEXT, name);
}

enum fate { UNTOUCHED, LED, NOWHERE };

/* Whether a name of `length` bytes is in a list; with `within` also where it ends in a dot and an entry. */
static bool is_listed(const char *list, const char *name, size_t length, bool within) {
    while (list != NULL && *list != '\0') {
        size_t size = strcspn(list, ",");
        if (size > 0 && size <= length && strncasecmp(name + length - size, list, size) == 0 &&
            (size == length || (within && name[length - size - 1] == '.'))) {
            return true;
        }
        list += size + (list[size] == ',');
    }
    return false;
}

static enum fate fate_of(const char *name) {
    if (name == NULL) {
        return UNTOUCHED;
    }
    size_t length = strlen(name);
    if (length > 0 && name[length - 1] == '.') {
        length--;
    }
    if (length == 0 || length > 255) {
        return UNTOUCHED;
    }
    if (is_listed(getenv("BLUETAP_HOSTS_NAMES"), name, length, false)) {
        return LED;
    }
    return is_listed(getenv("BLUETAP_HOSTS_DOMAINS"), name, length, true) ? NOWHERE : UNTOUCHED;
}

/* Whether the server has a v6 address: then so has what stands for it. */
static bool is_v6(void) {
    const char *ports = getenv("BLUETAP_HOSTS_PORTS");
    return ports != NULL && strchr(ports, '[') != NULL;
}

static const char *stand_in(void) {
    return is_v6() ? stand_in_v6 : stand_in_v4;
}

/* The address that is resolved in a name's place; NULL where it has none of that family. */
static const char *address_for(int family, enum fate fate) {
    if (fate == NOWHERE) {
        return NULL;
    }
    bool v6 = is_v6();
    if (family == AF_UNSPEC || family == (v6 ? AF_INET6 : AF_INET)) {
        return stand_in();
    }
    /* A program that wants v6 alone connects to the mapped address all the same. */
    return family == AF_INET6 ? "::ffff:127.66.84.80" : NULL;
}

/* getaddrinfo and its kin */

typedef int (*getaddrinfo_function)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

EXPORTED int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
    getaddrinfo_function real = (getaddrinfo_function)next("getaddrinfo");
    if (real == NULL) {
        return EAI_SYSTEM;
    }
    enum fate fate = fate_of(node);
    if (fate == UNTOUCHED) {
        return real(node, service, hints, result);
    }
    const char *address = address_for(hints != NULL ? hints->ai_family : AF_UNSPEC, fate);
    if (address == NULL) {
        return EAI_NONAME;
    }
    struct addrinfo numeric = {0};
    if (hints != NULL) {
        numeric = *hints;
    }
    /* No interface of this machine need have an address of the family. The canonical name is the one that was asked for. */
    bool wants_name = (numeric.ai_flags & AI_CANONNAME) != 0;
    numeric.ai_flags &= ~(AI_ADDRCONFIG | AI_CANONNAME | AI_V4MAPPED | AI_ALL);
    numeric.ai_flags |= AI_NUMERICHOST;
    int status = real(address, service, &numeric, result);
    if (status == 0 && wants_name && *result != NULL) {
        /* glibc's freeaddrinfo frees it. */
        (*result)->ai_canonname = strdup(node);
    }
    return status;
}

typedef int (*getaddrinfo_a_function)(int, struct gaicb *[], int, struct sigevent *);

/* Its answers come later, in a thread of the C library's; what it asks for is changed before. */
EXPORTED int getaddrinfo_a(int mode, struct gaicb *list[], int count, struct sigevent *event) {
    getaddrinfo_a_function real = (getaddrinfo_a_function)next("getaddrinfo_a");
    if (real == NULL) {
        return EAI_SYSTEM;
    }
    for (int index = 0; index < count; index++) {
        if (list[index] == NULL) {
            continue;
        }
        enum fate fate = fate_of(list[index]->ar_name);
        if (fate == LED) {
            list[index]->ar_name = stand_in();
        } else if (fate == NOWHERE) {
            /* A name that cannot be: RFC 6761, 6.4. */
            list[index]->ar_name = "nowhere.invalid";
        }
    }
    return real(mode, list, count, event);
}

/* gethostbyname and its kin: what is asked for is replaced by a numeric address, which the real one gives back. */

static const char *replacement(const char *name, int family) {
    enum fate fate = fate_of(name);
    if (fate == UNTOUCHED) {
        return name;
    }
    const char *address = address_for(family, fate);
    return address != NULL ? address : "nowhere.invalid";
}

EXPORTED struct hostent *gethostbyname(const char *name) {
    struct hostent *(*real)(const char *) = (struct hostent * (*)(const char *)) next("gethostbyname");
    return real != NULL ? real(replacement(name, AF_INET)) : NULL;
}

EXPORTED struct hostent *gethostbyname2(const char *name, int family) {
    struct hostent *(*real)(const char *, int) = (struct hostent * (*)(const char *, int)) next("gethostbyname2");
    return real != NULL ? real(replacement(name, family), family) : NULL;
}

EXPORTED int gethostbyname_r(
    const char *name, struct hostent *entry, char *buffer, size_t size, struct hostent **result, int *error) {
    int (*real)(const char *, struct hostent *, char *, size_t, struct hostent **, int *) =
        (int (*)(const char *, struct hostent *, char *, size_t, struct hostent **, int *))next("gethostbyname_r");
    return real != NULL ? real(replacement(name, AF_INET), entry, buffer, size, result, error) : ENOSYS;
}

EXPORTED int gethostbyname2_r(
    const char *name, int family, struct hostent *entry, char *buffer, size_t size, struct hostent **result, int *error) {
    int (*real)(const char *, int, struct hostent *, char *, size_t, struct hostent **, int *) =
        (int (*)(const char *, int, struct hostent *, char *, size_t, struct hostent **, int *))next("gethostbyname2_r");
    return real != NULL ? real(replacement(name, family), family, entry, buffer, size, result, error) : ENOSYS;
}

/* dlopen: with RTLD_DEEPBIND, as PHP loads its extensions, a library finds the C library's functions before those here. */

EXPORTED void *dlopen(const char *file, int mode) {
    void *(*real)(const char *, int) = (void *(*)(const char *, int))next("dlopen");
    if (real == NULL) {
        return NULL;
    }
    /* By a jump: where the C library looks for the file depends on who has called. */
    __attribute__((musttail)) return real(file, mode & ~RTLD_DEEPBIND);
}

/* connect */

/* Whether an address is the one that stands for the server, and its port. */
static bool is_stand_in(const struct sockaddr *address, socklen_t length, uint16_t *port) {
    if (address == NULL) {
        return false;
    }
    if (address->sa_family == AF_INET && length >= (socklen_t)sizeof(struct sockaddr_in)) {
        struct sockaddr_in short_one;
        memcpy(&short_one, address, sizeof short_one);
        *port = ntohs(short_one.sin_port);
        return short_one.sin_addr.s_addr == inet_addr(stand_in_v4);
    }
    if (address->sa_family == AF_INET6 && length >= (socklen_t)sizeof(struct sockaddr_in6)) {
        struct sockaddr_in6 long_one;
        memcpy(&long_one, address, sizeof long_one);
        *port = ntohs(long_one.sin6_port);
        struct in6_addr own;
        inet_pton(AF_INET6, stand_in_v6, &own);
        if (memcmp(&own, &long_one.sin6_addr, sizeof own) == 0) {
            return true;
        }
        in_addr_t mapped;
        memcpy(&mapped, &long_one.sin6_addr.s6_addr[12], sizeof mapped);
        return IN6_IS_ADDR_V4MAPPED(&long_one.sin6_addr) && mapped == inet_addr(stand_in_v4);
    }
    return false;
}

/* One entry of BLUETAP_HOSTS_PORTS as an address for a socket of that family; false where it is another port's, or none. */
static bool destination(
    const char *entry, size_t size, uint16_t port, int family, struct sockaddr_storage *found, socklen_t *length) {
    char text[128];
    if (size >= sizeof text) {
        return false;
    }
    memcpy(text, entry, size);
    text[size] = '\0';
    char *equals = strchr(text, '=');
    char *colon = strrchr(text, ':');
    if (equals == NULL || colon == NULL || colon < equals || atoi(text) != port) {
        return false;
    }
    *colon = '\0';
    char *address = equals + 1;
    uint16_t there = htons((uint16_t)atoi(colon + 1));
    memset(found, 0, sizeof *found);
    if (address[0] == '[') {
        address[strcspn(address, "]")] = '\0';
        struct sockaddr_in6 *long_one = (struct sockaddr_in6 *)found;
        long_one->sin6_family = AF_INET6;
        long_one->sin6_port = there;
        *length = sizeof *long_one;
        return family == AF_INET6 && inet_pton(AF_INET6, address + 1, &long_one->sin6_addr) == 1;
    }
    struct in_addr short_address;
    if (inet_pton(AF_INET, address, &short_address) != 1) {
        return false;
    }
    if (family == AF_INET6) {
        struct sockaddr_in6 *long_one = (struct sockaddr_in6 *)found;
        long_one->sin6_family = AF_INET6;
        long_one->sin6_port = there;
        long_one->sin6_addr.s6_addr[10] = 0xFF;
        long_one->sin6_addr.s6_addr[11] = 0xFF;
        memcpy(&long_one->sin6_addr.s6_addr[12], &short_address, sizeof short_address);
        *length = sizeof *long_one;
        return true;
    }
    struct sockaddr_in *short_one = (struct sockaddr_in *)found;
    short_one->sin_family = AF_INET;
    short_one->sin_port = there;
    short_one->sin_addr = short_address;
    *length = sizeof *short_one;
    return true;
}

static bool is_stream(int socket) {
    int type = 0;
    socklen_t size = sizeof type;
    return getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

EXPORTED int connect(int socket, const struct sockaddr *address, socklen_t length) {
    int (*real)(int, const struct sockaddr *, socklen_t) =
        (int (*)(int, const struct sockaddr *, socklen_t))next("connect");
    if (real == NULL) {
        errno = ENOSYS;
        return -1;
    }
    uint16_t port;
    if (!is_stand_in(address, length, &port)) {
        return real(socket, address, length);
    }
    /* A resolver's own datagram sockets only ask which way an address lies. */
    if (!is_stream(socket)) {
        return real(socket, address, length);
    }
    const char *entry = getenv("BLUETAP_HOSTS_PORTS");
    while (entry != NULL && *entry != '\0') {
        size_t size = strcspn(entry, ",");
        struct sockaddr_storage found;
        socklen_t found_length;
        if (destination(entry, size, port, address->sa_family, &found, &found_length)) {
            return real(socket, (const struct sockaddr *)&found, found_length);
        }
        entry += size + (entry[size] == ',');
    }
    errno = ECONNREFUSED;
    return -1;
}

/* Where emulated devices are: the environment, or the default socket. */
#define _GNU_SOURCE 1
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loopback_internal.h"

static bool is_set(const char *variable) {
    return variable != NULL && variable[0] != '\0';
}

/* The one default path; false when it cannot be trusted or used. */
static bool default_path(char *path, size_t size) {
    const char *runtime_directory = getenv("XDG_RUNTIME_DIR");
    if (is_set(runtime_directory)) {
        int length = snprintf(path, size, "%s/bluetap/loopback.sock", runtime_directory);
        return length > 0 && (size_t)length < size;
    }
    uid_t user = geteuid();
    if (user == 0) {
        snprintf(path, size, "/run/bluetap/loopback.sock");
        return true;
    }
    /* Anybody may make this directory in /tmp before us, and pose as our device. */
    snprintf(path, size, "/tmp/bluetap-%lu", (unsigned long)user);
    struct stat directory;
    if (lstat(path, &directory) != 0 || !S_ISDIR(directory.st_mode) || directory.st_uid != user) {
        return false;
    }
    snprintf(path, size, "/tmp/bluetap-%lu/loopback.sock", (unsigned long)user);
    return true;
}

void socket_paths_begin(struct socket_paths *paths) {
    paths->next = getenv("BLUETAP_LOOPBACK");
    paths->path[0] = '\0';
    if (!is_set(paths->next)) {
        paths->next = NULL;
        if (!default_path(paths->path, sizeof paths->path)) {
            paths->path[0] = '\0';
        }
    }
}

bool socket_paths_next(struct socket_paths *paths) {
    if (paths->next == NULL) {
        /* The default, or nothing more. An empty string marks it as handed out. */
        static const char finished[] = "";
        paths->next = finished;
        return paths->path[0] != '\0';
    }
    while (paths->next[0] != '\0') {
        size_t length = strcspn(paths->next, ":");
        const char *start = paths->next;
        paths->next += length + (start[length] == ':');
        if (length > 0 && length < sizeof paths->path) {
            memcpy(paths->path, start, length);
            paths->path[length] = '\0';
            return true;
        }
    }
    return false;
}

/* Which paths are answered from the picture of the devices. */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "seam_internal.h"

/* The folder, without a slash at its end; empty without a picture. */
static char root[MAX_PATH];
static size_t root_length;

__attribute__((constructor)) static void find_root(void) {
    const char *folder = getenv("BLUETAP_HIDRAW");
    if (folder == NULL || folder[0] != '/') {
        return;
    }
    /* As the kernel names it: descriptors are known by that name. */
    char *found = REAL(realpath)(folder, NULL);
    size_t length = found == NULL ? 0 : strlen(found);
    if (length > 1 && length < sizeof root / 2) {
        memcpy(root, found, length + 1);
        root_length = length;
    }
    free(found);
}

bool has_picture(void) {
    return root_length != 0;
}

/* Whether the path is `folder` or below it; `rest` is what follows, from its slash on. */
static bool is_below(const char *path, const char *folder, const char **rest) {
    size_t length = strlen(folder);
    if (strncmp(path, folder, length) != 0 || (path[length] != '\0' && path[length] != '/')) {
        return false;
    }
    *rest = path + length;
    return true;
}

/* Takes out doubled slashes and `.`; `..` stays, for it is what it is only behind links. False where it does not fit. */
static bool tidy(const char *path, char tidied[MAX_PATH]) {
    size_t length = 0;
    while (*path != '\0') {
        size_t slashes = strspn(path, "/");
        const char *name = path + slashes;
        size_t name_length = strcspn(name, "/");
        path = name + name_length;
        if (name_length == 0 || (name_length == 1 && name[0] == '.')) {
            continue;
        }
        if (length + name_length + 2 > MAX_PATH) {
            return false;
        }
        tidied[length] = '/';
        memcpy(tidied + length + 1, name, name_length);
        length += name_length + 1;
    }
    if (length == 0) {
        tidied[length++] = '/';
    }
    tidied[length] = '\0';
    return true;
}

static bool exists(const char *path, struct stat *status) {
    int error = errno;
    bool found = REAL(fstatat)(AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW) == 0;
    errno = error;
    return found;
}

/* Directories in which links to the devices stand among others'. */
static const char *const shelves[] = {"/sys/dev/char", "/sys/bus/hid/devices", "/sys/bus/usb/devices",
                                      "/run/udev/data"};
/* Directories that lead there, and to what is the picture's alone. */
static const char *const ways[] = {"/dev", "/sys/class", "/sys/bus", "/sys/bus/hid", "/sys/bus/usb", "/sys/devices"};
/* The picture's alone: other devices are not seen there. */
static const char *const own[] = {"/sys/class/hidraw", "/sys/devices/bluetap"};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static bool is_node_name(const char *name) {
    static const char prefix[] = "/hidraw";
    if (strncmp(name, prefix, sizeof prefix - 1) != 0) {
        return false;
    }
    name += sizeof prefix - 1;
    return name[0] != '\0' && name[strspn(name, "0123456789")] == '\0';
}

static enum place place_of_tidied(const char *path, char pictured[MAX_PATH]) {
    if (root_length + strlen(path) >= MAX_PATH) {
        return PLACE_REAL;
    }
    memcpy(pictured, root, root_length);
    strcpy(pictured + root_length, path);
    const char *rest;
    struct stat status;
    if (is_below(path, "/dev", &rest) && is_node_name(rest)) {
        return PLACE_NODE;
    }
    for (size_t index = 0; index < COUNT(own); index++) {
        if (is_below(path, own[index], &rest)) {
            return PLACE_PICTURE;
        }
    }
    for (size_t index = 0; index < COUNT(shelves); index++) {
        if (!is_below(path, shelves[index], &rest)) {
            continue;
        }
        if (rest[0] == '\0') {
            return PLACE_SHARED;
        }
        /* The entry decides for all that is below it. */
        size_t length = root_length + strlen(shelves[index]) + 1 + strcspn(rest + 1, "/");
        char following = pictured[length];
        pictured[length] = '\0';
        bool is_ours = exists(pictured, &status);
        pictured[length] = following;
        return is_ours ? PLACE_PICTURE : PLACE_REAL;
    }
    for (size_t index = 0; index < COUNT(ways); index++) {
        if (strcmp(path, ways[index]) == 0) {
            return PLACE_SHARED;
        }
    }
    return PLACE_REAL;
}

/* The file that a descriptor is of, as the kernel names it. */
static bool path_of_descriptor(int descriptor, char path[MAX_PATH]) {
    char link[32];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    int error = errno;
    ssize_t length = REAL(readlink)(link, path, MAX_PATH - 1);
    errno = error;
    if (length <= 0 || path[0] != '/') {
        return false;
    }
    path[length] = '\0';
    return true;
}

enum place place_of(int directory, const char *path, char pictured[MAX_PATH]) {
    if (root_length == 0 || path == NULL || path[0] == '\0') {
        return PLACE_REAL;
    }
    char whole[2 * MAX_PATH];
    char tidied[MAX_PATH];
    if (path[0] != '/') {
        size_t length = strlen(path);
        if (length >= MAX_PATH || (directory == AT_FDCWD && getcwd(whole, MAX_PATH) == NULL) ||
            (directory != AT_FDCWD && !path_of_descriptor(directory, whole))) {
            return PLACE_REAL;
        }
        size_t before = strlen(whole);
        whole[before] = '/';
        memcpy(whole + before + 1, path, length + 1);
        path = whole;
    }
    if (strncmp(path, "/sys", 4) != 0 && strncmp(path, "/dev", 4) != 0 && strncmp(path, "/run", 4) != 0 &&
        strncmp(path, "//", 2) != 0) {
        return PLACE_REAL;
    }
    return tidy(path, tidied) ? place_of_tidied(tidied, pictured) : PLACE_REAL;
}

enum place place_of_descriptor(int descriptor, char pictured[MAX_PATH]) {
    char path[MAX_PATH];
    return root_length != 0 && path_of_descriptor(descriptor, path) ? place_of(AT_FDCWD, path, pictured) : PLACE_REAL;
}

bool known_path(const char *path, char known[MAX_PATH]) {
    const char *rest;
    if (root_length == 0 || !is_below(path, root, &rest) || strlen(rest) >= MAX_PATH) {
        return false;
    }
    memmove(known, rest[0] == '\0' ? "/" : rest, strlen(rest) + 1 + (rest[0] == '\0'));
    return true;
}

bool is_in_picture(int descriptor) {
    char path[MAX_PATH];
    const char *rest;
    return root_length != 0 && path_of_descriptor(descriptor, path) && is_below(path, root, &rest);
}

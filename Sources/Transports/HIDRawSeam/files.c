/* Files by their paths: opened, looked at, links followed. */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "seam_internal.h"

_Static_assert(sizeof(struct stat) == sizeof(struct stat64), "one structure on the machines that bluetap runs on");

/* MARK: Opening */

static int open_at(int directory, const char *path, int flags, mode_t mode) {
    char pictured[MAX_PATH];
    switch (place_of(directory, path, pictured)) {
    case PLACE_NODE:
        /* For its place alone, as who walks a path opens it. */
        return flags & O_PATH ? REAL(openat)(AT_FDCWD, pictured, flags) : node_open(pictured, flags);
    case PLACE_PICTURE:
        return REAL(openat)(AT_FDCWD, pictured, flags, mode);
    case PLACE_SHARED: {
        int opened = REAL(openat)(directory, path, flags, mode);
        /* Where the kernel has no such devices at all. */
        return opened >= 0 || errno != ENOENT ? opened : REAL(openat)(AT_FDCWD, pictured, flags, mode);
    }
    case PLACE_REAL:
        break;
    }
    return REAL(openat)(directory, path, flags, mode);
}

/* The mode, which is there for a file that may be made. */
#define MODE(flags)                                                                                                    \
    ({                                                                                                                 \
        mode_t mode = 0;                                                                                               \
        if ((flags) & (O_CREAT | __O_TMPFILE)) {                                                                       \
            va_list arguments;                                                                                         \
            va_start(arguments, flags);                                                                                \
            mode = va_arg(arguments, mode_t);                                                                          \
            va_end(arguments);                                                                                         \
        }                                                                                                              \
        mode;                                                                                                          \
    })

SEAM int open(const char *path, int flags, ...) {
    return open_at(AT_FDCWD, path, flags, MODE(flags));
}

SEAM int open64(const char *path, int flags, ...) {
    return open_at(AT_FDCWD, path, flags | O_LARGEFILE, MODE(flags));
}

SEAM int openat(int directory, const char *path, int flags, ...) {
    return open_at(directory, path, flags, MODE(flags));
}

SEAM int openat64(int directory, const char *path, int flags, ...) {
    return open_at(directory, path, flags | O_LARGEFILE, MODE(flags));
}

/* What programs call that were compiled with checks. */
SEAM int __open_2(const char *path, int flags) {
    return open_at(AT_FDCWD, path, flags, 0);
}

SEAM int __open64_2(const char *path, int flags) {
    return open_at(AT_FDCWD, path, flags | O_LARGEFILE, 0);
}

SEAM int __openat_2(int directory, const char *path, int flags) {
    return open_at(directory, path, flags, 0);
}

SEAM int __openat64_2(int directory, const char *path, int flags) {
    return open_at(directory, path, flags | O_LARGEFILE, 0);
}

static FILE *open_stream(const char *path, const char *mode, FILE *(*real)(const char *, const char *)) {
    char pictured[MAX_PATH];
    enum place place = place_of(AT_FDCWD, path, pictured);
    if (place != PLACE_NODE) {
        return real(place == PLACE_PICTURE ? pictured : path, mode);
    }
    /* A stream's own reads and writes do not pass through here: its reports would come with their kinds before them. */
    struct stat status;
    if (node_status(pictured, &status)) {
        errno = EACCES;
    }
    return NULL;
}

SEAM FILE *fopen(const char *path, const char *mode) {
    return open_stream(path, mode, REAL(fopen));
}

SEAM FILE *fopen64(const char *path, const char *mode) {
    return open_stream(path, mode, REAL(fopen64));
}

/* MARK: Looking */

static int status_at(int directory, const char *path, struct stat *status, int flags) {
    char pictured[MAX_PATH];
    if (path != NULL && path[0] == '\0' && flags & AT_EMPTY_PATH) {
        struct node *node = node_acquire(directory);
        if (node != NULL) {
            bool is_known = node_status_of(node, status);
            node_release(node);
            return is_known ? 0 : -1;
        }
        return REAL(fstatat)(directory, path, status, flags);
    }
    switch (place_of(directory, path, pictured)) {
    case PLACE_NODE:
        return node_status(pictured, status) ? 0 : -1;
    case PLACE_PICTURE:
        return REAL(fstatat)(AT_FDCWD, pictured, status, flags);
    case PLACE_SHARED: {
        int found = REAL(fstatat)(directory, path, status, flags);
        return found == 0 || errno != ENOENT ? found : REAL(fstatat)(AT_FDCWD, pictured, status, flags);
    }
    case PLACE_REAL:
        break;
    }
    return REAL(fstatat)(directory, path, status, flags);
}

static int status_of(int descriptor, struct stat *status) {
    struct node *node = node_acquire(descriptor);
    if (node == NULL) {
        return REAL(fstat)(descriptor, status);
    }
    bool is_known = node_status_of(node, status);
    node_release(node);
    return is_known ? 0 : -1;
}

SEAM int stat(const char *restrict path, struct stat *restrict status) {
    return status_at(AT_FDCWD, path, status, 0);
}

SEAM int stat64(const char *restrict path, struct stat64 *restrict status) {
    return status_at(AT_FDCWD, path, (struct stat *)status, 0);
}

SEAM int lstat(const char *restrict path, struct stat *restrict status) {
    return status_at(AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW);
}

SEAM int lstat64(const char *restrict path, struct stat64 *restrict status) {
    return status_at(AT_FDCWD, path, (struct stat *)status, AT_SYMLINK_NOFOLLOW);
}

SEAM int fstatat(int directory, const char *restrict path, struct stat *restrict status, int flags) {
    return status_at(directory, path, status, flags);
}

SEAM int fstatat64(int directory, const char *restrict path, struct stat64 *restrict status, int flags) {
    return status_at(directory, path, (struct stat *)status, flags);
}

SEAM int fstat(int descriptor, struct stat *status) {
    return status_of(descriptor, status);
}

SEAM int fstat64(int descriptor, struct stat64 *status) {
    return status_of(descriptor, (struct stat *)status);
}

/* What programs call that were compiled for a glibc before 2.33. */
SEAM int __xstat(int version, const char *path, struct stat *status) {
    (void)version;
    return status_at(AT_FDCWD, path, status, 0);
}

SEAM int __xstat64(int version, const char *path, struct stat64 *status) {
    (void)version;
    return status_at(AT_FDCWD, path, (struct stat *)status, 0);
}

SEAM int __lxstat(int version, const char *path, struct stat *status) {
    (void)version;
    return status_at(AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW);
}

SEAM int __lxstat64(int version, const char *path, struct stat64 *status) {
    (void)version;
    return status_at(AT_FDCWD, path, (struct stat *)status, AT_SYMLINK_NOFOLLOW);
}

SEAM int __fxstat(int version, int descriptor, struct stat *status) {
    (void)version;
    return status_of(descriptor, status);
}

SEAM int __fxstat64(int version, int descriptor, struct stat64 *status) {
    (void)version;
    return status_of(descriptor, (struct stat *)status);
}

SEAM int __fxstatat(int version, int directory, const char *path, struct stat *status, int flags) {
    (void)version;
    return status_at(directory, path, status, flags);
}

SEAM int __fxstatat64(int version, int directory, const char *path, struct stat64 *status, int flags) {
    (void)version;
    return status_at(directory, path, (struct stat *)status, flags);
}

static void make_node(struct statx *status, const struct stat *node) {
    status->stx_mode = (__u16)node->st_mode;
    status->stx_rdev_major = major(node->st_rdev);
    status->stx_rdev_minor = minor(node->st_rdev);
    status->stx_size = 0;
    status->stx_blocks = 0;
}

SEAM int statx(int directory, const char *restrict path, int flags, unsigned mask, struct statx *restrict status) {
    char pictured[MAX_PATH];
    struct stat node;
    if (path[0] == '\0' && flags & AT_EMPTY_PATH) {
        int result = REAL(statx)(directory, path, flags, mask, status);
        struct node *opened = result == 0 ? node_acquire(directory) : NULL;
        if (opened != NULL) {
            if (node_status_of(opened, &node)) {
                make_node(status, &node);
            }
            node_release(opened);
        }
        return result;
    }
    switch (place_of(directory, path, pictured)) {
    case PLACE_NODE: {
        int result = REAL(statx)(AT_FDCWD, pictured, flags | AT_SYMLINK_NOFOLLOW, mask, status);
        if (result == 0 && node_status(pictured, &node)) {
            make_node(status, &node);
        }
        return result;
    }
    case PLACE_PICTURE:
        return REAL(statx)(AT_FDCWD, pictured, flags, mask, status);
    case PLACE_SHARED:
    case PLACE_REAL:
        break;
    }
    return REAL(statx)(directory, path, flags, mask, status);
}

static int access_at(int directory, const char *path, int mode, int flags) {
    char pictured[MAX_PATH];
    switch (place_of(directory, path, pictured)) {
    case PLACE_NODE:
        if (mode & X_OK) {
            errno = EACCES;
            return -1;
        }
        return REAL(faccessat)(AT_FDCWD, pictured, mode, flags);
    case PLACE_PICTURE:
        return REAL(faccessat)(AT_FDCWD, pictured, mode, flags);
    case PLACE_SHARED: {
        int found = REAL(faccessat)(directory, path, mode, flags);
        return found == 0 || errno != ENOENT ? found : REAL(faccessat)(AT_FDCWD, pictured, mode, flags);
    }
    case PLACE_REAL:
        break;
    }
    return REAL(faccessat)(directory, path, mode, flags);
}

SEAM int access(const char *path, int mode) {
    return access_at(AT_FDCWD, path, mode, 0);
}

SEAM int faccessat(int directory, const char *path, int mode, int flags) {
    return access_at(directory, path, mode, flags);
}

/* Who asks whether /sys is a sysfs is told that the picture is: libudev takes a device from nowhere else. */
static int with_kind(int result, int descriptor, struct statfs *status) {
    if (result == 0 && is_in_picture(descriptor)) {
        status->f_type = SYSFS_MAGIC;
    }
    return result;
}

SEAM int fstatfs(int descriptor, struct statfs *status) {
    return with_kind(REAL(fstatfs)(descriptor, status), descriptor, status);
}

SEAM int fstatfs64(int descriptor, struct statfs64 *status) {
    return with_kind(REAL(fstatfs64)(descriptor, status), descriptor, (struct statfs *)status);
}

static int kind_of_path(const char *path, struct statfs *status) {
    char pictured[MAX_PATH];
    if (place_of(AT_FDCWD, path, pictured) != PLACE_PICTURE) {
        return REAL(statfs)(path, status);
    }
    int result = REAL(statfs)(pictured, status);
    if (result == 0) {
        status->f_type = SYSFS_MAGIC;
    }
    return result;
}

SEAM int statfs(const char *path, struct statfs *status) {
    return kind_of_path(path, status);
}

SEAM int statfs64(const char *path, struct statfs64 *status) {
    return kind_of_path(path, (struct statfs *)status);
}

/* MARK: Links */

/* A link's own text is as in the kernel's tree; one that the kernel makes, as of an open file, names the picture. */
static ssize_t read_link(int directory, const char *path, char *text, size_t size) {
    char pictured[MAX_PATH];
    switch (place_of(directory, path, pictured)) {
    case PLACE_NODE:
        errno = EINVAL;
        return -1;
    case PLACE_PICTURE:
        return REAL(readlink)(pictured, text, size);
    case PLACE_SHARED:
    case PLACE_REAL:
        break;
    }
    ssize_t length = REAL(readlinkat)(directory, path, text, size);
    char whole[MAX_PATH];
    char known[MAX_PATH];
    if (length > 0 && (size_t)length < sizeof whole && has_picture()) {
        memcpy(whole, text, (size_t)length);
        whole[length] = '\0';
        if (known_path(whole, known)) {
            length = (ssize_t)strlen(known);
            memcpy(text, known, (size_t)length);
        }
    }
    return length;
}

SEAM ssize_t readlink(const char *restrict path, char *restrict text, size_t size) {
    return read_link(AT_FDCWD, path, text, size);
}

SEAM ssize_t readlinkat(int directory, const char *restrict path, char *restrict text, size_t size) {
    return read_link(directory, path, text, size);
}

SEAM ssize_t __readlink_chk(const char *path, char *text, size_t size, size_t room) {
    if (size > room) {
        abort();
    }
    return read_link(AT_FDCWD, path, text, size);
}

SEAM ssize_t __readlinkat_chk(int directory, const char *path, char *text, size_t size, size_t room) {
    if (size > room) {
        abort();
    }
    return read_link(directory, path, text, size);
}

SEAM char *realpath(const char *restrict path, char *restrict resolved) {
    char pictured[MAX_PATH];
    char whole[MAX_PATH];
    char known[MAX_PATH];
    switch (place_of(AT_FDCWD, path, pictured)) {
    case PLACE_NODE: {
        struct stat status;
        if (!node_status(pictured, &status) || !known_path(pictured, known)) {
            return NULL;
        }
        break;
    }
    case PLACE_PICTURE:
        if (REAL(realpath)(pictured, whole) == NULL) {
            return NULL;
        }
        if (!known_path(whole, known)) {
            /* The folder itself may be reached by a link. */
            errno = ENOENT;
            return NULL;
        }
        break;
    case PLACE_SHARED:
    case PLACE_REAL:
        return REAL(realpath)(path, resolved);
    }
    if (resolved == NULL) {
        return strdup(known);
    }
    return strcpy(resolved, known);
}

SEAM char *__realpath_chk(const char *path, char *resolved, size_t room) {
    (void)room;
    return realpath(path, resolved);
}

SEAM char *canonicalize_file_name(const char *path) {
    return realpath(path, NULL);
}

/* What is done with a descriptor: where it is of a device node, the device has it. */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "seam_internal.h"

SEAM ssize_t read(int descriptor, void *buffer, size_t size) {
    struct node *node = node_acquire(descriptor);
    if (node == NULL) {
        return REAL(read)(descriptor, buffer, size);
    }
    ssize_t result = node_read(node, descriptor, buffer, size);
    node_release(node);
    return result;
}

SEAM ssize_t __read_chk(int descriptor, void *buffer, size_t size, size_t room) {
    if (size > room) {
        abort();
    }
    return read(descriptor, buffer, size);
}

SEAM ssize_t write(int descriptor, const void *bytes, size_t count) {
    struct node *node = node_acquire(descriptor);
    if (node == NULL) {
        return REAL(write)(descriptor, bytes, count);
    }
    ssize_t result = node_write(node, bytes, count);
    node_release(node);
    return result;
}

/* The first part that is not empty: the kernel's hidraw takes each part for a report, and a short count ends the call. */
static const struct iovec *first_part(const struct iovec *parts, int count) {
    static const struct iovec none;
    for (int index = 0; index < count; index++) {
        if (parts[index].iov_len > 0) {
            return &parts[index];
        }
    }
    return &none;
}

SEAM ssize_t readv(int descriptor, const struct iovec *parts, int count) {
    struct node *node = node_acquire(descriptor);
    if (node == NULL) {
        return REAL(readv)(descriptor, parts, count);
    }
    const struct iovec *part = first_part(parts, count);
    ssize_t result = node_read(node, descriptor, part->iov_base, part->iov_len);
    node_release(node);
    return result;
}

SEAM ssize_t writev(int descriptor, const struct iovec *parts, int count) {
    struct node *node = node_acquire(descriptor);
    if (node == NULL) {
        return REAL(writev)(descriptor, parts, count);
    }
    const struct iovec *part = first_part(parts, count);
    ssize_t result = node_write(node, part->iov_base, part->iov_len);
    node_release(node);
    return result;
}

SEAM int ioctl(int descriptor, unsigned long request, ...) {
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    struct node *node = node_acquire(descriptor);
    if (node == NULL) {
        return REAL(ioctl)(descriptor, request, argument);
    }
    int result = node_ioctl(node, request, argument);
    node_release(node);
    return result;
}

SEAM int close(int descriptor) {
    node_remove(descriptor);
    return REAL(close)(descriptor);
}

/* The new descriptor is a node's where the old one is. */
static int with_node(int old, int new) {
    struct node *node = new < 0 ? NULL : node_acquire(old);
    if (node != NULL) {
        node_add(node, new);
        node_release(node);
    }
    return new;
}

SEAM int dup(int descriptor) {
    return with_node(descriptor, REAL(dup)(descriptor));
}

SEAM int dup2(int descriptor, int wanted) {
    if (descriptor != wanted) {
        node_remove(wanted);
    }
    int result = REAL(dup2)(descriptor, wanted);
    return descriptor == wanted ? result : with_node(descriptor, result);
}

SEAM int dup3(int descriptor, int wanted, int flags) {
    if (descriptor != wanted) {
        node_remove(wanted);
    }
    return with_node(descriptor, REAL(dup3)(descriptor, wanted, flags));
}

static int control(int descriptor, int command, void *argument) {
    int result = REAL(fcntl)(descriptor, command, argument);
    return command == F_DUPFD || command == F_DUPFD_CLOEXEC ? with_node(descriptor, result) : result;
}

SEAM int fcntl(int descriptor, int command, ...) {
    va_list arguments;
    va_start(arguments, command);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    return control(descriptor, command, argument);
}

SEAM int fcntl64(int descriptor, int command, ...) {
    va_list arguments;
    va_start(arguments, command);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    return control(descriptor, command, argument);
}

/* Open device nodes: descriptors of loopback connections, under any number of names each. */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "node.h"

enum {
    /* Descriptors above are no device's: opening one fails as if the program had too many open. */
    MAX_DESCRIPTOR = 65536,
};

/* The nodes by descriptor; written under the lock. */
static _Atomic(struct node *) nodes[MAX_DESCRIPTOR];
static atomic_uint node_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void lock_before_fork(void) {
    pthread_mutex_lock(&lock);
}

static void unlock_in_parent(void) {
    pthread_mutex_unlock(&lock);
}

/* Whose memory this is. A child of vfork has its parent's until it executes another program, and must change nothing. */
static pid_t owner;

static void own_in_child(void) {
    owner = getpid();
    pthread_mutex_unlock(&lock);
}

__attribute__((constructor)) static void watch_forks(void) {
    owner = getpid();
    pthread_atfork(lock_before_fork, unlock_in_parent, own_in_child);
}

static bool has_node(int descriptor) {
    return atomic_load_explicit(&node_count, memory_order_relaxed) != 0 && descriptor >= 0 &&
           descriptor < MAX_DESCRIPTOR && atomic_load_explicit(&nodes[descriptor], memory_order_relaxed) != NULL;
}

struct node *node_acquire(int descriptor) {
    if (!has_node(descriptor)) {
        return NULL;
    }
    pthread_mutex_lock(&lock);
    struct node *node = atomic_load_explicit(&nodes[descriptor], memory_order_relaxed);
    if (node != NULL) {
        node->users += 1;
    }
    pthread_mutex_unlock(&lock);
    return node;
}

/* Gives one use back; the last ends the connection. */
static void give_back(struct node *node) {
    pthread_mutex_lock(&lock);
    bool is_last = --node->users == 0;
    pthread_mutex_unlock(&lock);
    if (is_last) {
        int error = errno;
        device_close(node->device);
        free(node);
        errno = error;
    }
}

void node_release(struct node *node) {
    give_back(node);
}

void node_add(struct node *node, int descriptor) {
    if (descriptor < 0 || descriptor >= MAX_DESCRIPTOR || getpid() != owner) {
        return;
    }
    node_remove(descriptor);
    pthread_mutex_lock(&lock);
    node->users += 1;
    atomic_store_explicit(&nodes[descriptor], node, memory_order_relaxed);
    atomic_fetch_add_explicit(&node_count, 1, memory_order_relaxed);
    pthread_mutex_unlock(&lock);
}

void node_remove(int descriptor) {
    if (!has_node(descriptor) || getpid() != owner) {
        return;
    }
    pthread_mutex_lock(&lock);
    struct node *node = atomic_load_explicit(&nodes[descriptor], memory_order_relaxed);
    if (node != NULL) {
        atomic_store_explicit(&nodes[descriptor], NULL, memory_order_relaxed);
        atomic_fetch_sub_explicit(&node_count, 1, memory_order_relaxed);
    }
    pthread_mutex_unlock(&lock);
    if (node != NULL) {
        give_back(node);
    }
}

/* The number at the end of a node's path. */
static unsigned number_of(const char *path) {
    const char *digits = path + strlen(path);
    while (digits > path && digits[-1] >= '0' && digits[-1] <= '9') {
        digits -= 1;
    }
    return (unsigned)strtoul(digits, NULL, 10);
}

/* usbhid's name of the device: manufacturer and product. */
static void set_texts(struct node *node, const struct hello *hello) {
    snprintf(node->name, sizeof node->name, "%.*s%s%.*s", (int)hello->manufacturer.length, hello->manufacturer.bytes,
             hello->manufacturer.length > 0 && hello->product.length > 0 ? " " : "", (int)hello->product.length,
             hello->product.bytes);
    snprintf(node->place, sizeof node->place, "usb-bluetap-%u/input0", node->number + 1);
    snprintf(node->serial_number, sizeof node->serial_number, "%.*s", (int)hello->serial_number.length,
             hello->serial_number.bytes);
}

/* A connection's second descriptor stays the device's own, however often the program copies and closes its first. */
static struct node *node_make(int connection, unsigned number, const char *socket, const struct hello *hello) {
    struct node *node = calloc(1, sizeof *node);
    int own = fcntl(connection, F_DUPFD_CLOEXEC, 0);
    hid_device *device = node == NULL || own < 0 ? NULL : device_open(own, socket, hello);
    if (device == NULL) {
        free(node);
        return NULL;
    }
    node->device = device;
    node->number = number;
    node->vendor_id = hello->vendor_id;
    node->product_id = hello->product_id;
    set_texts(node, hello);
    return node;
}

static int fail_open(int connection, int error) {
    if (connection >= 0) {
        REAL(close)(connection);
    }
    errno = error;
    return -1;
}

int node_open(const char *pictured, int flags) {
    char socket[MAX_PATH];
    ssize_t length = REAL(readlink)(pictured, socket, sizeof socket - 1);
    if (length < 0) {
        return -1;
    }
    socket[length] = '\0';
    if (flags & O_DIRECTORY) {
        return fail_open(-1, ENOTDIR);
    }
    struct hello hello;
    error_message reason;
    int connection = connect_to_device(socket, BLUETAP_LOOPBACK_REPORTS, &hello, &reason);
    if (connection < 0) {
        return fail_open(-1, reason == message_no_permission ? EACCES : ENODEV);
    }
    if (connection >= MAX_DESCRIPTOR) {
        return fail_open(connection, EMFILE);
    }
    struct node *node = node_make(connection, number_of(pictured), socket, &hello);
    if (node == NULL) {
        return fail_open(connection, ENOMEM);
    }
    if (!(flags & O_CLOEXEC)) {
        fcntl(connection, F_SETFD, 0);
    }
    if (flags & O_NONBLOCK) {
        fcntl(connection, F_SETFL, O_NONBLOCK | fcntl(connection, F_GETFL));
    }
    node_add(node, connection);
    return connection;
}

static void set_status(unsigned number, struct stat *status) {
    /* Who may open it in udev's rules: the one who sits at the machine. */
    status->st_mode = S_IFCHR | 0600;
    status->st_rdev = makedev(HIDRAW_MAJOR, number);
    status->st_size = 0;
    status->st_blocks = 0;
}

bool node_status(const char *pictured, struct stat *status) {
    if (REAL(fstatat)(AT_FDCWD, pictured, status, AT_SYMLINK_NOFOLLOW) != 0) {
        return false;
    }
    set_status(number_of(pictured), status);
    return true;
}

bool node_status_of(const struct node *node, struct stat *status) {
    if (REAL(fstat)(node->device->reports_socket, status) != 0) {
        return false;
    }
    set_status(node->number, status);
    return true;
}

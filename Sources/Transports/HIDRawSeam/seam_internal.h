/* What the files of this library share; nothing here is visible outside it.
 *
 * The seam is preloaded into a POS program. The program's calls to the C library pass through it: what they say of hidraw
 * devices (/dev/hidraw*, /sys/class/hidraw and what hangs on it) is answered from the folder that BLUETAP_HIDRAW names, in
 * which the loopback transport keeps a picture of the devices; an open device is a loopback connection. All else goes on to
 * the C library as it is. */
#ifndef SEAM_INTERNAL_H
#define SEAM_INTERNAL_H

#include <dirent.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#pragma GCC visibility push(hidden)

enum {
    /* Of /dev/hidraw*: from the range that Linux gives out last, so that it is nobody else's. As in HIDRawTree.swift. */
    HIDRAW_MAJOR = 384,
    MAX_PATH = 4096,
};

/* Marks what the program's calls bind to in place of the C library's. */
#define SEAM __attribute__((visibility("default")))

/* real_functions.c: what the C library does. */

/* The next definition of a function behind this library's; NULL where there is none. */
void *next_function(const char *name);

/* A static pointer to the C library's function of this name, found at its first use. */
#define REAL(name)                                                                                                     \
    ({                                                                                                                 \
        static _Atomic(void *) found;                                                                                  \
        void *function = atomic_load_explicit(&found, memory_order_relaxed);                                           \
        if (function == NULL) {                                                                                        \
            function = next_function(#name);                                                                           \
            atomic_store_explicit(&found, function, memory_order_relaxed);                                             \
        }                                                                                                              \
        (__typeof__(&name))function;                                                                                   \
    })

/* picture.c: which paths the picture answers. */

enum place {
    /* The C library's. */
    PLACE_REAL,
    /* In the picture. */
    PLACE_PICTURE,
    /* A device node: in the picture it is a link to the device's socket. */
    PLACE_NODE,
    /* A directory that has entries of both. */
    PLACE_SHARED,
};

/* Where a path leads; for all but PLACE_REAL `pictured` is its path in the picture. */
enum place place_of(int directory, const char *path, char pictured[MAX_PATH]);
/* The same for a directory that is open. */
enum place place_of_descriptor(int descriptor, char pictured[MAX_PATH]);
/* Whether there is a picture at all: else the seam does nothing. */
bool has_picture(void);
/* Whether a descriptor is of a file in the picture. */
bool is_in_picture(int descriptor);
/* The path that a program knows a file of the picture by; false for any other file. */
bool known_path(const char *path, char known[MAX_PATH]);

/* nodes.c: the device nodes that the program has open. */

struct node;

/* A descriptor of the device whose node is at this path in the picture, or -1 with errno. */
int node_open(const char *pictured, int flags);
/* The node of a descriptor, or NULL; to be released. errno stays. */
struct node *node_acquire(int descriptor);
void node_release(struct node *node);
/* The descriptor is another name of the node's; the node is released with its last. */
void node_add(struct node *node, int descriptor);
/* The descriptor is about to be closed. */
void node_remove(int descriptor);
/* As `stat` tells of a device node; the path is the node's in the picture. False, with errno, where there is none. */
bool node_status(const char *pictured, struct stat *status);
bool node_status_of(const struct node *node, struct stat *status);

/* node_reports.c: what a program does with an open node; as the kernel's hidraw, with its errno values. */

ssize_t node_read(struct node *node, int descriptor, void *buffer, size_t size);
ssize_t node_write(struct node *node, const void *bytes, size_t count);
int node_ioctl(struct node *node, unsigned long request, void *argument);

#pragma GCC visibility pop

#endif

/* Which handles are open, and their lives: a stale handle is recognised without touching the memory behind it. */
#define _GNU_SOURCE 1
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loopback_internal.h"

enum {
    BUCKET_COUNT = 64,
    /* Closed handles whose addresses are kept out of use, so that a stale one is not taken for a new device. */
    QUARANTINE_LENGTH = 512,
};

/* Guards the buckets and the quarantine; never held during a system call that can wait. */
static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
static hid_device *buckets[BUCKET_COUNT];
static hid_device *quarantine[QUARANTINE_LENGTH];
static size_t quarantine_next;

static hid_device **bucket_of(const hid_device *device) {
    /* The low bits of an allocation's address are always the same. */
    return &buckets[((uintptr_t)device >> 4 ^ (uintptr_t)device >> 12) % BUCKET_COUNT];
}

/* Where the registry points to the handle, or to NULL. */
static hid_device **find(const hid_device *device) {
    hid_device **link = bucket_of(device);
    while (*link != NULL && *link != device) {
        link = &(*link)->next_in_bucket;
    }
    return link;
}

static void lock_before_fork(void) {
    pthread_mutex_lock(&registry_lock);
}

static void unlock_in_parent(void) {
    pthread_mutex_unlock(&registry_lock);
}

/* The threads that were inside the library do not exist here, so nobody would unlock or release for them. */
static void recover_in_child(void) {
    pthread_mutex_init(&registry_lock, NULL);
    for (size_t index = 0; index < BUCKET_COUNT; index++) {
        for (hid_device *device = buckets[index]; device != NULL; device = device->next_in_bucket) {
            atomic_store(&device->users, 1);
            pthread_mutex_init(&device->control_request_lock, NULL);
            pthread_mutex_init(&device->control_socket_lock, NULL);
            /* Requests of two processes on one connection would take each other's answers. */
            if (device->control_socket >= 0) {
                close(device->control_socket);
                device->control_socket = -1;
            }
        }
    }
}

__attribute__((constructor)) static void watch_forks(void) {
    pthread_atfork(lock_before_fork, unlock_in_parent, recover_in_child);
}

hid_device *device_open(int reports_socket, const char *path, const struct hello *hello) {
    hid_device *device = calloc(1, sizeof *device);
    struct hid_device_info *information = make_device_information(path, hello);
    size_t descriptor_length = hello->report_descriptor.length;
    uint8_t *descriptor = malloc(descriptor_length + 1);
    if (device == NULL || information == NULL || descriptor == NULL) {
        free(device);
        free_device_information(information);
        free(descriptor);
        close_connection(reports_socket);
        return NULL;
    }
    memcpy(descriptor, hello->report_descriptor.bytes, descriptor_length);
    atomic_init(&device->users, 1);
    atomic_init(&device->last_error, message_success);
    atomic_init(&device->last_read_error, message_success);
    device->opener = getpid();
    device->reports_socket = reports_socket;
    device->numbered_reports = report_descriptor_has_report_ids(descriptor, descriptor_length);
    device->information = information;
    device->report_descriptor = descriptor;
    device->report_descriptor_length = descriptor_length;
    pthread_mutex_init(&device->control_request_lock, NULL);
    pthread_mutex_init(&device->control_socket_lock, NULL);
    device->control_socket = -1;

    pthread_mutex_lock(&registry_lock);
    hid_device **bucket = bucket_of(device);
    device->next_in_bucket = *bucket;
    *bucket = device;
    pthread_mutex_unlock(&registry_lock);
    return device;
}

/* After a fork both processes hold the connection: a child that closes its copy must not cut its parent off. */
static bool is_owner(const hid_device *device) {
    return device->opener == getpid();
}

bool device_acquire(hid_device *device) {
    pthread_mutex_lock(&registry_lock);
    bool is_open = device != NULL && *find(device) != NULL;
    if (is_open) {
        atomic_fetch_add_explicit(&device->users, 1, memory_order_relaxed);
    }
    pthread_mutex_unlock(&registry_lock);
    return is_open;
}

void device_release(hid_device *device) {
    if (atomic_fetch_sub_explicit(&device->users, 1, memory_order_acq_rel) != 1) {
        return;
    }
    if (is_owner(device)) {
        close_connection(device->reports_socket);
    } else {
        close(device->reports_socket);
    }
    close_connection(device->control_socket);
    free_device_information(device->information);
    free(device->report_descriptor);
    pthread_mutex_destroy(&device->control_request_lock);
    pthread_mutex_destroy(&device->control_socket_lock);

    pthread_mutex_lock(&registry_lock);
    hid_device *oldest = quarantine[quarantine_next];
    quarantine[quarantine_next] = device;
    quarantine_next = (quarantine_next + 1) % QUARANTINE_LENGTH;
    pthread_mutex_unlock(&registry_lock);
    free(oldest);
}

void device_close(hid_device *device) {
    pthread_mutex_lock(&registry_lock);
    hid_device **link = find(device);
    bool is_open = device != NULL && *link != NULL;
    if (is_open) {
        *link = device->next_in_bucket;
    }
    pthread_mutex_unlock(&registry_lock);
    if (!is_open) {
        return;
    }
    atomic_store(&device->closing, true);
    if (is_owner(device)) {
        shutdown(device->reports_socket, SHUT_RDWR);
    }
    pthread_mutex_lock(&device->control_socket_lock);
    if (device->control_socket >= 0) {
        shutdown(device->control_socket, SHUT_RDWR);
    }
    pthread_mutex_unlock(&device->control_socket_lock);
    device_release(device);
}

error_message device_disconnect(hid_device *device, error_message reason) {
    if (atomic_load(&device->closing)) {
        return message_closed_handle;
    }
    error_message first = NULL;
    return atomic_compare_exchange_strong(&device->disconnection, &first, reason) ? reason : first;
}

/* Directories: where devices stand among others, the picture's entries come first. */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "seam_internal.h"

_Static_assert(sizeof(struct dirent) == sizeof(struct dirent64), "one structure on the machines that bluetap runs on");

/* A shared directory that the program has open, with the picture's entries for it. */
struct shelf {
    struct shelf *next;
    DIR *directory;
    struct dirent *entries;
    size_t count;
    size_t given;
    bool hides_hidraw;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct shelf *shelves;
static atomic_uint shelf_count;

static void lock_before_fork(void) {
    pthread_mutex_lock(&lock);
}

static void unlock_after_fork(void) {
    pthread_mutex_unlock(&lock);
}

__attribute__((constructor)) static void watch_forks(void) {
    pthread_atfork(lock_before_fork, unlock_after_fork, unlock_after_fork);
}

static bool is_dots(const char *name) {
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Without memory an entry is left out. */
static void fill(struct shelf *shelf, DIR *pictured) {
    struct dirent *entry;
    while ((entry = REAL(readdir)(pictured)) != NULL) {
        if (is_dots(entry->d_name)) {
            continue;
        }
        struct dirent *grown = realloc(shelf->entries, (shelf->count + 1) * sizeof *grown);
        if (grown == NULL) {
            return;
        }
        shelf->entries = grown;
        memcpy(&grown[shelf->count], entry, entry->d_reclen < sizeof *entry ? entry->d_reclen : sizeof *entry);
        if (shelf->hides_hidraw) {
            grown[shelf->count].d_type = DT_CHR;
        }
        shelf->count += 1;
    }
}

static void remember(DIR *directory, const char *pictured) {
    struct shelf *shelf = calloc(1, sizeof *shelf);
    DIR *entries = shelf == NULL ? NULL : REAL(opendir)(pictured);
    if (entries == NULL) {
        free(shelf);
        return;
    }
    size_t length = strlen(pictured);
    shelf->directory = directory;
    shelf->hides_hidraw = length > 4 && strcmp(pictured + length - 4, "/dev") == 0;
    fill(shelf, entries);
    REAL(closedir)(entries);
    pthread_mutex_lock(&lock);
    shelf->next = shelves;
    shelves = shelf;
    atomic_fetch_add(&shelf_count, 1);
    pthread_mutex_unlock(&lock);
}

static struct shelf **find(DIR *directory) {
    struct shelf **link = &shelves;
    while (*link != NULL && (*link)->directory != directory) {
        link = &(*link)->next;
    }
    return link;
}

SEAM DIR *opendir(const char *path) {
    char pictured[MAX_PATH];
    int error = errno;
    switch (place_of(AT_FDCWD, path, pictured)) {
    case PLACE_NODE:
        errno = ENOTDIR;
        return NULL;
    case PLACE_PICTURE:
        return REAL(opendir)(pictured);
    case PLACE_SHARED: {
        DIR *directory = REAL(opendir)(path);
        if (directory == NULL) {
            return errno == ENOENT ? REAL(opendir)(pictured) : NULL;
        }
        remember(directory, pictured);
        errno = error;
        return directory;
    }
    case PLACE_REAL:
        break;
    }
    return REAL(opendir)(path);
}

SEAM DIR *fdopendir(int descriptor) {
    DIR *directory = REAL(fdopendir)(descriptor);
    char pictured[MAX_PATH];
    int error = errno;
    if (directory != NULL && place_of_descriptor(descriptor, pictured) == PLACE_SHARED) {
        remember(directory, pictured);
        errno = error;
    }
    return directory;
}

static bool is_given(const struct shelf *shelf, const char *name) {
    if (shelf->hides_hidraw && strncmp(name, "hidraw", 6) == 0) {
        return true;
    }
    for (size_t index = 0; index < shelf->count; index++) {
        if (strcmp(shelf->entries[index].d_name, name) == 0) {
            return true;
        }
    }
    return false;
}

static struct dirent *next_entry(DIR *directory) {
    struct shelf *shelf = NULL;
    if (atomic_load(&shelf_count) > 0) {
        pthread_mutex_lock(&lock);
        shelf = *find(directory);
        pthread_mutex_unlock(&lock);
    }
    if (shelf == NULL) {
        return REAL(readdir)(directory);
    }
    /* A directory is one thread's at a time, as the C library's own. */
    if (shelf->given < shelf->count) {
        return &shelf->entries[shelf->given++];
    }
    struct dirent *entry;
    do {
        entry = REAL(readdir)(directory);
    } while (entry != NULL && is_given(shelf, entry->d_name));
    return entry;
}

SEAM struct dirent *readdir(DIR *directory) {
    return next_entry(directory);
}

SEAM struct dirent64 *readdir64(DIR *directory) {
    return (struct dirent64 *)next_entry(directory);
}

SEAM void rewinddir(DIR *directory) {
    pthread_mutex_lock(&lock);
    struct shelf *shelf = *find(directory);
    if (shelf != NULL) {
        shelf->given = 0;
    }
    pthread_mutex_unlock(&lock);
    REAL(rewinddir)(directory);
}

SEAM int closedir(DIR *directory) {
    struct shelf *shelf = NULL;
    if (atomic_load(&shelf_count) > 0) {
        pthread_mutex_lock(&lock);
        struct shelf **link = find(directory);
        shelf = *link;
        if (shelf != NULL) {
            *link = shelf->next;
            atomic_fetch_sub(&shelf_count, 1);
        }
        pthread_mutex_unlock(&lock);
    }
    if (shelf != NULL) {
        free(shelf->entries);
        free(shelf);
    }
    return REAL(closedir)(directory);
}

/* The C library behind the seam. */
#define _GNU_SOURCE 1
#include <dlfcn.h>
#include <stdatomic.h>
#include <stddef.h>

#include "seam_internal.h"

typedef void *symbol_finder(void *, const char *);

/* dlsym is one of the functions whose place the seam takes: this is the C library's. */
static symbol_finder *real_dlsym(void) {
    static _Atomic(symbol_finder *) found;
    symbol_finder *function = atomic_load_explicit(&found, memory_order_relaxed);
    /* In the order of glibc's versions since 2.34, then those of x86-64 and arm64 before. */
    static const char *const versions[] = {"GLIBC_2.34", "GLIBC_2.2.5", "GLIBC_2.17"};
    for (size_t index = 0; function == NULL && index < sizeof versions / sizeof versions[0]; index++) {
        function = (symbol_finder *)dlvsym(RTLD_NEXT, "dlsym", versions[index]);
    }
    atomic_store_explicit(&found, function, memory_order_relaxed);
    return function;
}

void *next_function(const char *name) {
    return real_dlsym()(RTLD_NEXT, name);
}

/* Functions that a program may look up in the C library by name, as C# does for each function that it declares. */
#define TAKEN_PLACES(PLACE)                                                                                            \
    PLACE(open) PLACE(open64) PLACE(openat) PLACE(openat64) PLACE(fopen) PLACE(fopen64) PLACE(opendir)                 \
    PLACE(fdopendir) PLACE(readdir) PLACE(readdir64) PLACE(rewinddir) PLACE(closedir) PLACE(stat) PLACE(stat64)        \
    PLACE(lstat) PLACE(lstat64) PLACE(fstat) PLACE(fstat64) PLACE(fstatat) PLACE(fstatat64) PLACE(statx)               \
    PLACE(access) PLACE(faccessat) PLACE(readlink) PLACE(readlinkat) PLACE(realpath) PLACE(canonicalize_file_name)     \
    PLACE(statfs) PLACE(statfs64) PLACE(fstatfs) PLACE(fstatfs64) PLACE(ioctl) PLACE(read) PLACE(write) PLACE(readv)   \
    PLACE(writev) PLACE(close) PLACE(dup) PLACE(dup2) PLACE(dup3) PLACE(fcntl) PLACE(fcntl64)

#define DECLARE(name) extern char seam_##name[] __asm__(#name);
TAKEN_PLACES(DECLARE)

struct taken_place {
    const char *name;
    void *ours;
    _Atomic(void *) theirs;
};

#define ENTRY(name) {#name, seam_##name, NULL},
static struct taken_place taken_places[] = {TAKEN_PLACES(ENTRY)};

static void *ours_for(void *theirs) {
    if (theirs == NULL) {
        return NULL;
    }
    for (size_t index = 0; index < sizeof taken_places / sizeof taken_places[0]; index++) {
        struct taken_place *place = &taken_places[index];
        void *known = atomic_load_explicit(&place->theirs, memory_order_relaxed);
        if (known == NULL) {
            known = next_function(place->name);
            atomic_store_explicit(&place->theirs, known, memory_order_relaxed);
        }
        if (known == theirs) {
            return place->ours;
        }
    }
    return theirs;
}

/* A program that asks the C library itself for a function gets the seam's all the same. Who asks for the next one is told
 * by the address to which the call returns: that one goes on with a jump. */
SEAM void *dlsym(void *library, const char *name) {
    symbol_finder *real = real_dlsym();
    if (library == RTLD_NEXT || !has_picture()) {
        __attribute__((musttail)) return real(library, name);
    }
    return ours_for(real(library, name));
}

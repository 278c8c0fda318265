/* Ends a test program at the first thing that is not as it should be. */
#ifndef CHECK_H
#define CHECK_H

#include <hidapi/hidapi.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition) ((condition) ? (void)0 : fail(__FILE__, __LINE__, #condition))

static inline _Noreturn void fail(const char *file, int line, const char *condition) {
    fprintf(stderr, "%s:%d: not so: %s; hid_error(NULL) is: %ls\n", file, line, condition, hid_error(NULL));
    exit(EXIT_FAILURE);
}

#endif

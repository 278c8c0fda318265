/* Threads, and whether they sleep. */
#ifndef THREADS_H
#define THREADS_H

#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"

static inline pid_t this_thread(void) {
    return (pid_t)syscall(SYS_gettid);
}

/* The letter in /proc: S is asleep. 0 where the thread has ended. */
static inline char thread_state(pid_t thread) {
    char path[64], state = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)thread);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return 0;
    }
    /* Number, (name), state. */
    CHECK(fscanf(file, "%*d (%*[^)]) %c", &state) == 1);
    fclose(file);
    return state;
}

static inline void wait_until_asleep(pid_t thread) {
    char state;
    while ((state = thread_state(thread)) != 'S' && state != 0) {
        sched_yield();
    }
}

static inline pthread_t start(void *(*function)(void *), void *argument) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, function, argument) == 0);
    return thread;
}

#endif

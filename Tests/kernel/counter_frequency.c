/* Prints the frequency of this processor's time-stamp counter in kHz: the emulated processors of Tests/kernel/run have the
 * same counter. */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

struct moment {
    uint64_t ticks;
    int64_t nanoseconds;
};

/* Counter and clock at the same time: of many attempts the one that was interrupted least. */
static struct moment now(void) {
    struct moment best = {0};
    uint64_t shortest = UINT64_MAX;
    for (int attempt = 0; attempt < 1000; attempt++) {
        struct timespec clock;
        uint64_t begin = __rdtsc();
        clock_gettime(CLOCK_MONOTONIC, &clock);
        uint64_t length = __rdtsc() - begin;
        if (length < shortest) {
            shortest = length;
            best = (struct moment){
                .ticks = begin + length / 2,
                .nanoseconds = (int64_t)clock.tv_sec * 1000000000 + clock.tv_nsec,
            };
        }
    }
    return best;
}

int main(void) {
    struct moment begin = now();
    nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
    struct moment end = now();
    printf("%.0f\n", (double)(end.ticks - begin.ticks) / (double)(end.nanoseconds - begin.nanoseconds) * 1e6);
}

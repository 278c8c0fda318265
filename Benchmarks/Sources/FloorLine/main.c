/* The floor of a start: prints a line, then waits to be ended, as a server does. */
#include <stdio.h>
#include <unistd.h>

int main(void) {
    puts("ready");
    fflush(stdout);
    pause();
}

/* The drop-in libhidapi as a shared library: HIDAPILoopback's code, linked under the name by which programs know it.
 *
 * The target stands apart because its linker settings are for the shared library alone: the soname, so that a program
 * that asks for the real library's name gets this one once it is loaded, and no dependency on Swift's run time, which
 * has no business in a POS. */
#include "drop_in.h"

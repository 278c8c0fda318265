/* The target holds headers only; SwiftPM wants one source file. */
#include "linux_uapi.h"

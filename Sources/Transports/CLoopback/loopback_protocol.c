/* The target holds headers only; SwiftPM wants one source file. */
#include "loopback_protocol.h"

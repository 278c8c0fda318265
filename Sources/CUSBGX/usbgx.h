/* Debian: libusbgx-dev, and libconfig-dev, without which pkg-config does not find it. */
#include <usbg/function/hid.h>
#include <usbg/usbg.h>

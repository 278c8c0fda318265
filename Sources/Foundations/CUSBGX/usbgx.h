/* Debian: libusbgx-dev. */
#include <usbg/function/hid.h>
#include <usbg/usbg.h>

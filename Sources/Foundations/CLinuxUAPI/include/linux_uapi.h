/* Linux interfaces that Swift's Glibc module leaves out. */
#ifndef BLUETAP_LINUX_UAPI_H
#define BLUETAP_LINUX_UAPI_H

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/vfs.h>

#include "code_pages.h"
#include "gadget_hid.h"
#include "uhid_layout.h"

/* glibc declares it for _GNU_SOURCE only. */
extern int accept4(int, struct sockaddr *, socklen_t *, int);

#endif

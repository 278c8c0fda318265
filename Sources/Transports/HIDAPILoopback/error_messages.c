/* The texts of hid_error: constant, or made once for each errno value. */
#define _GNU_SOURCE 1
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loopback_internal.h"

#define ADVICE L"start `bluetap serve`, or set BLUETAP_LOOPBACK to the emulator's socket"

const wchar_t message_success[] = L"Success";
const wchar_t message_invalid_buffer[] = L"the buffer is missing or its length is zero";
const wchar_t message_report_too_long[] = L"the report is longer than any the emulator takes";
const wchar_t message_no_such_string[] = L"the device has no string of this index";
const wchar_t message_out_of_memory[] = L"out of memory";
const wchar_t message_closed_handle[] = L"the device handle is not open: it was closed, or never opened";
const wchar_t message_disconnected[] = L"device disconnected: the emulator closed the connection";
const wchar_t message_bad_input_report[] = L"device disconnected: the emulator sent what is not an input report";
const wchar_t message_write_timeout[] = L"write timed out: the emulator runs but does not take reports";
const wchar_t message_control_timeout[] = L"control request timed out: the emulator did not answer it";
const wchar_t message_control_closed[] =
    L"control request failed: the emulator closed the connection without an answer";
const wchar_t message_bad_control_answer[] = L"control request failed: the emulator's answer is malformed";
const wchar_t message_control_other_device[] = L"device disconnected: another device answers on its socket";
const wchar_t message_stall[] = L"Broken pipe: the device stalled the request";
const wchar_t message_no_path[] = L"no path given";
const wchar_t message_path_too_long[] = L"the path is too long for a Unix socket (107 bytes)";
const wchar_t message_no_listener[] = L"no emulated device listens on this path: " ADVICE;
const wchar_t message_no_permission[] =
    L"no permission to connect to the emulator's socket: run the program and the emulator as the same user";
const wchar_t message_hello_timeout[] = L"the emulator does not answer: is it stopped? Let it go on (kill -CONT), or start it again";
const wchar_t message_hello_refused[] = L"the emulator refused the connection: is its device unplugged, or are too many programs connected?";
const wchar_t message_bad_hello[] =
    L"what listens on this path does not speak this version of the loopback protocol: "
    L"use the library that came with this bluetap";
const wchar_t message_no_devices[] =
    L"no emulated device found on the sockets of BLUETAP_LOOPBACK, or else on bluetap/loopback.sock in "
    L"XDG_RUNTIME_DIR (/run for root, /tmp/bluetap-<uid>/loopback.sock without it): " ADVICE;
const wchar_t message_no_match[] =
    L"no emulated device with this vendor ID, product ID and serial number, though others are there";
const wchar_t message_no_system_device[] =
    L"an emulated device has no libusb device to wrap: open it by vendor and product ID, or by path";

/* Status bytes of control requests and Linux errno values all lie below this. */
enum { ERRNO_LIMIT = 256 };

static _Atomic(error_message) errno_messages[ERRNO_LIMIT];
static _Atomic(error_message) last_global_error = message_success;

error_message message_for_errno(int error) {
    if (error == EPIPE) {
        return message_stall;
    }
    const char *text = strerrordesc_np(error);
    if (error < 0 || error >= ERRNO_LIMIT || text == NULL) {
        return L"unknown error";
    }
    error_message known = atomic_load(&errno_messages[error]);
    if (known != NULL) {
        return known;
    }
    size_t length = strlen(text);
    wchar_t *message = calloc(length + 1, sizeof *message);
    if (message == NULL) {
        return message_out_of_memory;
    }
    for (size_t index = 0; index < length; index++) {
        message[index] = (unsigned char)text[index];
    }
    if (!atomic_compare_exchange_strong(&errno_messages[error], &known, message)) {
        free(message);
        return known;
    }
    return message;
}

/* Source: libusb.h, enum libusb_error. */
int libusb_error_for(error_message message) {
    static const struct {
        const wchar_t *message;
        int error;
    } errors[] = {
        {message_success, 0},          {message_invalid_buffer, -2},  {message_report_too_long, -2},
        {message_no_permission, -3},   {message_disconnected, -4},    {message_bad_input_report, -4},
        {message_control_closed, -4},  {message_hello_refused, -4},   {message_control_other_device, -4},
        {message_no_such_string, -5},  {message_no_listener, -5},     {message_no_devices, -5},
        {message_no_match, -5},        {message_write_timeout, -7},   {message_control_timeout, -7},
        {message_hello_timeout, -7},   {message_stall, -9},           {message_out_of_memory, -11},
        {message_no_system_device, -12},
    };
    for (size_t index = 0; index < sizeof errors / sizeof errors[0]; index++) {
        if (errors[index].message == message) {
            return errors[index].error;
        }
    }
    return 1;
}

void set_global_error(error_message message) {
    atomic_store(&last_global_error, message);
}

error_message global_error(void) {
    return atomic_load(&last_global_error);
}

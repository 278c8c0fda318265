/* Where the fields of a uhid_event are: Swift does not import packed structures of arrays this long. */
#ifndef BLUETAP_UHID_LAYOUT_H
#define BLUETAP_UHID_LAYOUT_H

#include <linux/uhid.h>
#include <stddef.h>

#define BLUETAP_UHID_FIELD(name, field)                                                                                 \
    BLUETAP_UHID_##name = offsetof(struct uhid_event, u.field)

enum bluetap_uhid_layout {
    BLUETAP_UHID_EVENT_SIZE = sizeof(struct uhid_event),

    BLUETAP_UHID_FIELD(CREATE_NAME, create2.name),
    BLUETAP_UHID_FIELD(CREATE_PHYS, create2.phys),
    BLUETAP_UHID_FIELD(CREATE_UNIQ, create2.uniq),
    BLUETAP_UHID_FIELD(CREATE_DESCRIPTOR_SIZE, create2.rd_size),
    BLUETAP_UHID_FIELD(CREATE_BUS, create2.bus),
    BLUETAP_UHID_FIELD(CREATE_VENDOR, create2.vendor),
    BLUETAP_UHID_FIELD(CREATE_PRODUCT, create2.product),
    BLUETAP_UHID_FIELD(CREATE_VERSION, create2.version),
    BLUETAP_UHID_FIELD(CREATE_DESCRIPTOR, create2.rd_data),

    BLUETAP_UHID_FIELD(OUTPUT_DATA, output.data),
    BLUETAP_UHID_FIELD(OUTPUT_SIZE, output.size),
    BLUETAP_UHID_FIELD(OUTPUT_TYPE, output.rtype),

    BLUETAP_UHID_FIELD(INPUT_SIZE, input2.size),
    BLUETAP_UHID_FIELD(INPUT_DATA, input2.data),

    BLUETAP_UHID_FIELD(GET_ID, get_report.id),
    BLUETAP_UHID_FIELD(GET_NUMBER, get_report.rnum),
    BLUETAP_UHID_FIELD(GET_TYPE, get_report.rtype),
    BLUETAP_UHID_FIELD(GET_REPLY_ID, get_report_reply.id),
    BLUETAP_UHID_FIELD(GET_REPLY_ERROR, get_report_reply.err),
    BLUETAP_UHID_FIELD(GET_REPLY_SIZE, get_report_reply.size),
    BLUETAP_UHID_FIELD(GET_REPLY_DATA, get_report_reply.data),

    BLUETAP_UHID_FIELD(SET_ID, set_report.id),
    BLUETAP_UHID_FIELD(SET_NUMBER, set_report.rnum),
    BLUETAP_UHID_FIELD(SET_TYPE, set_report.rtype),
    BLUETAP_UHID_FIELD(SET_SIZE, set_report.size),
    BLUETAP_UHID_FIELD(SET_DATA, set_report.data),
    BLUETAP_UHID_FIELD(SET_REPLY_ID, set_report_reply.id),
    BLUETAP_UHID_FIELD(SET_REPLY_ERROR, set_report_reply.err),
    BLUETAP_UHID_SET_REPLY_END = offsetof(struct uhid_event, u.set_report_reply) + sizeof(struct uhid_set_report_reply_req),
};

#undef BLUETAP_UHID_FIELD

#endif

/* Writes the bytes of event files. */
#include "tfevents_impl.h"

#include <agr/base/crc32c.h>
#include <math.h>
#include <string.h>

typedef enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 } wire_type;

/* ---- protocol buffers ---- */

static void add_number(agr_text *text, uint64_t number, int n_bytes)
{
    unsigned char byte[8];
    for (int i = 0; i < n_bytes; i++)
        byte[i] = (unsigned char)(number >> 8 * i);
    agr_text_add_bytes(text, byte, (size_t)n_bytes);
}

static void add_varint(agr_text *text, uint64_t number)
{
    for (; number >= 0x80; number >>= 7)
        add_number(text, (number & 0x7f) | 0x80, 1);
    add_number(text, number, 1);
}

static void add_key(agr_text *text, int field, wire_type type)
{
    add_varint(text, (uint64_t)field << 3 | type);
}

static void add_varint_field(agr_text *text, int field, uint64_t number)
{
    add_key(text, field, VARINT);
    add_varint(text, number);
}

static void add_double_field(agr_text *text, int field, double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    add_key(text, field, FIXED64);
    add_number(text, bits, sizeof bits);
}

static void add_float_field(agr_text *text, int field, float number)
{
    uint32_t bits;
    memcpy(&bits, &number, sizeof bits);
    add_key(text, field, FIXED32);
    add_number(text, bits, sizeof bits);
}

static void add_bytes_field(agr_text *text, int field, const void *bytes, size_t n_bytes)
{
    add_key(text, field, BYTES);
    add_varint(text, n_bytes);
    agr_text_add_bytes(text, bytes, n_bytes);
}

/* A part becomes a field of what holds it, and is gone; so does a failure. */
static void add_part(agr_text *text, int field, agr_text *part)
{
    add_bytes_field(text, field, part->data, part->length);
    text->failed = text->failed || part->failed;
    agr_text_release(part);
}

/* ---- records ---- */

static void add_crc(agr_text *file, const void *bytes, size_t n_bytes)
{
    const uint32_t crc = agr_crc32c(bytes, n_bytes);
    add_number(file, (uint32_t)((crc >> 15 | crc << 17) + 0xa282ead8u), 4);
}

static void add_record(agr_text *file, agr_text *event)
{
    agr_text length = {0};
    add_number(&length, event->length, 8);
    agr_text_add_bytes(file, length.data, length.length);
    add_crc(file, length.data, length.length);
    agr_text_add_bytes(file, event->data, event->length);
    add_crc(file, event->data, event->length);
    file->failed = file->failed || event->failed || length.failed;
    agr_text_release(&length);
    agr_text_release(event);
}

/* ---- events ---- */

enum { WALL_TIME = 1, STEP = 2, FILE_VERSION = 3, SUMMARY = 5, SESSION_LOG = 7 }; /* of Event */
enum { VALUE = 1, TAG = 1, SIMPLE_VALUE = 2 };                                    /* of Summary */
enum { STATUS = 1, START = 1 }; /* of SessionLog */

void tfevents_add_version(agr_text *file, double wall_s)
{
    static const char version[] = "brain.Event:2";
    agr_text event = {0};
    add_double_field(&event, WALL_TIME, wall_s);
    add_bytes_field(&event, FILE_VERSION, version, strlen(version));
    add_record(file, &event);
}

void tfevents_add_start(agr_text *file, double wall_s, int64_t step)
{
    agr_text event = {0}, session = {0};
    add_varint_field(&session, STATUS, START);
    add_double_field(&event, WALL_TIME, wall_s);
    add_varint_field(&event, STEP, (uint64_t)step);
    add_part(&event, SESSION_LOG, &session);
    add_record(file, &event);
}

void tfevents_add_scalars(agr_text *file, double wall_s, int64_t step,
                          const tfevents_scalar *scalar, int n)
{
    agr_text event = {0}, summary = {0};
    for (int i = 0; i < n; i++) {
        agr_text value = {0};
        if (isnan(scalar[i].value))
            continue;
        add_bytes_field(&value, TAG, scalar[i].tag, strlen(scalar[i].tag));
        add_float_field(&value, SIMPLE_VALUE, (float)scalar[i].value);
        add_part(&summary, VALUE, &value);
    }
    if (summary.length == 0)
        return;
    add_double_field(&event, WALL_TIME, wall_s);
    add_varint_field(&event, STEP, (uint64_t)step);
    add_part(&event, SUMMARY, &summary);
    add_record(file, &event);
}

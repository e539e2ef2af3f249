#pragma once

// libopenjp2 takes its bytes, and gives its messages, by callbacks. A session decodes one part of one codestream: the library lets
// a codec decode once.

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openjpeg.h>

/// One codestream being decoded.
typedef struct copj_session {
    opj_codec_t *codec;
    opj_stream_t *stream;
    opj_image_t *_Nullable image;
    /// Up to `count` bytes from `offset` on, or -1.
    int64_t (*read)(void *context, int64_t offset, void *bytes, int64_t count);
    void *context;
    int64_t byte_count;
    int64_t position;
    /// The first error; else the first warning about pixels.
    char message[200];
    int has_error;
    int warning_count;
} copj_session;

static inline void copj_keep(copj_session *session, const char *message) {
    size_t count = strnlen(message, sizeof session->message - 1);
    while (count > 0 && (message[count - 1] == '\n' || message[count - 1] == '.')) count--;
    memcpy(session->message, message, count);
    session->message[count] = 0;
}

static inline void copj_on_error(const char *message, void *user) {
    copj_session *session = (copj_session *)user;
    // The first message is the cause.
    if (!session->has_error) copj_keep(session, message);
    session->has_error = 1;
}

static inline void copj_on_warning(const char *message, void *user) {
    copj_session *session = (copj_session *)user;
    if (!session->has_error && session->warning_count == 0) copj_keep(session, message);
    session->warning_count++;
}

static inline OPJ_SIZE_T copj_source_read(void *bytes, OPJ_SIZE_T count, void *user) {
    copj_session *session = (copj_session *)user;
    int64_t left = session->byte_count - session->position;
    if (left <= 0) return (OPJ_SIZE_T)-1;
    int64_t taken = session->read(session->context, session->position, bytes, (int64_t)count < left ? (int64_t)count : left);
    if (taken <= 0) return (OPJ_SIZE_T)-1;
    session->position += taken;
    return (OPJ_SIZE_T)taken;
}

/// The library calls it until all is skipped: at the end there must be an error, not 0.
static inline OPJ_OFF_T copj_source_skip(OPJ_OFF_T count, void *user) {
    copj_session *session = (copj_session *)user;
    int64_t left = session->byte_count - session->position;
    if (count < 0 || left <= 0) return -1;
    int64_t skipped = (int64_t)count < left ? (int64_t)count : left;
    session->position += skipped;
    return (OPJ_OFF_T)skipped;
}

static inline OPJ_BOOL copj_source_seek(OPJ_OFF_T offset, void *user) {
    copj_session *session = (copj_session *)user;
    if (offset < 0 || (int64_t)offset > session->byte_count) return OPJ_FALSE;
    session->position = (int64_t)offset;
    return OPJ_TRUE;
}

static inline void copj_close(copj_session *session) {
    if (session->image != NULL) opj_image_destroy(session->image);
    if (session->stream != NULL) opj_stream_destroy(session->stream);
    if (session->codec != NULL) opj_destroy_codec(session->codec);
    free(session);
}

/// A session on a codestream of `byte_count` bytes, without boxes around it. `context` must stay as long as the session. Null without memory.
static inline copj_session *_Nullable copj_open(
    void *context, int64_t (*read)(void *context, int64_t offset, void *bytes, int64_t count), int64_t byte_count) {
    copj_session *session = (copj_session *)calloc(1, sizeof *session);
    if (session == NULL) return NULL;
    session->context = context;
    session->read = read;
    session->byte_count = byte_count;
    session->codec = opj_create_decompress(OPJ_CODEC_J2K);
    session->stream = opj_stream_create(byte_count < 65536 ? 65536 : 1 << 20, OPJ_TRUE);
    if (session->codec == NULL || session->stream == NULL) {
        copj_close(session);
        return NULL;
    }
    opj_set_error_handler(session->codec, copj_on_error, session);
    opj_set_warning_handler(session->codec, copj_on_warning, session);
    opj_stream_set_read_function(session->stream, copj_source_read);
    opj_stream_set_skip_function(session->stream, copj_source_skip);
    opj_stream_set_seek_function(session->stream, copj_source_seek);
    opj_stream_set_user_data(session->stream, session, NULL);
    opj_stream_set_user_data_length(session->stream, (OPJ_UINT64)byte_count);
    return session;
}

/// Reads up to the first tile; 0 when that fails.
static inline int copj_read_header(copj_session *session) {
    opj_dparameters_t parameters;
    opj_set_default_decoder_parameters(&parameters);
    // A codestream that is cut off is an error.
    if (!opj_setup_decoder(session->codec, &parameters) || !opj_decoder_set_strict_mode(session->codec, OPJ_TRUE)) return 0;
    opj_image_t *image = NULL;
    if (!opj_read_header(session->stream, session->codec, &image) || image == NULL) {
        if (image != NULL) opj_image_destroy(image);
        return 0;
    }
    session->image = image;
    // What is odd in a header, such as a marker of a later part of the standard, does no harm; what is odd in pixels does.
    session->warning_count = 0;
    session->message[0] = 0;
    return 1;
}

/// Decodes a part, in coordinates of the reference grid; 0 when that fails. Once for a session.
static inline int copj_decode(copj_session *session, int32_t x0, int32_t y0, int32_t x1, int32_t y1) {
    return opj_set_decode_area(session->codec, session->image, x0, y0, x1, y1)
        && opj_decode(session->codec, session->stream, session->image);
}

static inline const char *copj_message(const copj_session *session) { return session->message; }

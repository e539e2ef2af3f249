#pragma once

// libjpeg reports errors by a callback that must not return. Every function here that can meet an error sets its own landing
// point and returns a status, so that a jump starts and ends in C and never crosses a Swift frame. A session that has failed
// stays failed.

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

enum { CJPEG_OK = 0, CJPEG_CORRUPT = 1, CJPEG_IO = 2, CJPEG_MEMORY = 3, CJPEG_UNSUPPORTED = 4 };

/// One JPEG being read from a stdio stream that the caller owns.
typedef struct cjpeg_session {
    struct jpeg_decompress_struct decoder;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    FILE *file;
    int scans_max;
    int status;
    char message[JMSG_LENGTH_MAX];
    jmp_buf landing;
} cjpeg_session;

/// What the frame header says.
typedef struct cjpeg_header {
    unsigned width;
    unsigned height;
    int components;
    /// A `J_COLOR_SPACE`.
    int colour_space;
    /// Whether the coefficients of the whole image are held until its last scan is read.
    int has_multiple_scans;
    /// Bytes of those coefficients.
    unsigned long long coefficient_bytes;
} cjpeg_header;

static inline int cjpeg_status_of(const cjpeg_session *session) {
    if (ferror(session->file)) return CJPEG_IO;
    switch (session->errors.msg_code) {
    case JERR_OUT_OF_MEMORY:
    case JERR_NO_BACKING_STORE: return CJPEG_MEMORY;
    case JERR_BAD_PRECISION:
    case JERR_SOF_UNSUPPORTED:
    case JERR_ARITH_NOTIMPL:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_CCIR601_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_COMPONENT_COUNT:
    case JERR_IMAGE_TOO_BIG: return CJPEG_UNSUPPORTED;
    // The height may follow the pixels, which libjpeg does not read.
    case JERR_EMPTY_IMAGE: return session->decoder.image_height == 0 ? CJPEG_UNSUPPORTED : CJPEG_CORRUPT;
    // The frame of JPEG-LS.
    case JERR_UNKNOWN_MARKER: return session->errors.msg_parm.i[0] == 0xF7 ? CJPEG_UNSUPPORTED : CJPEG_CORRUPT;
    default: return CJPEG_CORRUPT;
    }
}

static inline void cjpeg_fail(j_common_ptr decoder) {
    cjpeg_session *session = (cjpeg_session *)decoder->client_data;
    session->status = cjpeg_status_of(session);
    if (session->status == CJPEG_IO) snprintf(session->message, sizeof session->message, "%s", strerror(errno));
    else session->errors.format_message(decoder, session->message);
    longjmp(session->landing, 1);
}

/// Warnings after which libjpeg goes on with invented pixels are errors; the others are ignored.
static inline void cjpeg_on_message(j_common_ptr decoder, int level) {
    if (level >= 0) return;
    switch (decoder->err->msg_code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
    case JWRN_NOT_SEQUENTIAL:
    case JWRN_BOGUS_PROGRESSION: cjpeg_fail(decoder);
    default: break;
    }
}

/// A progressive file of a few bytes can hold thousands of scans over a huge image: their number is limited.
static inline void cjpeg_on_progress(j_common_ptr decoder) {
    cjpeg_session *session = (cjpeg_session *)decoder->client_data;
    if (!decoder->is_decompressor || session->decoder.input_scan_number <= session->scans_max) return;
    session->status = CJPEG_UNSUPPORTED;
    snprintf(session->message, sizeof session->message, "more than %d scans", session->scans_max);
    longjmp(session->landing, 1);
}

static inline void cjpeg_close(cjpeg_session *session) {
    jpeg_destroy_decompress(&session->decoder);
    free(session);
}

/// A new session on `file`, or NULL when memory is short. Release it with `cjpeg_close`.
__attribute__((noinline)) static cjpeg_session *cjpeg_open(FILE *file, int scans_max) {
    cjpeg_session *session = (cjpeg_session *)calloc(1, sizeof(cjpeg_session));
    if (session == NULL) return NULL;
    session->file = file;
    session->scans_max = scans_max;
    session->decoder.err = jpeg_std_error(&session->errors);
    session->errors.error_exit = cjpeg_fail;
    session->errors.emit_message = cjpeg_on_message;
    session->decoder.client_data = session;
    if (setjmp(session->landing) != 0) {
        cjpeg_close(session);
        return NULL;
    }
    jpeg_create_decompress(&session->decoder);
    session->progress.progress_monitor = cjpeg_on_progress;
    session->decoder.progress = &session->progress;
    return session;
}

/// Reads up to the first scan. Size limits are the caller's to check: nothing is allocated for rows here.
__attribute__((noinline)) static int cjpeg_read_header(cjpeg_session *session, long memory_max, cjpeg_header *header) {
    if (session->status != CJPEG_OK) return session->status;
    if (setjmp(session->landing) != 0) return session->status;
    struct jpeg_decompress_struct *decoder = &session->decoder;
    decoder->mem->max_memory_to_use = memory_max;
    jpeg_stdio_src(decoder, session->file);
    // Exif, and the start of a colour profile.
    jpeg_save_markers(decoder, JPEG_APP0 + 1, 0xFFFF);
    jpeg_save_markers(decoder, JPEG_APP0 + 2, 0xFFFF);
    jpeg_read_header(decoder, TRUE);
    header->width = decoder->image_width;
    header->height = decoder->image_height;
    header->components = decoder->num_components;
    header->colour_space = decoder->jpeg_color_space;
    header->has_multiple_scans = jpeg_has_multiple_scans(decoder);
    header->coefficient_bytes = 0;
    for (int component = 0; component < decoder->num_components; component++) {
        const jpeg_component_info *plane = &decoder->comp_info[component];
        // One block more each way than the plane needs: the last MCU may be padded.
        header->coefficient_bytes += (unsigned long long)(plane->width_in_blocks + plane->h_samp_factor)
            * (plane->height_in_blocks + plane->v_samp_factor) * DCTSIZE2 * sizeof(JCOEF);
    }
    return CJPEG_OK;
}

/// What a marker holds after `name`, of `name_length` bytes: `count` bytes, which stay as long as the session. Null without it.
static inline const unsigned char *_Nullable cjpeg_marker(
    const cjpeg_session *session, int number, const char *name, long name_length, long *count) {
    for (jpeg_saved_marker_ptr marker = session->decoder.marker_list; marker != NULL; marker = marker->next) {
        if (marker->marker != JPEG_APP0 + number || (long)marker->data_length < name_length) continue;
        if (memcmp(marker->data, name, (size_t)name_length) != 0) continue;
        *count = (long)marker->data_length - name_length;
        return marker->data + name_length;
    }
    return NULL;
}

/// Starts decoding to grey (1 channel) or RGB (3 channels), with the accurate integer transform.
__attribute__((noinline)) static int cjpeg_begin_rows(cjpeg_session *session, int channels) {
    if (session->status != CJPEG_OK) return session->status;
    if (setjmp(session->landing) != 0) return session->status;
    session->decoder.out_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    session->decoder.dct_method = JDCT_ISLOW;
    jpeg_start_decompress(&session->decoder);
    if (session->decoder.output_components != channels) ERREXIT(&session->decoder, JERR_CONVERSION_NOTIMPL);
    return CJPEG_OK;
}

/// Decodes `count` rows into `rows`.
__attribute__((noinline)) static int cjpeg_read_rows(
    cjpeg_session *session, unsigned char *rows, size_t row_bytes, size_t count) {
    if (session->status != CJPEG_OK) return session->status;
    if (setjmp(session->landing) != 0) return session->status;
    for (size_t row = 0; row < count; row++) {
        JSAMPROW destination = rows + row * row_bytes;
        jpeg_read_scanlines(&session->decoder, &destination, 1);
    }
    return CJPEG_OK;
}

/// Reads what follows the last row, to the end marker.
__attribute__((noinline)) static int cjpeg_read_end(cjpeg_session *session) {
    if (session->status != CJPEG_OK) return session->status;
    if (setjmp(session->landing) != 0) return session->status;
    jpeg_finish_decompress(&session->decoder);
    return CJPEG_OK;
}

/// The reason of the failure, one line of text.
static inline const char *cjpeg_message(const cjpeg_session *session) { return session->message; }

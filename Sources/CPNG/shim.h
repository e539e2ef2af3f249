#pragma once

// libpng reports errors by longjmp. Every function here that can meet an error sets its own landing point and returns a
// status, so that a jump starts and ends in C and never crosses a Swift frame. A session that has failed stays failed:
// later calls return the same status and leave libpng alone.

#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { CPNG_OK = 0, CPNG_CORRUPT = 1, CPNG_IO = 2, CPNG_MEMORY = 3 };

/// One PNG being read or written through a stdio stream that the caller owns.
typedef struct cpng_session {
    png_structp png;
    png_infop info;
    FILE *file;
    int is_writer;
    int passes;
    int status;
    char message[160];
    jmp_buf landing;
} cpng_session;

/// What IHDR and PLTE say, and pHYs of a file that is written.
typedef struct cpng_header {
    png_uint_32 width;
    png_uint_32 height;
    int bit_depth;
    int colour_type;
    int is_interlaced;
    /// Whether a colour, or colours of the palette, are transparent.
    int has_transparency;
    int palette_count;
    png_color palette[256];
    /// 0 for none.
    png_uint_32 pixels_per_metre_x;
    png_uint_32 pixels_per_metre_y;
} cpng_header;

static inline PNG_NORETURN void cpng_fail(cpng_session *session, int status, const char *message) {
    session->status = status;
    snprintf(session->message, sizeof session->message, "%s", message);
    longjmp(session->landing, 1);
}

static inline PNG_NORETURN void cpng_on_error(png_structp png, png_const_charp message) {
    cpng_session *session = (cpng_session *)png_get_error_ptr(png);
    int is_memory = strstr(message, "ut of memory") != NULL || strstr(message, "nsufficient memory") != NULL;
    cpng_fail(session, is_memory ? CPNG_MEMORY : CPNG_CORRUPT, message);
}

static inline void cpng_on_warning(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

static inline void cpng_on_read(png_structp png, png_bytep bytes, size_t count) {
    cpng_session *session = (cpng_session *)png_get_io_ptr(png);
    errno = 0;
    if (fread(bytes, 1, count, session->file) == count) return;
    if (ferror(session->file)) cpng_fail(session, CPNG_IO, strerror(errno));
    cpng_fail(session, CPNG_CORRUPT, "the file ends early");
}

static inline void cpng_on_write(png_structp png, png_bytep bytes, size_t count) {
    cpng_session *session = (cpng_session *)png_get_io_ptr(png);
    errno = 0;
    if (fwrite(bytes, 1, count, session->file) != count) cpng_fail(session, CPNG_IO, strerror(errno));
}

static inline void cpng_on_flush(png_structp png) { (void)png; }

static inline void cpng_close(cpng_session *session) {
    if (session->is_writer) png_destroy_write_struct(&session->png, &session->info);
    else png_destroy_read_struct(&session->png, &session->info, NULL);
    free(session);
}

/// A new session on `file`, or NULL when memory is short. Release it with `cpng_close`.
static inline cpng_session *cpng_open(FILE *file, int is_writer) {
    cpng_session *session = (cpng_session *)calloc(1, sizeof(cpng_session));
    if (session == NULL) return NULL;
    session->file = file;
    session->is_writer = is_writer;
    session->png = is_writer
        ? png_create_write_struct(PNG_LIBPNG_VER_STRING, session, cpng_on_error, cpng_on_warning)
        : png_create_read_struct(PNG_LIBPNG_VER_STRING, session, cpng_on_error, cpng_on_warning);
    if (session->png != NULL) session->info = png_create_info_struct(session->png);
    if (session->info == NULL) {
        cpng_close(session);
        return NULL;
    }
    return session;
}

/// Reads up to the first IDAT. Size limits are the caller's to check: nothing is allocated for rows here.
__attribute__((noinline)) static int cpng_read_header(
    cpng_session *session, size_t chunk_bytes_max, unsigned chunk_count_max, cpng_header *header) {
    if (session->status != CPNG_OK) return session->status;
    if (setjmp(session->landing) != 0) return session->status;
    png_structp png = session->png;
    png_set_read_fn(png, session, cpng_on_read);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_chunk_malloc_max(png, chunk_bytes_max);
    png_set_chunk_cache_max(png, chunk_count_max);
    // A negative count: every ancillary chunk but tRNS is skipped unread, known to libpng or not.
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_read_info(png, session->info);
    header->width = png_get_image_width(png, session->info);
    header->height = png_get_image_height(png, session->info);
    header->bit_depth = png_get_bit_depth(png, session->info);
    header->colour_type = png_get_color_type(png, session->info);
    header->is_interlaced = png_get_interlace_type(png, session->info) != PNG_INTERLACE_NONE;
    header->has_transparency = png_get_valid(png, session->info, PNG_INFO_tRNS) != 0;
    header->palette_count = 0;
    png_colorp palette = NULL;
    int palette_count = 0;
    if (header->colour_type == PNG_COLOR_TYPE_PALETTE
        && png_get_PLTE(png, session->info, &palette, &palette_count) != 0 && palette_count <= 256) {
        memcpy(header->palette, palette, (size_t)palette_count * sizeof(png_color));
        header->palette_count = palette_count;
    }
    return CPNG_OK;
}

/// What tRNS says.
typedef struct cpng_transparency {
    /// Whether there is a transparent grey level or colour.
    int has_colour;
    png_uint_16 grey, red, green, blue;
    /// Of the palette's colours, the first ones.
    int opacity_count;
    png_byte opacities[256];
} cpng_transparency;

/// Reads it once the header is read. Nothing here can fail.
static inline void cpng_read_transparency(cpng_session *session, cpng_transparency *transparency) {
    memset(transparency, 0, sizeof *transparency);
    png_bytep opacities = NULL;
    int count = 0;
    png_color_16p colour = NULL;
    if (session->status != CPNG_OK || png_get_tRNS(session->png, session->info, &opacities, &count, &colour) == 0) return;
    if (png_get_color_type(session->png, session->info) == PNG_COLOR_TYPE_PALETTE) {
        if (opacities == NULL || count < 0 || count > 256) return;
        memcpy(transparency->opacities, opacities, (size_t)count);
        transparency->opacity_count = count;
    } else if (colour != NULL) {
        transparency->has_colour = 1;
        transparency->grey = colour->gray;
        transparency->red = colour->red;
        transparency->green = colour->green;
        transparency->blue = colour->blue;
    }
}

/// The form of decoded rows: colour (palette and small greys expanded to 8 bits, alpha dropped), stored values (grey levels, palette
/// indices, colours and alpha, one byte or one 16-bit word each), or colour with alpha, also of transparent colours.
enum { CPNG_COLOUR = 0, CPNG_STORED = 1, CPNG_COLOUR_AND_ALPHA = 2 };

/// Chooses the form of the decoded rows, which must then be `row_bytes` long.
__attribute__((noinline)) static int cpng_begin_rows(cpng_session *session, int form, size_t row_bytes) {
    if (session->status != CPNG_OK) return session->status;
    if (setjmp(session->landing) != 0) return session->status;
    png_structp png = session->png;
    int colour_type = png_get_color_type(png, session->info);
    int bit_depth = png_get_bit_depth(png, session->info);
    if (form == CPNG_STORED) {
        png_set_packing(png);
    } else {
        if (colour_type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
        if (colour_type == PNG_COLOR_TYPE_GRAY && bit_depth < 8) png_set_expand_gray_1_2_4_to_8(png);
        if (form == CPNG_COLOUR) png_set_strip_alpha(png);
        else if (png_get_valid(png, session->info, PNG_INFO_tRNS)) png_set_tRNS_to_alpha(png);
    }
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (bit_depth == 16) png_set_swap(png);
#endif
    session->passes = png_set_interlace_handling(png);
    png_read_update_info(png, session->info);
    if (png_get_rowbytes(png, session->info) != row_bytes) png_error(png, "unexpected row size");
    return CPNG_OK;
}

/// Decodes `count` rows into `rows`. An interlaced image takes all its rows in one call.
__attribute__((noinline)) static int cpng_read_rows(
    cpng_session *session, png_bytep rows, size_t row_bytes, size_t count) {
    if (session->status != CPNG_OK) return session->status;
    if (setjmp(session->landing) != 0) return session->status;
    for (int pass = 0; pass < session->passes; pass++)
        for (size_t row = 0; row < count; row++) png_read_row(session->png, rows + row * row_bytes, NULL);
    return CPNG_OK;
}

/// Reads what follows the last row, to IEND.
__attribute__((noinline)) static int cpng_read_end(cpng_session *session) {
    if (session->status != CPNG_OK) return session->status;
    if (setjmp(session->landing) != 0) return session->status;
    png_read_end(session->png, NULL);
    return CPNG_OK;
}

/// Writes everything before the first row.
__attribute__((noinline)) static int cpng_write_header(cpng_session *session, const cpng_header *header) {
    if (session->status != CPNG_OK) return session->status;
    if (setjmp(session->landing) != 0) return session->status;
    png_structp png = session->png;
    png_set_write_fn(png, session, cpng_on_write, cpng_on_flush);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_check_for_invalid_index(png, 0);
    // The difference to the row above, packed as runs: on label maps and on photographs faster than zlib's level 1 and
    // smaller than its level 6.
    png_set_compression_level(png, 1);
    png_set_compression_strategy(png, Z_RLE);
    png_set_compression_buffer_size(png, 65536);
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_UP);
    png_set_IHDR(
        png, session->info, header->width, header->height, header->bit_depth, header->colour_type, PNG_INTERLACE_NONE,
        PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (header->palette_count > 0) png_set_PLTE(png, session->info, header->palette, header->palette_count);
    if (header->pixels_per_metre_x > 0)
        png_set_pHYs(
            png, session->info, header->pixels_per_metre_x, header->pixels_per_metre_y, PNG_RESOLUTION_METER);
    png_write_info(png, session->info);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (header->bit_depth == 16) png_set_swap(png);
#endif
    return CPNG_OK;
}

/// Encodes `count` rows.
__attribute__((noinline)) static int cpng_write_rows(
    cpng_session *session, const unsigned char *rows, size_t row_bytes, size_t count) {
    if (session->status != CPNG_OK) return session->status;
    if (setjmp(session->landing) != 0) return session->status;
    for (size_t row = 0; row < count; row++) png_write_row(session->png, rows + row * row_bytes);
    return CPNG_OK;
}

/// Writes the end of the compressed data and IEND; the stream still has to be flushed.
__attribute__((noinline)) static int cpng_write_end(cpng_session *session) {
    if (session->status != CPNG_OK) return session->status;
    if (setjmp(session->landing) != 0) return session->status;
    png_write_end(session->png, NULL);
    return CPNG_OK;
}

/// The reason of the failure, one line of text.
static inline const char *cpng_message(const cpng_session *session) { return session->message; }

#pragma once

// libtiff's fields are got and set by functions of variable arguments, which Swift does not call, and its messages come by a
// callback of variable arguments. Each session keeps its own last message.

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>
#include <unistd.h>

#ifdef __linux__
/// A GNU extension, which the C library's headers hide; to ask for all of them here would give the modules that share these
/// headers two versions of their types.
void *memmem(const void *bytes, size_t count, const void *part, size_t part_count);
#endif

/// One TIFF being read or written.
typedef struct ctiff_session {
    TIFF *tiff;
    char message[200];
    /// Of a source that is no file: how it is read, and how far.
    void *context;
    int64_t (*read)(void *context, int64_t offset, void *bytes, int64_t count);
    int64_t byte_count;
    int64_t position;
} ctiff_session;

/// What a directory says of its image.
typedef struct ctiff_directory {
    uint32_t width;
    uint32_t height;
    uint16_t bits_per_sample;
    uint16_t samples_per_pixel;
    uint16_t sample_format;
    uint16_t planar_config;
    uint16_t photometric;
    uint16_t compression;
    /// 0 where the directory does not say it.
    uint16_t orientation;
    int is_tiled;
    /// Of a tile, or of a strip.
    uint32_t chunk_width;
    uint32_t chunk_height;
    uint32_t chunk_count;
    /// Decoded.
    int64_t chunk_bytes;
    uint16_t extra_count;
    uint16_t extra_types[1024];
} ctiff_directory;

static inline int ctiff_on_error(TIFF *tiff, void *user, const char *module, const char *format, va_list arguments) {
    (void)tiff;
    (void)module;
    ctiff_session *session = (ctiff_session *)user;
    // The first message is the cause.
    if (session->message[0] == 0) vsnprintf(session->message, sizeof session->message, format, arguments);
    return 1;
}

static inline int ctiff_on_warning(TIFF *tiff, void *user, const char *module, const char *format, va_list arguments) {
    (void)tiff;
    (void)user;
    (void)module;
    (void)format;
    (void)arguments;
    return 1;
}

/// Opens a descriptor, which the session owns from then on, also when it fails. Null without memory.
///
/// `memory_max`: bytes of one allocation. `mode`: as libtiff's. `session->tiff` is null when the content is no TIFF.
static inline ctiff_session *ctiff_open(int descriptor, const char *name, const char *mode, int64_t memory_max) {
    ctiff_session *session = (ctiff_session *)calloc(1, sizeof *session);
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (session == NULL || options == NULL) {
        free(session);
        if (options != NULL) TIFFOpenOptionsFree(options);
        close(descriptor);
        return NULL;
    }
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, (tmsize_t)memory_max);
    TIFFOpenOptionsSetErrorHandlerExtR(options, ctiff_on_error, session);
    TIFFOpenOptionsSetWarningHandlerExtR(options, ctiff_on_warning, session);
    session->tiff = TIFFFdOpenExt(descriptor, name, mode, options);
    TIFFOpenOptionsFree(options);
    if (session->tiff == NULL) close(descriptor);
    return session;
}

static inline tmsize_t ctiff_source_read(thandle_t handle, void *bytes, tmsize_t count) {
    ctiff_session *session = (ctiff_session *)handle;
    int64_t taken = session->read(session->context, session->position, bytes, count);
    if (taken > 0) session->position += taken;
    return (tmsize_t)taken;
}

static inline tmsize_t ctiff_source_write(thandle_t handle, void *bytes, tmsize_t count) {
    (void)handle;
    (void)bytes;
    (void)count;
    return -1;
}

static inline toff_t ctiff_source_seek(thandle_t handle, toff_t offset, int origin) {
    ctiff_session *session = (ctiff_session *)handle;
    if (origin == SEEK_SET) session->position = (int64_t)offset;
    if (origin == SEEK_CUR) session->position += (int64_t)offset;
    if (origin == SEEK_END) session->position = session->byte_count + (int64_t)offset;
    return (toff_t)session->position;
}

static inline int ctiff_source_close(thandle_t handle) {
    (void)handle;
    return 0;
}

static inline toff_t ctiff_source_size(thandle_t handle) { return (toff_t)((ctiff_session *)handle)->byte_count; }

/// Opens what `read` gives: up to `count` bytes from `offset` on, or -1. `context` must stay as long as the session. Null without memory.
static inline ctiff_session *ctiff_open_source(
    void *context, int64_t (*read)(void *context, int64_t offset, void *bytes, int64_t count), int64_t byte_count, const char *name,
    int64_t memory_max) {
    ctiff_session *session = (ctiff_session *)calloc(1, sizeof *session);
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (session == NULL || options == NULL) {
        free(session);
        if (options != NULL) TIFFOpenOptionsFree(options);
        return NULL;
    }
    session->context = context;
    session->read = read;
    session->byte_count = byte_count;
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, (tmsize_t)memory_max);
    TIFFOpenOptionsSetErrorHandlerExtR(options, ctiff_on_error, session);
    TIFFOpenOptionsSetWarningHandlerExtR(options, ctiff_on_warning, session);
    session->tiff = TIFFClientOpenExt(
        name, "rm", (thandle_t)session, ctiff_source_read, ctiff_source_write, ctiff_source_seek, ctiff_source_close, ctiff_source_size,
        NULL, NULL, options);
    TIFFOpenOptionsFree(options);
    return session;
}

static inline void ctiff_close(ctiff_session *session) {
    if (session->tiff != NULL) TIFFClose(session->tiff);
    free(session);
}

static inline const char *ctiff_message(const ctiff_session *session) { return session->message; }

/// JPEG 2000, which libtiff does not decode: of Aperio, of Bio-Formats, and the usual one.
static inline int ctiff_is_jpeg2000(uint16_t compression) {
    return compression == 33003 || compression == 33004 || compression == 33005 || compression == 34712;
}

/// Bytes of a chunk of whole samples, where libtiff would count thinned out colours; 0 where they cannot be counted.
static inline int64_t ctiff_plain_chunk_bytes(const ctiff_directory *directory) {
    int64_t samples = directory->planar_config == PLANARCONFIG_SEPARATE ? 1 : directory->samples_per_pixel;
    int64_t row = ((int64_t)directory->chunk_width * samples * directory->bits_per_sample + 7) / 8;
    int64_t bytes = 0;
    return __builtin_mul_overflow(row, (int64_t)directory->chunk_height, &bytes) ? 0 : bytes;
}

/// Reads what the current directory says; 0 when a field is missing or contradicts another.
static inline int ctiff_read_directory(ctiff_session *session, ctiff_directory *directory) {
    TIFF *tiff = session->tiff;
    memset(directory, 0, sizeof *directory);
    if (!TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &directory->width)) return 0;
    if (!TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &directory->height)) return 0;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &directory->bits_per_sample);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &directory->samples_per_pixel);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &directory->sample_format);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &directory->planar_config);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &directory->compression);
    if (!TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &directory->photometric)) directory->photometric = PHOTOMETRIC_MINISBLACK;
    if (!TIFFGetField(tiff, TIFFTAG_ORIENTATION, &directory->orientation)) directory->orientation = 0;
    uint16_t count = 0;
    uint16_t *types = NULL;
    if (TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &count, &types) && types != NULL) {
        directory->extra_count = count;
        for (uint16_t index = 0; index < count && index < 1024; index++) directory->extra_types[index] = types[index];
    }
    // JPEG holds colours as luminance and differences; asked for as colours, the codec converts them.
    if (directory->compression == COMPRESSION_JPEG && directory->photometric == PHOTOMETRIC_YCBCR) {
        TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
        directory->photometric = PHOTOMETRIC_RGB;
    }
    directory->is_tiled = TIFFIsTiled(tiff);
    if (directory->is_tiled) {
        if (!TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &directory->chunk_width)) return 0;
        if (!TIFFGetField(tiff, TIFFTAG_TILELENGTH, &directory->chunk_height)) return 0;
        directory->chunk_count = TIFFNumberOfTiles(tiff);
        directory->chunk_bytes = TIFFTileSize(tiff);
    } else {
        TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &directory->chunk_height);
        if (directory->chunk_height > directory->height) directory->chunk_height = directory->height;
        directory->chunk_width = directory->width;
        directory->chunk_count = TIFFNumberOfStrips(tiff);
        directory->chunk_bytes = TIFFStripSize(tiff);
    }
    if (ctiff_is_jpeg2000(directory->compression)) directory->chunk_bytes = ctiff_plain_chunk_bytes(directory);
    return directory->chunk_width > 0 && directory->chunk_height > 0 && directory->chunk_count > 0 && directory->chunk_bytes > 0;
}

/// Where the current directory's pixels begin, if they are not compressed and lie in one piece of `byte_count` bytes; otherwise 0.
static inline uint64_t ctiff_contiguous_offset(ctiff_session *session, uint64_t byte_count) {
    TIFF *tiff = session->tiff;
    uint16_t compression = 0, fill_order = 0;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &compression);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_FILLORDER, &fill_order);
    if (compression != COMPRESSION_NONE || fill_order != FILLORDER_MSB2LSB || TIFFIsTiled(tiff)) return 0;
    uint32_t count = TIFFNumberOfStrips(tiff);
    uint64_t first = TIFFGetStrileOffset(tiff, 0), bytes = 0;
    for (uint32_t index = 0; index < count; index++) {
        if (TIFFGetStrileOffset(tiff, index) - first != bytes) return 0;
        bytes += TIFFGetStrileByteCount(tiff, index);
    }
    // Of a single strip, which begins where the stack does, some programs state the bytes of the whole stack, or none.
    return count == 1 || bytes == byte_count ? first : 0;
}

/// One directory of a file's chain, as far as it tells what it is.
typedef struct ctiff_entry {
    uint64_t offset;
    uint32_t subfile_type;
    uint16_t sub_count;
    uint64_t sub_offsets[32];
} ctiff_entry;

/// Reads what the current directory of the chain is.
static inline void ctiff_read_entry(ctiff_session *session, ctiff_entry *entry) {
    TIFF *tiff = session->tiff;
    memset(entry, 0, sizeof *entry);
    entry->offset = TIFFCurrentDirOffset(tiff);
    if (!TIFFGetField(tiff, TIFFTAG_SUBFILETYPE, &entry->subfile_type)) {
        uint16_t old = 0;
        // The older field says 2 for a reduced resolution.
        if (TIFFGetField(tiff, TIFFTAG_OSUBFILETYPE, &old) && old == OFILETYPE_REDUCEDIMAGE)
            entry->subfile_type = FILETYPE_REDUCEDIMAGE;
    }
    uint16_t count = 0;
    uint64_t *offsets = NULL;
    if (TIFFGetField(tiff, TIFFTAG_SUBIFD, &count, &offsets) && offsets != NULL) {
        entry->sub_count = count < 32 ? count : 32;
        for (uint16_t index = 0; index < entry->sub_count; index++) entry->sub_offsets[index] = offsets[index];
    }
}

/// Goes on to the next directory of the chain; 0 when there is none that can be read.
static inline int ctiff_next_directory(ctiff_session *session) {
    session->message[0] = 0;
    return TIFFReadDirectory(session->tiff);
}

/// Goes to the directory at an offset.
static inline int ctiff_go_to_directory(ctiff_session *session, uint64_t offset) {
    session->message[0] = 0;
    return TIFFSetSubDirectory(session->tiff, offset);
}

/// The description of the current directory; null without one.
static inline const char *_Nullable ctiff_description(ctiff_session *session) {
    char *text = NULL;
    return TIFFGetField(session->tiff, TIFFTAG_IMAGEDESCRIPTION, &text) ? text : NULL;
}

/// A text field of the current directory; null without it.
static inline const char *_Nullable ctiff_text(ctiff_session *session, uint32_t tag) {
    char *text = NULL;
    return TIFFGetField(session->tiff, tag, &text) ? text : NULL;
}

/// Copies a text field that libtiff may not know; 0 without it. What does not fit is cut off.
static inline int ctiff_copy_text(ctiff_session *session, uint32_t tag, char *target, size_t size) {
    const TIFFField *field = TIFFFieldWithTag(session->tiff, tag);
    if (field == NULL || TIFFFieldDataType(field) != TIFF_ASCII || size == 0) return 0;
    const char *text = NULL;
    size_t count = 0;
    if (TIFFFieldPassCount(field)) {
        uint32_t stored = 0;
        if (!TIFFGetField(session->tiff, tag, &stored, &text) || text == NULL) return 0;
        count = strnlen(text, stored);
    } else {
        if (!TIFFGetField(session->tiff, tag, &text) || text == NULL) return 0;
        count = strlen(text);
    }
    if (count > size - 1) count = size - 1;
    memcpy(target, text, count);
    target[count] = 0;
    return 1;
}

/// Whether the current directory has a field that libtiff does not know.
static inline int ctiff_has_field(ctiff_session *session, uint32_t tag) {
    for (int index = 0; index < TIFFGetTagListCount(session->tiff); index++)
        if (TIFFGetTagListEntry(session->tiff, index) == tag) return 1;
    return 0;
}

/// Whether the current directory's XML packet holds some text.
static inline int ctiff_packet_holds(ctiff_session *session, const char *text) {
    uint32_t count = 0;
    void *bytes = NULL;
    if (!TIFFGetField(session->tiff, TIFFTAG_XMLPACKET, &count, &bytes) || bytes == NULL) return 0;
    return memmem(bytes, count, text, strlen(text)) != NULL;
}

/// The colour map's three columns of `1 << bits` entries; 0 without one.
static inline int ctiff_colour_map(
    ctiff_session *session, const uint16_t *_Nullable *_Nonnull red, const uint16_t *_Nullable *_Nonnull green,
    const uint16_t *_Nullable *_Nonnull blue) {
    uint16_t *r = NULL, *g = NULL, *b = NULL;
    if (!TIFFGetField(session->tiff, TIFFTAG_COLORMAP, &r, &g, &b)) return 0;
    *red = r;
    *green = g;
    *blue = b;
    return r != NULL && g != NULL && b != NULL;
}

/// Decodes a tile or strip; the number of bytes, or -1.
static inline int64_t ctiff_read_chunk(ctiff_session *session, int is_tiled, uint32_t index, void *bytes, int64_t count) {
    session->message[0] = 0;
    return is_tiled ? TIFFReadEncodedTile(session->tiff, index, bytes, (tmsize_t)count)
                    : TIFFReadEncodedStrip(session->tiff, index, bytes, (tmsize_t)count);
}

/// Reads a tile or strip as it is stored; the number of bytes, or -1.
static inline int64_t ctiff_read_packed_chunk(ctiff_session *session, int is_tiled, uint32_t index, void *bytes, int64_t count) {
    session->message[0] = 0;
    return is_tiled ? TIFFReadRawTile(session->tiff, index, bytes, (tmsize_t)count)
                    : TIFFReadRawStrip(session->tiff, index, bytes, (tmsize_t)count);
}

/// Decodes one row of one plane; 1, or -1.
static inline int ctiff_read_row(ctiff_session *session, void *bytes, uint32_t row, uint16_t plane) {
    session->message[0] = 0;
    return TIFFReadScanline(session->tiff, bytes, row, plane);
}

static inline int64_t ctiff_row_bytes(ctiff_session *session) { return TIFFScanlineSize(session->tiff); }

static inline int ctiff_set_u16(ctiff_session *session, uint32_t tag, uint16_t value) {
    return TIFFSetField(session->tiff, tag, (int)value);
}

static inline int ctiff_set_u32(ctiff_session *session, uint32_t tag, uint32_t value) {
    return TIFFSetField(session->tiff, tag, value);
}

static inline int ctiff_set_text(ctiff_session *session, uint32_t tag, const char *value) {
    return TIFFSetField(session->tiff, tag, value);
}

/// Three columns of 256 entries, or of 65536 for 16 bits.
static inline int ctiff_set_colour_map(ctiff_session *session, const uint16_t *red, const uint16_t *green, const uint16_t *blue) {
    return TIFFSetField(session->tiff, TIFFTAG_COLORMAP, red, green, blue);
}

/// Writes a tile that is compressed already.
static inline int64_t ctiff_write_packed_tile(ctiff_session *session, uint32_t index, void *bytes, int64_t count) {
    session->message[0] = 0;
    return TIFFWriteRawTile(session->tiff, index, bytes, (tmsize_t)count);
}

/// Ends the current directory, and begins the next.
static inline int ctiff_write_directory(ctiff_session *session) {
    session->message[0] = 0;
    return TIFFWriteDirectory(session->tiff);
}

static inline int ctiff_flush(ctiff_session *session) {
    session->message[0] = 0;
    return TIFFFlush(session->tiff);
}

/// The values of a field that libtiff does not know, if they are of this type, and how many; null without it.
///
/// libtiff describes such fields by what it finds in the file. They are valid until the session goes to another directory.
static inline const void *_Nullable ctiff_values(ctiff_session *session, uint32_t tag, TIFFDataType type, uint32_t *_Nonnull count) {
    const TIFFField *field = TIFFFindField(session->tiff, tag, TIFF_ANY);
    if (field == NULL || TIFFFieldDataType(field) != type || !TIFFFieldPassCount(field)) return NULL;
    void *values = NULL;
    uint16_t short_count = 0;
    int found;
    *count = 0;
    if (TIFFFieldReadCount(field) == TIFF_VARIABLE2) {
        found = TIFFGetField(session->tiff, tag, count, &values);
    } else {
        found = TIFFGetField(session->tiff, tag, &short_count, &values);
        *count = short_count;
    }
    return found ? values : NULL;
}

/// The value of a field that holds one fraction, which has no sign; -1 without it.
static inline double ctiff_fraction(ctiff_session *session, uint32_t tag) {
    float value = 0;
    return TIFFGetField(session->tiff, tag, &value) ? value : -1;
}

/// The unit of the current directory's resolution; 0 where it does not say it.
static inline uint16_t ctiff_resolution_unit(ctiff_session *session) {
    uint16_t unit = 0;
    return TIFFGetField(session->tiff, TIFFTAG_RESOLUTIONUNIT, &unit) ? unit : 0;
}

static inline int ctiff_set_fraction(ctiff_session *session, uint32_t tag, double value) {
    return TIFFSetField(session->tiff, tag, value);
}

/// Announces so many directories below the current one: the next ones that are written.
static inline int ctiff_set_below(ctiff_session *session, uint16_t count) {
    uint64_t *offsets = (uint64_t *)calloc(count, sizeof *offsets);
    if (offsets == NULL) return 0;
    int is_set = TIFFSetField(session->tiff, TIFFTAG_SUBIFD, count, offsets);
    free(offsets);
    return is_set;
}

/// Tells libtiff of GeoTIFF's fields, so that they can be set in the current directory: it forgets them with each.
static inline int ctiff_know_geo_fields(ctiff_session *session) {
    static const TIFFFieldInfo fields[] = {
        {33550, TIFF_VARIABLE2, TIFF_VARIABLE2, TIFF_DOUBLE, FIELD_CUSTOM, 1, 1, "ModelPixelScale"},
        {33922, TIFF_VARIABLE2, TIFF_VARIABLE2, TIFF_DOUBLE, FIELD_CUSTOM, 1, 1, "ModelTiepoint"},
        {34264, TIFF_VARIABLE2, TIFF_VARIABLE2, TIFF_DOUBLE, FIELD_CUSTOM, 1, 1, "ModelTransformation"},
        {34735, TIFF_VARIABLE2, TIFF_VARIABLE2, TIFF_SHORT, FIELD_CUSTOM, 1, 1, "GeoKeyDirectory"},
        {34736, TIFF_VARIABLE2, TIFF_VARIABLE2, TIFF_DOUBLE, FIELD_CUSTOM, 1, 1, "GeoDoubleParams"},
        {34737, TIFF_VARIABLE, TIFF_VARIABLE, TIFF_ASCII, FIELD_CUSTOM, 1, 0, "GeoAsciiParams"},
    };
    return TIFFMergeFieldInfo(session->tiff, fields, sizeof fields / sizeof fields[0]) == 0;
}

/// Sets a field of `count` values of its type.
static inline int ctiff_set_values(ctiff_session *session, uint32_t tag, uint32_t count, const void *values) {
    return TIFFSetField(session->tiff, tag, count, values);
}

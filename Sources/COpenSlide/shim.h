#pragma once

// OpenSlide brings forty other libraries: it is loaded when the first slide is opened, so that programs which read none start no
// later, and machines without it read everything else.

#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

typedef struct _openslide openslide_t;

/// The functions of OpenSlide that are used, as its header declares them.
typedef struct copenslide_library {
    const char *_Nullable (*_Nonnull detect_vendor)(const char *_Nonnull path);
    openslide_t *_Nullable (*_Nonnull open)(const char *_Nonnull path);
    int32_t (*_Nonnull get_level_count)(openslide_t *_Nonnull slide);
    void (*_Nonnull get_level_dimensions)(openslide_t *_Nonnull slide, int32_t level, int64_t *_Nonnull width, int64_t *_Nonnull height);
    double (*_Nonnull get_level_downsample)(openslide_t *_Nonnull slide, int32_t level);
    /// Pixels of a level, premultiplied ARGB in the machine's order; `x` and `y` are of level 0.
    void (*_Nonnull read_region)(
        openslide_t *_Nonnull slide, uint32_t *_Nonnull pixels, int64_t x, int64_t y, int32_t level, int64_t width, int64_t height);
    const char *_Nullable (*_Nonnull get_error)(openslide_t *_Nonnull slide);
    const char *_Nullable (*_Nonnull get_property_value)(openslide_t *_Nonnull slide, const char *_Nonnull name);
    void (*_Nonnull close)(openslide_t *_Nonnull slide);
} copenslide_library;

/// Loads the library; 0 where it is not installed.
static inline int copenslide_load(copenslide_library *_Nonnull library) {
    void *handle = dlopen("libopenslide.so.0", RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) handle = dlopen("libopenslide.so.1", RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) return 0;
    static const char *const names[] = {
        "openslide_detect_vendor", "openslide_open", "openslide_get_level_count", "openslide_get_level_dimensions",
        "openslide_get_level_downsample", "openslide_read_region", "openslide_get_error", "openslide_get_property_value",
        "openslide_close",
    };
    void **target = (void **)library;
    for (size_t index = 0; index < sizeof names / sizeof *names; index++) {
        target[index] = dlsym(handle, names[index]);
        if (target[index] == NULL) return 0;
    }
    return 1;
}

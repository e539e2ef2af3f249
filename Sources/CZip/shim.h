#pragma once

#include <string.h>
#include <zip.h>

/// Bytes of a name, without the zero at its end.
static inline long zip_name_byte_count(const char *name) { return (long)strlen(name); }

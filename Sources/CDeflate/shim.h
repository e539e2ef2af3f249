#pragma once

// The library neither jumps nor hides functions that are needed behind macros: its header is used as it is.

#include <libdeflate.h>

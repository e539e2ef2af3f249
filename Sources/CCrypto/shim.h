#pragma once

// The library neither jumps nor hides functions that are needed behind macros: its headers are used as they are.

#include <openssl/crypto.h>
#include <openssl/evp.h>

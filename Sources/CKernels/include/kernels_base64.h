#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Base64 (RFC 4648, the standard alphabet) at the speed of memory: 24 bytes are 32 characters, in portable clang vectors.
//
// A lane of 32 bits holds four characters, or the 24 bits that they stand for. Both functions do whole groups only and leave the
// last few bytes, the padding and every odd character to the caller.

#pragma clang assume_nonnull begin

#define BASE64_INLINE static inline __attribute__((always_inline))

typedef uint8_t base64_u8x32 __attribute__((ext_vector_type(32)));
typedef uint32_t base64_u32x8 __attribute__((ext_vector_type(8)));

/// All bits set in the bytes that are `first` or one of the `count - 1` characters after it.
BASE64_INLINE base64_u8x32 base64_in_range(base64_u8x32 value, uint8_t first, uint8_t count) {
    return (base64_u8x32)((base64_u8x32)(value - first) < count);
}

/// Characters of 6-bit values.
BASE64_INLINE base64_u8x32 base64_characters(base64_u8x32 value) {
    base64_u8x32 lower = (base64_u8x32)(value >= 26), digit = (base64_u8x32)(value >= 52);
    base64_u8x32 plus = (base64_u8x32)(value == 62), slash = (base64_u8x32)(value == 63);
    // From one range to the next the distance between value and character changes by these steps.
    return value + (uint8_t)'A' + (lower & (uint8_t)('a' - 26 - 'A')) + (digit & (uint8_t)('0' - 52 - 'a' + 26))
        + (plus & (uint8_t)('+' - 62 - '0' + 52)) + (slash & (uint8_t)('/' - 63 - '0' + 52));
}

/// Encodes groups of 24 bytes as 32 characters as long as 32 bytes can be read; returns the bytes that were taken.
static inline ptrdiff_t base64_encode_groups(const uint8_t *source, ptrdiff_t count, uint8_t *target) {
    ptrdiff_t taken = 0;
    for (; taken + 32 <= count; taken += 24, target += 32) {
        base64_u8x32 bytes;
        memcpy(&bytes, source + taken, sizeof bytes);
        // Three bytes a lane, the first one uppermost; what the lane's top byte holds is shifted out.
        base64_u32x8 lanes = (base64_u32x8)__builtin_shufflevector(
            bytes, bytes, 2, 1, 0, 0, 5, 4, 3, 3, 8, 7, 6, 6, 11, 10, 9, 9, 14, 13, 12, 12, 17, 16, 15, 15, 20, 19, 18, 18, 23, 22,
            21, 21);
        base64_u32x8 values = (lanes >> 18 & 0x3f) | (lanes >> 4 & 0x3f00) | (lanes << 10 & 0x3f0000) | (lanes << 24 & 0x3f000000);
        base64_u8x32 characters = base64_characters((base64_u8x32)values);
        memcpy(target, &characters, sizeof characters);
    }
    return taken;
}

/// Decodes groups of 32 characters to 24 bytes, of which 32 are written, up to the first group with a character outside the
/// alphabet; returns the characters that were taken. `target` has room for `room` bytes.
static inline ptrdiff_t base64_decode_groups(const uint8_t *source, ptrdiff_t count, uint8_t *target, ptrdiff_t room) {
    ptrdiff_t taken = 0, written = 0;
    for (; taken + 32 <= count && written + 32 <= room; taken += 32, written += 24) {
        base64_u8x32 characters;
        memcpy(&characters, source + taken, sizeof characters);
        base64_u8x32 upper = base64_in_range(characters, 'A', 26), lower = base64_in_range(characters, 'a', 26);
        base64_u8x32 digit = base64_in_range(characters, '0', 10);
        base64_u8x32 plus = (base64_u8x32)(characters == '+'), slash = (base64_u8x32)(characters == '/');
        if (__builtin_reduce_and(upper | lower | digit | plus | slash) != 0xff) break;
        base64_u8x32 values = characters
            + ((upper & (uint8_t)(0 - 'A')) | (lower & (uint8_t)(26 - 'a')) | (digit & (uint8_t)(52 - '0'))
               | (plus & (uint8_t)(62 - '+')) | (slash & (uint8_t)(63 - '/')));
        base64_u32x8 lanes = (base64_u32x8)values;
        base64_u32x8 bits = lanes << 18 | (lanes << 4 & 0x3f000) | (lanes >> 10 & 0xfc0) | lanes >> 24;
        base64_u8x32 bytes = (base64_u8x32)bits;
        bytes = __builtin_shufflevector(
            bytes, bytes, 2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, 18, 17, 16, 22, 21, 20, 26, 25, 24, 30, 29, 28, 0, 0, 0, 0, 0, 0, 0,
            0);
        memcpy(target + written, &bytes, sizeof bytes);
    }
    return taken;
}

#pragma clang assume_nonnull end

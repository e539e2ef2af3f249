#pragma once

// Eight-lane float arithmetic for the feature kernels, on clang's generic vectors, so that one source serves AVX2 and NEON.
//
// Every function is one IEEE operation per lane, or a fixed sequence of them, so that results have the same bits on every
// machine: a multiplication and an addition are fused where the name says so and nowhere else.

#include <stddef.h>
#include <stdint.h>

#pragma STDC FP_CONTRACT OFF

typedef float f32x8 __attribute__((ext_vector_type(8)));
typedef int32_t i32x8 __attribute__((ext_vector_type(8)));
typedef uint16_t u16x8 __attribute__((ext_vector_type(8)));
typedef float f32x4 __attribute__((ext_vector_type(4)));
typedef int32_t i32x4 __attribute__((ext_vector_type(4)));
typedef double f64x2 __attribute__((ext_vector_type(2)));
typedef int32_t i32x16 __attribute__((ext_vector_type(16)));
typedef uint8_t u8x16 __attribute__((ext_vector_type(16)));

#define KERNEL static inline __attribute__((always_inline))

/// Eight floats from any address.
KERNEL f32x8 f32x8_load(const float *_Nonnull source) {
    f32x8 value;
    __builtin_memcpy(&value, source, sizeof value);
    return value;
}

/// Eight floats to any address.
KERNEL void f32x8_store(f32x8 value, float *_Nonnull target) { __builtin_memcpy(target, &value, sizeof value); }

KERNEL f32x8 f32x8_repeat(float value) { return (f32x8)(value); }
KERNEL f32x8 f32x8_add(f32x8 a, f32x8 b) { return a + b; }
KERNEL f32x8 f32x8_subtract(f32x8 a, f32x8 b) { return a - b; }
KERNEL f32x8 f32x8_multiply(f32x8 a, f32x8 b) { return a * b; }

/// a · b + c with one rounding.
KERNEL f32x8 f32x8_fused(f32x8 a, f32x8 b, f32x8 c) { return __builtin_elementwise_fma(a, b, c); }

/// Correctly rounded square root.
KERNEL f32x8 f32x8_root(f32x8 a) { return __builtin_elementwise_sqrt(a); }

KERNEL f32x8 f32x8_divide(f32x8 a, f32x8 b) { return a / b; }

/// `a` where it is below `b`, else `b`: one rule for zeros of both signs and for NaN on every machine.
KERNEL f32x8 f32x8_lesser(f32x8 a, f32x8 b) {
    i32x8 below = a < b;
    return __builtin_bit_cast(f32x8, (__builtin_bit_cast(i32x8, a) & below) | (__builtin_bit_cast(i32x8, b) & ~below));
}

/// `a` where it is above `b`, else `b`.
KERNEL f32x8 f32x8_greater(f32x8 a, f32x8 b) {
    i32x8 above = a > b;
    return __builtin_bit_cast(f32x8, (__builtin_bit_cast(i32x8, a) & above) | (__builtin_bit_cast(i32x8, b) & ~above));
}

/// Eight unsigned 16-bit values as floats, which hold them exactly.
KERNEL f32x8 f32x8_from_u16(const uint16_t *_Nonnull source) {
    u16x8 value;
    __builtin_memcpy(&value, source, sizeof value);
    return __builtin_convertvector(value, f32x8);
}

/// The whole parts of eight lanes, which lie in the range of the integers.
KERNEL void f32x8_store_whole(f32x8 value, int32_t *_Nonnull target) {
    i32x8 whole = __builtin_convertvector(value, i32x8);
    __builtin_memcpy(target, &whole, sizeof whole);
}

/// Lanes limited to 0 ... `high`; a NaN becomes `high`.
KERNEL f32x8 f32x8_limit(f32x8 value, f32x8 high) {
    i32x8 bits = __builtin_bit_cast(i32x8, value);
    i32x8 below = value < high;
    bits = (bits & below) | (__builtin_bit_cast(i32x8, high) & ~below);
    f32x8 limited = __builtin_bit_cast(f32x8, bits);
    i32x8 positive = limited > (f32x8)(0.0f);
    return __builtin_bit_cast(f32x8, bits & positive);
}

/// Bins of four values: each value's cell holds a threshold (low half, a float) and a count (high half); a value above the
/// threshold counts one more. Two cell indices are read at once, and two cells make one vector.
KERNEL i32x4 f32x4_bins(const float *_Nonnull values, const int32_t *_Nonnull indices, const double *_Nonnull cells) {
    uint64_t first, second;
    __builtin_memcpy(&first, indices, sizeof first);
    __builtin_memcpy(&second, indices + 2, sizeof second);
    f32x4 low = __builtin_bit_cast(f32x4, (f64x2){cells[(uint32_t)first], cells[first >> 32]});
    f32x4 high = __builtin_bit_cast(f32x4, (f64x2){cells[(uint32_t)second], cells[second >> 32]});
    f32x4 thresholds = __builtin_shufflevector(low, high, 0, 2, 4, 6);
    i32x4 counts = __builtin_bit_cast(i32x4, __builtin_shufflevector(low, high, 1, 3, 5, 7));
    f32x4 value;
    __builtin_memcpy(&value, values, sizeof value);
    return counts - (value > thresholds);
}

/// Bins of sixteen values, as `f32x4_bins`, to sixteen bytes.
KERNEL void f32x16_store_bins(
    const float *_Nonnull values, const int32_t *_Nonnull indices, const double *_Nonnull cells, uint8_t *_Nonnull target) {
    i32x4 a = f32x4_bins(values, indices, cells), b = f32x4_bins(values + 4, indices + 4, cells);
    i32x4 c = f32x4_bins(values + 8, indices + 8, cells), d = f32x4_bins(values + 12, indices + 12, cells);
    i32x8 ab = __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7);
    i32x8 cd = __builtin_shufflevector(c, d, 0, 1, 2, 3, 4, 5, 6, 7);
    i32x16 all = __builtin_shufflevector(ab, cd, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) & 255;
    u8x16 bytes = __builtin_convertvector(all, u8x16);
    __builtin_memcpy(target, &bytes, sizeof bytes);
}

/// Brings the cache line of an address nearer; the address need not be valid.
KERNEL void prefetch_line(const void *_Nonnull address) { __builtin_prefetch(address); }

/// Lanes 0, 1 and 4, 5 (`LOW`) or 2, 3 and 6, 7 (`HIGH`) of two vectors, taken in turn.
#define INTERLEAVE_LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define INTERLEAVE_HIGH(a, b) __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
/// The same for pairs of lanes.
#define PAIRS_LOW(a, b) __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define PAIRS_HIGH(a, b) __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
/// The lower or the upper halves of two vectors.
#define HALVES_LOW(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11)
#define HALVES_HIGH(a, b) __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15)

/// Eight rows of eight floats, written as columns; `sourceStride` and `targetStride` are in floats.
KERNEL void f32x8_transpose(
    const float *_Nonnull source, ptrdiff_t sourceStride, float *_Nonnull target, ptrdiff_t targetStride) {
    f32x8 r0 = f32x8_load(source), r1 = f32x8_load(source + sourceStride);
    f32x8 r2 = f32x8_load(source + 2 * sourceStride), r3 = f32x8_load(source + 3 * sourceStride);
    f32x8 r4 = f32x8_load(source + 4 * sourceStride), r5 = f32x8_load(source + 5 * sourceStride);
    f32x8 r6 = f32x8_load(source + 6 * sourceStride), r7 = f32x8_load(source + 7 * sourceStride);
    f32x8 a0 = INTERLEAVE_LOW(r0, r1), a1 = INTERLEAVE_HIGH(r0, r1), a2 = INTERLEAVE_LOW(r2, r3), a3 = INTERLEAVE_HIGH(r2, r3);
    f32x8 a4 = INTERLEAVE_LOW(r4, r5), a5 = INTERLEAVE_HIGH(r4, r5), a6 = INTERLEAVE_LOW(r6, r7), a7 = INTERLEAVE_HIGH(r6, r7);
    f32x8 b0 = PAIRS_LOW(a0, a2), b1 = PAIRS_HIGH(a0, a2), b2 = PAIRS_LOW(a1, a3), b3 = PAIRS_HIGH(a1, a3);
    f32x8 b4 = PAIRS_LOW(a4, a6), b5 = PAIRS_HIGH(a4, a6), b6 = PAIRS_LOW(a5, a7), b7 = PAIRS_HIGH(a5, a7);
    f32x8_store(HALVES_LOW(b0, b4), target);
    f32x8_store(HALVES_LOW(b1, b5), target + targetStride);
    f32x8_store(HALVES_LOW(b2, b6), target + 2 * targetStride);
    f32x8_store(HALVES_LOW(b3, b7), target + 3 * targetStride);
    f32x8_store(HALVES_HIGH(b0, b4), target + 4 * targetStride);
    f32x8_store(HALVES_HIGH(b1, b5), target + 5 * targetStride);
    f32x8_store(HALVES_HIGH(b2, b6), target + 6 * targetStride);
    f32x8_store(HALVES_HIGH(b3, b7), target + 7 * targetStride);
}

#undef HALVES_HIGH
#undef HALVES_LOW
#undef PAIRS_HIGH
#undef PAIRS_LOW
#undef INTERLEAVE_HIGH
#undef INTERLEAVE_LOW
#undef KERNEL

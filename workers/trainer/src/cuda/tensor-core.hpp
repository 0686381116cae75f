// Products of small matrices by one warp on the tensor cores (PTX ISA, mma.sync). With g = lane / 4 and t = lane % 4,
// the lane's part of a 16 x 8 result is rows g and g + 8, columns 2t and 2t + 1: {(g, 2t), (g, 2t+1), (g+8, 2t), (g+8,
// 2t+1)}.
#pragma once
#include "cuda/primitives.hpp"

namespace etalon::cuda {

#ifdef ETALON_CUDA_EMULATED

// Two values rounded to bf16 (nearest even), the first in the low half.
inline uint32_t bf16Pair(float low, float high) {
  const auto round = [](float x) {
    const uint32_t bits = __float_as_uint(x);
    return x != x ? 0x7FFFu : (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
  };
  return round(low) | round(high) << 16;
}

// Rounded to tf32: 10 bits of fraction, nearest, ties away from zero.
inline uint32_t roundToTf32(float x) {
  const uint32_t bits = __float_as_uint(x);
  return (bits & 0x7F800000) == 0x7F800000 ? bits : (bits + 0x1000) & 0xFFFFE000;
}

inline void multiplyBf16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  struct Registers {
    uint32_t a[4], b[2];
  } own{{a[0], a[1], a[2], a[3]}, {b[0], b[1]}};
  const unsigned char* all = emulation::exchange(&own, sizeof own);
  const unsigned g = emulation::lane() / 4, t = emulation::lane() % 4;
  const auto half = [](uint32_t pair, unsigned k) { return __uint_as_float(k % 2 ? pair & 0xFFFF0000 : pair << 16); };
  // Register of A: (row / 8) + 2 (k / 8), of lane 4 (row % 8) + k % 8 / 2; of B: k / 8, of lane 4 column + k % 8 / 2.
  for (unsigned i = 0; i < 4; i++) {
    const unsigned column = 2 * t + i % 2;
    for (unsigned k = 0; k < 16; k++) {
      const auto ofA = emulation::fromLane<Registers>(all, 4 * g + k % 8 / 2),
                 ofB = emulation::fromLane<Registers>(all, 4 * column + k % 8 / 2);
      d[i] += half(ofA.a[i / 2 + 2 * (k / 8)], k) * half(ofB.b[k / 8], k);
    }
  }
}

inline void multiplyTf32(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  struct Registers {
    uint32_t a[4], b[2];
  } own{{a[0], a[1], a[2], a[3]}, {b[0], b[1]}};
  const unsigned char* all = emulation::exchange(&own, sizeof own);
  const unsigned g = emulation::lane() / 4, t = emulation::lane() % 4;
  for (unsigned i = 0; i < 4; i++)
    for (unsigned k = 0; k < 8; k++) {
      const auto ofA = emulation::fromLane<Registers>(all, 4 * g + k % 4),
                 ofB = emulation::fromLane<Registers>(all, 4 * (2 * t + i % 2) + k % 4);
      d[i] += __uint_as_float(ofA.a[i / 2 + 2 * (k / 4)] & 0xFFFFE000) * __uint_as_float(ofB.b[k / 4] & 0xFFFFE000);
    }
}

#else

__device__ inline uint32_t bf16Pair(float low, float high) {
  uint32_t pair;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
  return pair;
}

__device__ inline uint32_t roundToTf32(float x) {
  uint32_t bits;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(x));
  return bits;
}

// Volatile: all lanes must take part, so the compiler must not move it below a condition that is not the whole warp's.

/// d += a b for a 16 x 16 (rows) and b 16 x 8 (columns) of bf16 pairs, fp32 sums.
__device__ inline void multiplyBf16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

/// d += a b for a 16 x 8 and b 8 x 8 of tf32, fp32 sums.
__device__ inline void multiplyTf32(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

#endif

/// `Count` numbers as tf32 and, where `Exact`, the tf32 of what that leaves out: together 21 bits of fraction.
template <int Count, bool Exact>
struct Split {
  uint32_t big[Count], small[Exact ? Count : 1];

  __device__ void set(int i, float x) {
    big[i] = roundToTf32(x);
    if (Exact) small[i] = roundToTf32(x - __uint_as_float(big[i]));
  }
};

/// d += a b of 16 x 8 and 8 x 8 to about the precision of fp32: the product of the two small parts is left out.
__device__ inline void multiplySplit(float (&d)[4], const Split<4, true>& a, const Split<2, true>& b) {
  multiplyTf32(d, a.small, b.big);
  multiplyTf32(d, a.big, b.small);
  multiplyTf32(d, a.big, b.big);
}
__device__ inline void multiplySplit(float (&d)[4], const Split<4, false>& a, const Split<2, false>& b) {
  multiplyTf32(d, a.big, b.big);
}

}  // namespace etalon::cuda

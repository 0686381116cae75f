// Vectors of kLanes floats by the compiler's vector extension, and a vector exponential.
// Included once per instruction set, inside that set's namespace.

constexpr int kLanes = ETALON_LANES;
typedef float Vec __attribute__((vector_size(4 * ETALON_LANES)));
typedef int32_t IntVec __attribute__((vector_size(4 * ETALON_LANES)));
typedef float UnalignedVec __attribute__((vector_size(4 * ETALON_LANES), aligned(4), may_alias));

static inline Vec load(const float* p) { return *reinterpret_cast<const UnalignedVec*>(p); }
static inline void store(float* p, Vec v) { *reinterpret_cast<UnalignedVec*>(p) = v; }
static inline Vec broadcast(float x) { return x - Vec{}; }
typedef int32_t UnalignedIntVec __attribute__((vector_size(4 * ETALON_LANES), aligned(4), may_alias));
static inline IntVec loadInts(const int32_t* p) { return *reinterpret_cast<const UnalignedIntVec*>(p); }
static inline void storeInts(int32_t* p, IntVec v) { *reinterpret_cast<UnalignedIntVec*>(p) = v; }
static inline Vec maximum(Vec a, Vec b) { return a > b ? a : b; }

typedef float Vec4 __attribute__((vector_size(16)));
typedef float Vec8 __attribute__((vector_size(32)));
typedef float UnalignedVec8 __attribute__((vector_size(32), aligned(4), may_alias));
static inline Vec8 load8(const float* p) { return *reinterpret_cast<const UnalignedVec8*>(p); }
static inline void store8(float* p, Vec8 v) { *reinterpret_cast<UnalignedVec8*>(p) = v; }

// Halves the vector until four lanes are left; combine(low half, high half) in a fixed order.
template <class Combine>
static inline float reduceLanes(Vec v, Combine combine) {
  Vec4 four;
#if ETALON_LANES == 16
  const Vec8 eight = combine(__builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7),
                             __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15));
#elif ETALON_LANES == 8
  const Vec8 eight = v;
#endif
#if ETALON_LANES == 4
  four = v;
#else
  four = combine(__builtin_shufflevector(eight, eight, 0, 1, 2, 3), __builtin_shufflevector(eight, eight, 4, 5, 6, 7));
#endif
  four = combine(four, __builtin_shufflevector(four, four, 2, 3, 0, 1));
  four = combine(four, __builtin_shufflevector(four, four, 1, 0, 3, 2));
  return four[0];
}

static inline float horizontalSum(Vec v) {
  return reduceLanes(v, [](auto low, auto high) { return low + high; });
}

static inline float horizontalMax(Vec v) {
  return reduceLanes(v, [](auto low, auto high) { return low > high ? low : high; });
}

// e^x to about 2 ulp: 2^n times a degree-6 polynomial on [-ln2/2, ln2/2]. NaN stays NaN, because both clamps keep
// their argument when the comparison is false; divergence must not be hidden here.
static inline Vec exponential(Vec x) {
  const Vec high = broadcast(88.0f), low = broadcast(-87.0f), shift = broadcast(12582912.0f);
  x = x > high ? high : x;
  x = x < low ? low : x;
  const Vec t = x * 1.44269504f + shift;
  const Vec n = t - shift;
  Vec r = x - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  Vec p = broadcast(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + (r + 1.0f);
  const IntVec exponent = (reinterpret_cast<IntVec>(t) - 0x4B400000 + 127) << 23;
  return p * reinterpret_cast<Vec>(exponent);
}

// Loads n < kLanes floats, the rest filled; for row ends.
static inline Vec loadPartial(const float* p, int64_t n, float fill) {
  float lanes[kLanes];
  for (int i = 0; i < kLanes; i++) lanes[i] = i < n ? p[i] : fill;
  return load(lanes);
}

static inline void storePartial(float* p, int64_t n, Vec v) {
  float lanes[kLanes];
  store(lanes, v);
  for (int64_t i = 0; i < n; i++) p[i] = lanes[i];
}

constexpr int32_t kHighHalf = -65536;

// bf16 by rounding to nearest even, in the high halves; NaN stays NaN.
template <class Ints>
static inline Ints roundToBf16(Ints bits) {
  const Ints rounded = bits + 0x7FFF + ((bits >> 16) & 1);
  return (bits & 0x7FFFFFFF) > 0x7F800000 ? bits | 0x400000 : rounded;
}

// Two vectors as bf16 in one, `even` in the low halves. The instruction takes what is smaller than the least normal
// number for zero, as those that multiply do.
static inline IntVec bf16Pairs(Vec even, Vec odd) {
#ifdef ETALON_BF16
  const auto widened = [](Vec x) {
    return _mm512_cvtepu16_epi32(reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(reinterpret_cast<__m512>(x))));
  };
  return reinterpret_cast<IntVec>(_mm512_or_si512(widened(even), _mm512_slli_epi32(widened(odd), 16)));
#else
  const IntVec low = roundToBf16(reinterpret_cast<IntVec>(even)), high = roundToBf16(reinterpret_cast<IntVec>(odd));
  return ((low >> 16) & 0xFFFF) | (high & kHighHalf);
#endif
}

static inline int32_t bf16Pair(float even, float odd) {
  const int32_t low = roundToBf16(__builtin_bit_cast(int32_t, even)),
                high = roundToBf16(__builtin_bit_cast(int32_t, odd));
  return ((low >> 16) & 0xFFFF) | (high & kHighHalf);
}

// Two rows of floats, or one and zeros, to a row of pairs; `to` may be where `even` is.
template <int Columns>
static inline void storeRowPairs(const float* even, const float* odd, int32_t* to) {
#pragma GCC unroll 2
  for (int v = 0; v < Columns; v += kLanes) storeInts(to + v, bf16Pairs(load(even + v), odd ? load(odd + v) : Vec{}));
}

// 2 kLanes neighbours as kLanes pairs.
static inline void storeNeighbourPairs(const float* from, int32_t* to) {
#ifdef ETALON_BF16
  const __m512bh pairs =
      _mm512_cvtne2ps_pbh(reinterpret_cast<__m512>(load(from + kLanes)), reinterpret_cast<__m512>(load(from)));
  storeInts(to, reinterpret_cast<IntVec>(pairs));
#else
  for (int i = 0; i < kLanes; i++) to[i] = bf16Pair(from[2 * i], from[2 * i + 1]);
#endif
}

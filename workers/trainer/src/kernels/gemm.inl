// Matrix products by register tiles of kTileRows x kPanel. An untransposed fp32 A is never copied: its elements are
// broadcast. The order of the sum over k is fixed (ascending, cut every kDepthBlock), so results do not depend on who
// calls.
//
// bf16: both operands are rounded to nearest even while they are copied, two consecutive k to a 32-bit lane, k even in
// the low half; sums are fp32. Without the instruction for it the pairs are multiplied one half after the other.

constexpr int kTileRows = ETALON_TILE_ROWS;
constexpr int kPanelVectors = 2;
constexpr int kPanel = kPanelVectors * kLanes;
constexpr int64_t kDepthBlock = 512;
constexpr int64_t kRowBlock = 264;  // rows of A copied at a time, which stay in the second-level cache
constexpr int64_t kWideRow = 64;    // floats between rows of B from which a panel is copied first
constexpr int64_t kWideColumn = 512;  // floats between rows of a transposed A from which its tiles are copied first
static_assert(kRowBlock % kTileRows == 0 && kTileRows <= kLanes && kLanes <= 16);

// Of a product in float, or in pairs of bf16: what a lane of an operand is, and how many k it holds.
template <bool Bf16>
struct Operand {
  typedef float Element;
  typedef Vec Lanes;
  static constexpr int64_t kDepth = 1;
};
template <>
struct Operand<true> {
  typedef int32_t Element;
  typedef IntVec Lanes;
  static constexpr int64_t kDepth = 2;
};

static inline Vec loadOperand(const float* p) { return load(p); }
static inline IntVec loadOperand(const int32_t* p) { return loadInts(p); }
static inline Vec broadcastOperand(float x) { return broadcast(x); }
static inline IntVec broadcastOperand(int32_t x) { return x - IntVec{}; }
static inline Vec multiplyAdd(Vec sum, Vec a, Vec b) { return sum + a * b; }
static inline Vec multiplyAdd(Vec sum, IntVec a, IntVec b) {
#ifdef ETALON_BF16
  return reinterpret_cast<Vec>(
      _mm512_dpbf16_ps(reinterpret_cast<__m512>(sum), reinterpret_cast<__m512bh>(a), reinterpret_cast<__m512bh>(b)));
#else
  sum += reinterpret_cast<Vec>(a & kHighHalf) * reinterpret_cast<Vec>(b & kHighHalf);
  return sum + reinterpret_cast<Vec>(a << 16) * reinterpret_cast<Vec>(b << 16);
#endif
}

// Twelve sums hide the latency of a multiply-add and leave registers for its operands.
template <class Step>
static double runProbe(int64_t rounds, int64_t depth, float* sink, Step step) {
  constexpr int kSums = 12;
  Vec sum[kSums];
#pragma GCC unroll 12
  for (int i = 0; i < kSums; i++) sum[i] = broadcast(float(i));
  for (int64_t round = 0; round < rounds; round++) {
#pragma GCC unroll 12
    for (int i = 0; i < kSums; i++) sum[i] = step(sum[i]);
  }
#pragma GCC unroll 12
  for (int i = 0; i < kSums; i++) *sink += horizontalSum(sum[i]);
  return 2.0 * double(rounds * kSums * kLanes * depth);
}

static double probe(int64_t rounds, bool bf16, float* sink) {
  // The operands come from memory and the sum is a factor: nothing can be moved out of the loop.
  const Vec factor = broadcast(sink[0]), term = broadcast(sink[1]);
#ifdef ETALON_BF16
  if (bf16)
    return runProbe(rounds, 2, sink, [&](Vec sum) {
      return multiplyAdd(sum, reinterpret_cast<IntVec>(factor), reinterpret_cast<IntVec>(term));
    });
#else
  (void)bf16;
#endif
  return runProbe(rounds, 1, sink, [&](Vec sum) { return sum * factor + term; });
}

template <class Element>
struct Tile {
  const Element* a;
  int64_t lda;
  const Element* b;
  int64_t ldb;
  float* c;
  int64_t ldc;
  int64_t columns;
  int64_t k;  // elements
  float alpha;
  bool accumulate;
};

// Adds or stores one row of a tile that is narrower than a panel.
static void storeNarrowRow(float* c, int64_t columns, float alpha, bool accumulate, const Vec* sum) {
  float values[kPanel];
  for (int v = 0; v * kLanes < columns; v++) store(values + v * kLanes, sum[v] * alpha);
  for (int64_t j = 0; j < columns; j++) c[j] = accumulate ? c[j] + values[j] : values[j];
}

// Every loop over the tile is unrolled by name: left to itself the compiler keeps `sum` in memory, which was measured
// to cost a fifth of the time at width 32.
// A tile of at most kLanes columns is one vector wide. Not inlined, as every caller would get a copy of all tiles.
template <int Rows, int Vectors, bool TransposeA, class Element>
__attribute__((noinline)) static void computeTile(const Tile<Element>& t) {
  typedef decltype(loadOperand(t.b)) Lanes;
  Vec sum[Rows][Vectors];
#pragma GCC unroll 16
  for (int i = 0; i < Rows; i++) {
    __builtin_prefetch(t.c + i * t.ldc, 1);
#pragma GCC unroll 2
    for (int v = 0; v < Vectors; v++) sum[i][v] = Vec{};
  }
  const int64_t lda = t.lda, ldb = t.ldb;
  constexpr int kGroup = 3;  // rows reached from one pointer by the addressing modes 0, lda, 2 lda
  constexpr int kGroups = (Rows + kGroup - 1) / kGroup;
  const Element* a[kGroups];
#pragma GCC unroll 8
  for (int g = 0; g < kGroups; g++) a[g] = t.a + (TransposeA ? 0 : g * kGroup * lda);
  const Element* b = t.b;
  for (int64_t p = 0; p < t.k; p++) {
    Lanes column[Vectors];
#pragma GCC unroll 2
    for (int v = 0; v < Vectors; v++) column[v] = loadOperand(b + v * kLanes);
#pragma GCC unroll 16
    for (int i = 0; i < Rows; i++) {
      const Lanes element = broadcastOperand(TransposeA ? a[0][i] : a[i / kGroup][i % kGroup * lda]);
#pragma GCC unroll 2
      for (int v = 0; v < Vectors; v++) sum[i][v] = multiplyAdd(sum[i][v], element, column[v]);
    }
#pragma GCC unroll 8
    for (int g = 0; g < kGroups; g++) a[g] += TransposeA ? lda : 1;
    b += ldb;
  }
#pragma GCC unroll 16
  for (int i = 0; i < Rows; i++) {
    float* c = t.c + i * t.ldc;
    if (t.columns < Vectors * kLanes) {
      storeNarrowRow(c, t.columns, t.alpha, t.accumulate, sum[i]);
      continue;
    }
#pragma GCC unroll 2
    for (int v = 0; v < Vectors; v++) {
      const Vec value = sum[i][v] * t.alpha;
      store(c + v * kLanes, t.accumulate ? load(c + v * kLanes) + value : value);
    }
  }
}

template <int Rows, bool TransposeA, class Element>
static inline void dispatchTile(int64_t rows, const Tile<Element>& t) {
  if (rows >= Rows)
    return t.columns > kLanes ? computeTile<Rows, kPanelVectors, TransposeA>(t) : computeTile<Rows, 1, TransposeA>(t);
  if constexpr (Rows > 1) dispatchTile<Rows - 1, TransposeA>(rows, t);
}

// Copies a panel of B next to each other in memory. Rows a power of two apart share a few cache sets, and a panel of
// them falls out of the first-level cache between two tiles.
static inline void copyPanel(const float* b, int64_t ldb, int64_t depth, float* packed) {
  for (int64_t p = 0; p < depth; p++)
#pragma GCC unroll 2
    for (int v = 0; v < kPanelVectors; v++) store(packed + p * kPanel + v * kLanes, load(b + p * ldb + v * kLanes));
}

static inline void copyPanel(const float* b, int64_t ldb, int64_t depth, int32_t* packed) {
  for (int64_t p = 0; p < depth; p += 2, packed += kPanel)
    storeRowPairs<kPanel>(b + p * ldb, p + 1 < depth ? b + (p + 1) * ldb : nullptr, packed);
}

// Elements between copied tiles of a transposed A; the odd cache line keeps them off the same cache sets.
static inline int64_t tileStride(int64_t elements) { return elements * kTileRows + 16; }

// Copies rows of a transposed A [depth, rows] tile by tile, as [tile, depth, kTileRows].
static inline void copyTransposed(const float* a, int64_t lda, int64_t rows, int64_t depth, float* packed) {
  for (int64_t p = 0; p < depth; p++, a += lda) {
    float* to = packed + p * kTileRows;
    int64_t i = 0;
    for (; i + kTileRows <= rows; i += kTileRows, to += tileStride(depth))
      __builtin_memcpy(to, a + i, kTileRows * sizeof(float));
    for (int64_t r = 0; i + r < rows; r++) to[r] = a[i + r];
  }
}

static inline void copyTransposed(const float* a, int64_t lda, int64_t rows, int64_t depth, int32_t* packed) {
  const int64_t pairs = (depth + 1) / 2;
  for (int64_t p = 0; p < depth; p += 2, a += 2 * lda) {
    const bool odd = p + 1 < depth;
    int32_t* to = packed + p / 2 * kTileRows;
    int64_t i = 0;
    // The lanes that are too many fall on the next pairs of the tile, which are written later, or on its padding.
    for (; i + kLanes <= rows; i += kTileRows, to += tileStride(pairs))
      storeInts(to, bf16Pairs(load(a + i), odd ? load(a + lda + i) : Vec{}));
    for (; i < rows; i += kTileRows, to += tileStride(pairs))
      for (int64_t r = 0; r < kTileRows && i + r < rows; r++) to[r] = bf16Pair(a[i + r], odd ? a[lda + i + r] : 0.0f);
  }
}

// Copies rows of an untransposed A as pairs, kDepthBlock / 2 to a row.
static inline void copyRows(const float* a, int64_t lda, int64_t rows, int64_t depth, int32_t* packed) {
  for (int64_t i = 0; i < rows; i++, a += lda, packed += kDepthBlock / 2) {
    int64_t p = 0;
    for (; p + 2 * kLanes <= depth; p += 2 * kLanes) storeNeighbourPairs(a + p, packed + p / 2);
    for (; p + 1 < depth; p += 2) packed[p / 2] = bf16Pair(a[p], a[p + 1]);
    if (depth % 2) packed[depth / 2] = bf16Pair(a[depth - 1], 0.0f);
  }
}

// Which operands of a product are copied; bf16 copies what is not rounded.
template <bool TransposeA, bool Bf16>
struct Copies {
  explicit Copies(const GemmCall& g)
      : a(Bf16 || (TransposeA && g.lda >= kWideColumn)), b(Bf16 ? !g.rounded : g.ldb >= kWideRow) {}
  bool a, b;
};

// The rows of one block of A against one panel of B, tile by tile.
template <bool TransposeA, class Element>
static inline void multiplyPanel(Tile<Element> tile, int64_t rows, int64_t stride, const Element* a, float* c) {
  for (int64_t i = 0; i < rows; i += kTileRows, a += stride) {
    tile.a = a;
    tile.c = c + i * tile.ldc;
    dispatchTile<kTileRows, TransposeA>(rows - i, tile);
  }
}

template <bool TransposeA, bool Bf16>
static void gemmBlocked(const GemmCall& g) {
  typedef typename Operand<Bf16>::Element Element;
  constexpr int64_t step = Operand<Bf16>::kDepth, rowElements = kDepthBlock / step;
  alignas(64) Element panel[rowElements * kPanel];
  alignas(64) Element copied[TransposeA || Bf16 ? kRowBlock / kTileRows * (rowElements * kTileRows + 16) : 1];
  const Copies<TransposeA, Bf16> copies(g);
  const int64_t rowBlock = copies.a ? kRowBlock : g.m;
  for (int64_t p = 0; p < g.k; p += kDepthBlock) {
    const int64_t depth = g.k - p < kDepthBlock ? g.k - p : kDepthBlock, elements = (depth + step - 1) / step;
    for (int64_t first = 0; first < g.m; first += rowBlock) {
      const int64_t rows = g.m - first < rowBlock ? g.m - first : rowBlock;
      const float* source = g.a + (TransposeA ? p * g.lda + first : first * g.lda + p);
      const Element* a = copied;
      int64_t lda = TransposeA ? kTileRows : rowElements;
      int64_t stride = TransposeA ? tileStride(elements) : kTileRows * rowElements;
      if (copies.a) {
        if constexpr (TransposeA) copyTransposed(source, g.lda, rows, depth, copied);
        else if constexpr (Bf16) copyRows(source, g.lda, rows, depth, copied);
      } else if constexpr (!Bf16) {
        a = source, lda = g.lda, stride = TransposeA ? kTileRows : kTileRows * g.lda;
      }
      for (int64_t j = 0; j < g.n; j += kPanel) {
        const float* b = g.b + (j / kPanel) * g.panelStride + (g.rounded ? p / 2 : p) * g.ldb;
        Tile<Element> tile{nullptr, lda,     panel,    kPanel,  nullptr,
                           g.ldc,   g.n - j, elements, g.alpha, g.accumulate || p > 0};
        if (copies.b) copyPanel(b, g.ldb, depth, panel);
        else tile.b = reinterpret_cast<const Element*>(b), tile.ldb = g.ldb;
        multiplyPanel<TransposeA>(tile, rows, stride, a, g.c + first * g.ldc + j);
      }
    }
  }
}

static void gemm(const GemmCall& g) {
  if (g.k == 0 && !g.accumulate)
    for (int64_t i = 0; i < g.m; i++)
      for (int64_t j = 0; j < g.n; j++) g.c[i * g.ldc + j] = 0.0f;
  if (g.bf16) return g.transposeA ? gemmBlocked<true, true>(g) : gemmBlocked<false, true>(g);
  return g.transposeA ? gemmBlocked<true, false>(g) : gemmBlocked<false, false>(g);
}

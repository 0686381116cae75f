// Matrix products by register tiles of kTileRows x kPanel. A is never packed: its elements are broadcast.
// The order of the sum over k is fixed (ascending, cut every kDepthBlock), so results do not depend on who calls.

constexpr int kTileRows = ETALON_TILE_ROWS;
constexpr int kPanelVectors = 2;
constexpr int kPanel = kPanelVectors * kLanes;
constexpr int64_t kDepthBlock = 256;
constexpr int64_t kWideRow = 64;  // floats between rows of B from which a panel is copied first

struct Tile {
  const float* a;
  int64_t lda;
  const float* b;
  int64_t ldb;
  float* c;
  int64_t ldc;
  int64_t columns;
  int64_t k;
  float alpha;
  bool accumulate;
};

// Adds or stores one row of a tile that is narrower than a panel.
static void storeNarrowRow(const Tile& t, int row, const Vec* sum) {
  float values[kPanel];
  for (int v = 0; v < kPanelVectors; v++) store(values + v * kLanes, sum[v] * t.alpha);
  float* c = t.c + row * t.ldc;
  for (int64_t j = 0; j < t.columns; j++) c[j] = t.accumulate ? c[j] + values[j] : values[j];
}

// Every loop over the tile is unrolled by name: left to itself the compiler keeps `sum` in memory, which was measured
// to cost a fifth of the time at width 32.
template <int Rows, bool TransposeA>
static inline void computeTile(const Tile& t) {
  Vec sum[Rows][kPanelVectors];
#pragma GCC unroll 16
  for (int i = 0; i < Rows; i++)
#pragma GCC unroll 2
    for (int v = 0; v < kPanelVectors; v++) sum[i][v] = Vec{};
  const int64_t lda = t.lda, ldb = t.ldb;
  constexpr int kGroup = 3;  // rows reached from one pointer by the addressing modes 0, lda, 2 lda
  constexpr int kGroups = (Rows + kGroup - 1) / kGroup;
  const float* a[kGroups];
#pragma GCC unroll 8
  for (int g = 0; g < kGroups; g++) a[g] = t.a + (TransposeA ? 0 : g * kGroup * lda);
  const float* b = t.b;
  for (int64_t p = 0; p < t.k; p++) {
    Vec column[kPanelVectors];
#pragma GCC unroll 2
    for (int v = 0; v < kPanelVectors; v++) column[v] = load(b + v * kLanes);
#pragma GCC unroll 16
    for (int i = 0; i < Rows; i++) {
      const Vec element = broadcast(TransposeA ? a[0][i] : a[i / kGroup][i % kGroup * lda]);
#pragma GCC unroll 2
      for (int v = 0; v < kPanelVectors; v++) sum[i][v] += element * column[v];
    }
#pragma GCC unroll 8
    for (int g = 0; g < kGroups; g++) a[g] += TransposeA ? lda : 1;
    b += ldb;
  }
#pragma GCC unroll 16
  for (int i = 0; i < Rows; i++) {
    if (t.columns < kPanel) {
      storeNarrowRow(t, i, sum[i]);
      continue;
    }
#pragma GCC unroll 2
    for (int v = 0; v < kPanelVectors; v++) {
      float* c = t.c + i * t.ldc + v * kLanes;
      const Vec value = sum[i][v] * t.alpha;
      store(c, t.accumulate ? load(c) + value : value);
    }
  }
}

template <int Rows, bool TransposeA>
static inline void dispatchTile(int64_t rows, const Tile& t) {
  if (rows >= Rows) return computeTile<Rows, TransposeA>(t);
  if constexpr (Rows > 1) dispatchTile<Rows - 1, TransposeA>(rows, t);
}

// Copies a panel of B next to each other in memory. Rows a power of two apart share a few cache sets, and a panel of
// them falls out of the first-level cache between two tiles.
static inline void copyPanel(const float* b, int64_t ldb, int64_t depth, float* packed) {
  for (int64_t p = 0; p < depth; p++)
#pragma GCC unroll 2
    for (int v = 0; v < kPanelVectors; v++) store(packed + p * kPanel + v * kLanes, load(b + p * ldb + v * kLanes));
}

template <bool TransposeA>
static void gemmBlocked(const GemmCall& g) {
  alignas(64) float packed[kDepthBlock * kPanel];
  for (int64_t p = 0; p < g.k; p += kDepthBlock) {
    const int64_t depth = g.k - p < kDepthBlock ? g.k - p : kDepthBlock;
    for (int64_t j = 0; j < g.n; j += kPanel) {
      const float* b = g.b + (j / kPanel) * g.panelStride + p * g.ldb;
      int64_t ldb = g.ldb;
      if (ldb >= kWideRow) {
        copyPanel(b, ldb, depth, packed);
        b = packed;
        ldb = kPanel;
      }
      for (int64_t i = 0; i < g.m; i += kTileRows) {
        const float* a = g.a + (TransposeA ? p * g.lda + i : i * g.lda + p);
        dispatchTile<kTileRows, TransposeA>(
            g.m - i, Tile{a, g.lda, b, ldb, g.c + i * g.ldc + j, g.ldc, g.n - j, depth, g.alpha,
                          g.accumulate || p > 0});
      }
    }
  }
}

static void gemm(const GemmCall& g) {
  if (g.transposeA) gemmBlocked<true>(g);
  else gemmBlocked<false>(g);
}

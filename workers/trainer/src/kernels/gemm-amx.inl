// bf16 products on the tile registers of Intel's AMX (Intel SDM, volume 1, chapter 18): a tile has 16 rows of 64 bytes,
// and one instruction adds the product of 16 x 32 and 32 x 16 numbers to 16 x 16 sums in fp32. Both operands are
// rounded to nearest even while they are copied, two consecutive k to a 32-bit lane, k even in the low half; what a
// tile has beyond the matrices is zero. The order of the sum over k is fixed: ascending, cut every kDepth.

constexpr int64_t kTile = 16;  // rows, results of a row, and pairs of k in a row
constexpr int64_t kPanel = 2 * kTile;  // columns of a panel of B; as many rows of A are multiplied at a time
constexpr int64_t kDepth = 512;  // k between two times that a result is stored
constexpr int64_t kCopied = 512 * kDepth;  // numbers of A copied at a time, which stay in the second-level cache

static inline int64_t roundUp(int64_t n, int64_t to) { return (n + to - 1) / to * to; }

// Rows of A as pairs, `pairs` to a row; rows and pairs beyond it are zero.
static void copyRows(const float* a, int64_t lda, int64_t rows, int64_t depth, int64_t pairs, int32_t* to) {
  for (int64_t i = 0; i < roundUp(rows, kTile); i++, a += lda, to += pairs)
    for (int64_t p = 0; p < pairs; p += kTile) {
      float part[2 * kTile] = {};
      const float* from = part;
      if (i < rows && 2 * (p + kTile) <= depth) from = a + 2 * p;
      else
        for (int64_t e = 2 * p; i < rows && e < depth; e++) part[e - 2 * p] = a[e];
      storeNeighbourPairs(from, to + p);
    }
}

// Swaps the blocks of `Distance` lanes off the diagonal, in every block of twice as many rows.
template <int Distance>
static inline void swapBlocks(IntVec (&rows)[kTile]) {
  IntVec upper{}, lower{};
#pragma GCC unroll 16
  for (int lane = 0; lane < kTile; lane++) {
    upper[lane] = lane & Distance ? int(kTile) + lane - Distance : lane;
    lower[lane] = lane & Distance ? int(kTile) + lane : lane + Distance;
  }
#pragma GCC unroll 16
  for (int i = 0; i < kTile; i++) {
    if (i & Distance) continue;
    const IntVec first = rows[i], second = rows[i + Distance];
    rows[i] = __builtin_shuffle(first, second, upper);
    rows[i + Distance] = __builtin_shuffle(first, second, lower);
  }
}

// Rows of a transposed A [depth, rows], as copyRows writes them.
static void copyTransposed(const float* a, int64_t lda, int64_t rows, int64_t depth, int64_t pairs, int32_t* to) {
  for (int64_t i = 0; i < rows; i += kTile)
    for (int64_t p = 0; p < pairs; p += kTile) {
      const auto row = [&](int64_t k) {
        if (k >= depth) return Vec{};
        const float* from = a + k * lda + i;
        return rows - i >= kTile ? load(from) : loadPartial(from, rows - i, 0.0f);
      };
      IntVec block[kTile];
      for (int64_t k = 0; k < kTile; k++) block[k] = bf16Pairs(row(2 * (p + k)), row(2 * (p + k) + 1));
      swapBlocks<8>(block);
      swapBlocks<4>(block);
      swapBlocks<2>(block);
      swapBlocks<1>(block);
      for (int64_t r = 0; r < kTile; r++) storeInts(to + (i + r) * pairs + p, block[r]);
    }
}

// A panel of B as pairs: a row of kPanel columns for every pair.
static void copyPanel(const float* b, int64_t ldb, int64_t depth, int64_t pairs, int32_t* to) {
  int64_t p = 0;
  for (; 2 * p < depth; p++, to += kPanel)
    storeRowPairs<kPanel>(b + 2 * p * ldb, 2 * p + 1 < depth ? b + (2 * p + 1) * ldb : nullptr, to);
  __builtin_memset(to, 0, uint64_t((pairs - p) * kPanel) * sizeof(int32_t));
}

// A panel of B whose rows are pairs already, where they do not fill whole tiles.
static void copyRounded(const int32_t* b, int64_t depth, int64_t pairs, int32_t* to) {
  const int64_t present = (depth + 1) / 2;
  __builtin_memcpy(to, b, uint64_t(present * kPanel) * sizeof(int32_t));
  __builtin_memset(to + present * kPanel, 0, uint64_t((pairs - present) * kPanel) * sizeof(int32_t));
}

// Sums of up to kPanel x kPanel results in tiles 0 to 3, stored to `sums`. What is not needed is not multiplied.
static inline void multiplyTiles(const int32_t* a, const int32_t* b, int64_t pairs, bool twoRows, bool twoColumns,
                                 float* sums) {
  constexpr int64_t kRowBytes = kPanel * sizeof(float);
  const int64_t lda = pairs * int64_t(sizeof(int32_t));
  const int32_t* below = a + kTile * pairs;
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  for (int64_t p = 0; p < pairs; p += kTile) {
    _tile_loadd(4, a + p, lda);
    _tile_loadd(6, b + p * kPanel, kRowBytes);
    _tile_dpbf16ps(0, 4, 6);
    if (twoColumns) {
      _tile_loadd(7, b + p * kPanel + kTile, kRowBytes);
      _tile_dpbf16ps(1, 4, 7);
    }
    if (!twoRows) continue;
    _tile_loadd(5, below + p, lda);
    _tile_dpbf16ps(2, 5, 6);
    if (twoColumns) _tile_dpbf16ps(3, 5, 7);
  }
  _tile_stored(0, sums, kRowBytes);
  if (twoColumns) _tile_stored(1, sums + kTile, kRowBytes);
  if (!twoRows) return;
  _tile_stored(2, sums + kTile * kPanel, kRowBytes);
  if (twoColumns) _tile_stored(3, sums + kTile * kPanel + kTile, kRowBytes);
}

static inline void storeResults(const float* sums, const GemmCall& g, int64_t rows, int64_t columns, bool accumulate,
                                float* c) {
  for (int64_t i = 0; i < rows; i++, sums += kPanel, c += g.ldc) {
    int64_t j = 0;
    for (; j + kLanes <= columns; j += kLanes) {
      const Vec value = load(sums + j) * g.alpha;
      store(c + j, accumulate ? load(c + j) + value : value);
    }
    for (; j < columns; j++) c[j] = accumulate ? c[j] + sums[j] * g.alpha : sums[j] * g.alpha;
  }
}

// The compiler does not know that the tile instructions read memory: it must not delay what is to be read.
static inline void finishStores() { __asm__ volatile("" ::: "memory"); }

static void configureTiles() {
  struct alignas(64) {
    uint8_t palette = 1, startRow = 0, reserved[14] = {};
    uint16_t rowBytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    uint8_t rows[16] = {kTile, kTile, kTile, kTile, kTile, kTile, kTile, kTile};
  } const shape;
  finishStores();
  _tile_loadconfig(&shape);
}

/// GemmCall with bf16 and at least one k.
extern void gemmBf16(const GemmCall& g);
void gemmBf16(const GemmCall& g) {
  alignas(64) int32_t copied[kCopied / 2];
  alignas(64) int32_t panel[kDepth / 2 * kPanel];
  alignas(64) float sums[kPanel * kPanel];
  configureTiles();
  for (int64_t p = 0; p < g.k; p += kDepth) {
    const int64_t depth = g.k - p < kDepth ? g.k - p : kDepth, pairs = roundUp((depth + 1) / 2, kTile);
    const int64_t rowBlock = kCopied / (2 * pairs) / kPanel * kPanel;
    for (int64_t first = 0; first < g.m; first += rowBlock) {
      const int64_t rows = g.m - first < rowBlock ? g.m - first : rowBlock;
      if (g.transposeA) copyTransposed(g.a + p * g.lda + first, g.lda, rows, depth, pairs, copied);
      else copyRows(g.a + first * g.lda + p, g.lda, rows, depth, pairs, copied);
      for (int64_t j = 0; j < g.n; j += kPanel) {
        const int64_t columns = g.n - j < kPanel ? g.n - j : kPanel;
        const float* source = g.b + j / kPanel * g.panelStride + (g.rounded ? p / 2 : p) * g.ldb;
        const auto* b = reinterpret_cast<const int32_t*>(source);
        if (!g.rounded) copyPanel(source, g.ldb, depth, pairs, panel), b = panel;
        else if (depth % (2 * kTile)) copyRounded(b, depth, pairs, panel), b = panel;
        finishStores();
        for (int64_t i = 0; i < rows; i += kPanel) {
          const int64_t count = rows - i < kPanel ? rows - i : kPanel;
          multiplyTiles(copied + i * pairs, b, pairs, count > kTile, columns > kTile, sums);
          storeResults(sums, g, count, columns, g.accumulate || p > 0, g.c + (first + i) * g.ldc + j);
        }
      }
    }
  }
  _tile_release();
}

/// Rounds of products in four tiles; returns the floating-point operations. `sink` as for Kernels::probe.
extern double probeBf16(int64_t rounds, float* sink);
double probeBf16(int64_t rounds, float* sink) {
  alignas(64) int32_t operand[kTile * kTile];
  alignas(64) float sums[kTile * kTile];
  for (int32_t& pair : operand) pair = bf16Pair(sink[0], sink[1]);
  configureTiles();
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_loadd(4, operand, kTile * sizeof(int32_t));
  _tile_loadd(6, operand, kTile * sizeof(int32_t));
  rounds /= 64;  // a product of tiles is 64 times the multiply-adds of a vector, and more
  for (int64_t round = 0; round < rounds; round++) {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 6);
    _tile_dpbf16ps(2, 4, 6);
    _tile_dpbf16ps(3, 4, 6);
  }
  _tile_stored(0, sums, kTile * sizeof(float));
  _tile_release();
  sink[0] += sums[0];
  return 2.0 * double(rounds * 4 * kTile * kTile * 2 * kTile);
}

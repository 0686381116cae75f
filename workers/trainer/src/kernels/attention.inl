// Causal softmax attention of one sequence, grouped-query aware. Only the log-sum-exp of each row is kept for the
// backward pass, which recomputes the probabilities a block of queries at a time and skips what lies right of the
// diagonal.

constexpr int64_t kQueryBlock = 64;

static inline int64_t roundUp(int64_t n, int64_t to) { return (n + to - 1) / to * to; }
static inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

static inline int64_t scoreStride(int64_t seqLen) { return roundUp(seqLen, kPanel) + 2 * kPanel; }

static int64_t attentionScratch(const AttentionShape& s) {
  const int64_t byKeys = roundUp(s.seqLen, kPanel) * s.headDim, byDim = roundUp(s.headDim, kPanel) * s.seqLen;
  return 2 * byKeys + 3 * byDim + 2 * kQueryBlock * scoreStride(s.seqLen) + s.seqLen + 4 * kPanel;
}

// scores[i, j] = rows[i] . keys[j] for the keys a causal row tile can see, and up to kLanes more.
static inline void scoreTile(const float* rows, int64_t ld, int64_t count, const float* packedKeys, int64_t keys,
                             int64_t headDim, float* scores, int64_t stride) {
  for (int64_t j = 0; j < keys; j += kPanel)
    dispatchTile<kTileRows, false>(count, Tile<float>{rows, ld, packedKeys + j * headDim, kPanel, scores + j, stride,
                                                      keys - j > kLanes ? kPanel : kLanes, headDim, 1.0f, false});
}

static inline void zeroAfter(float* row, int64_t visible, int64_t end) {
  for (int64_t j = visible; j < end; j++) row[j] = 0.0f;
}

// Softmax over the first `visible` scores (scale > 0), zero up to `end`; returns the log-sum-exp.
static inline float causalSoftmax(float* row, int64_t visible, int64_t end, float scale) {
  const int64_t padded = roundUp(visible, kLanes);
  for (int64_t j = visible; j < padded; j++) row[j] = -1e30f;
  Vec best = load(row);
  for (int64_t j = kLanes; j < padded; j += kLanes) best = maximum(best, load(row + j));
  const float top = horizontalMax(best) * scale;
  Vec sum = {};
  for (int64_t j = 0; j < padded; j += kLanes) {
    const Vec e = exponential(load(row + j) * scale - top);
    store(row + j, e);
    sum += e;
  }
  const float total = horizontalSum(sum);
  zeroAfter(row, visible, end);
  const float inverse = 1.0f / total;
  for (int64_t j = 0; j < padded; j += kLanes) store(row + j, load(row + j) * inverse);
  return top + __builtin_logf(total);
}

static void attentionForward(const AttentionShape& s, const float* qkv, float* out, float* lse, float* scratch) {
  const int64_t group = s.heads / s.kvHeads, width = s.heads * s.headDim, stride = scoreStride(s.seqLen);
  float* packedKeys = scratch;
  float* packedValues = packedKeys + roundUp(s.seqLen, kPanel) * s.headDim;
  float* scores = packedValues + roundUp(s.headDim, kPanel) * s.seqLen;
  for (int64_t h = 0; h < s.heads; h++) {
    const float* q = qkv + h * s.headDim;
    const float* k = qkv + width + h / group * s.headDim;
    if (h % group == 0) {
      packTransposed(k, s.rowStride, s.seqLen, s.headDim, packedKeys);
      packPlain(k + s.kvHeads * s.headDim, s.rowStride, s.seqLen, s.headDim, packedValues);
    }
    for (int64_t i = 0; i < s.seqLen; i += kTileRows) {
      const int64_t rows = smaller(kTileRows, s.seqLen - i), keys = i + rows;
      scoreTile(q + i * s.rowStride, s.rowStride, rows, packedKeys, keys, s.headDim, scores, stride);
      for (int64_t r = 0; r < rows; r++)
        lse[h * s.seqLen + i + r] = causalSoftmax(scores + r * stride, i + r + 1, roundUp(keys, kLanes), s.scale);
      for (int64_t c = 0; c < s.headDim; c += kPanel)
        dispatchTile<kTileRows, false>(
            rows, Tile<float>{scores, stride, packedValues + c * s.seqLen, kPanel, out + i * width + h * s.headDim + c,
                              width, s.headDim - c, keys, 1.0f, false});
    }
  }
}

// Operands of one head's backward pass.
struct HeadGradient {
  const float *q, *dOut, *lse, *delta;
  const float *keysByColumn, *valuesByColumn, *keysByRow, *queriesByRow, *dOutByRow;
  float *dq, *dk, *dv, *probabilities, *dScores;
  int64_t width, stride;
};

// Probabilities and score gradients of query rows [begin, begin + rows), zero right of the diagonal.
static void scoreGradients(const AttentionShape& s, const HeadGradient& g, int64_t begin, int64_t rows) {
  for (int64_t i = 0; i < rows; i += kTileRows) {
    const int64_t count = smaller(kTileRows, rows - i), keys = begin + i + count;
    float* p = g.probabilities + i * g.stride;
    float* d = g.dScores + i * g.stride;
    scoreTile(g.q + (begin + i) * s.rowStride, s.rowStride, count, g.keysByColumn, keys, s.headDim, p, g.stride);
    scoreTile(g.dOut + (begin + i) * g.width, g.width, count, g.valuesByColumn, keys, s.headDim, d, g.stride);
    for (int64_t r = 0; r < count; r++, p += g.stride, d += g.stride) {
      const int64_t query = begin + i + r, visible = query + 1;
      const float lse = g.lse[query], delta = g.delta[query];
      for (int64_t j = 0; j < visible; j += kLanes) {
        const Vec e = exponential(load(p + j) * s.scale - lse);
        store(p + j, e);
        store(d + j, e * (load(d + j) - delta) * s.scale);
      }
      const int64_t end = smaller(roundUp(keys, kPanel) + kPanel, g.stride);
      zeroAfter(p, visible, end);
      zeroAfter(d, visible, end);
    }
  }
}

// dq of the block's rows; dk and dv get the block's share added, key tile by key tile.
static void applyScoreGradients(const AttentionShape& s, const HeadGradient& g, int64_t begin, int64_t rows) {
  for (int64_t c = 0; c < s.headDim; c += kPanel) {
    const int64_t columns = s.headDim - c;
    for (int64_t i = 0; i < rows; i += kTileRows) {
      const int64_t count = smaller(kTileRows, rows - i);
      dispatchTile<kTileRows, false>(count, Tile<float>{g.dScores + i * g.stride, g.stride, g.keysByRow + c * s.seqLen,
                                                        kPanel, g.dq + (begin + i) * s.rowStride + c, s.rowStride,
                                                        columns, begin + i + count, 1.0f, false});
    }
    for (int64_t j = 0; j < begin + rows; j += kTileRows) {
      const int64_t count = smaller(kTileRows, begin + rows - j);
      const int64_t skip = j > begin ? j - begin : 0, offset = skip * g.stride + j;
      const int64_t panel = c * s.seqLen + (begin + skip) * kPanel;
      dispatchTile<kTileRows, true>(
          count, Tile<float>{g.dScores + offset, g.stride, g.queriesByRow + panel, kPanel, g.dk + j * s.rowStride + c,
                             s.rowStride, columns, rows - skip, 1.0f, true});
      dispatchTile<kTileRows, true>(
          count, Tile<float>{g.probabilities + offset, g.stride, g.dOutByRow + panel, kPanel,
                             g.dv + j * s.rowStride + c, s.rowStride, columns, rows - skip, 1.0f, true});
    }
  }
}

static void attentionBackward(const AttentionShape& s, const float* qkv, const float* out, const float* dout,
                              const float* lse, float* dqkv, float* scratch) {
  const int64_t group = s.heads / s.kvHeads, width = s.heads * s.headDim, kvWidth = s.kvHeads * s.headDim;
  const int64_t byKeys = roundUp(s.seqLen, kPanel) * s.headDim, byDim = roundUp(s.headDim, kPanel) * s.seqLen;
  const int64_t stride = scoreStride(s.seqLen);
  float* keysByColumn = scratch;
  float* valuesByColumn = keysByColumn + byKeys;
  float* keysByRow = valuesByColumn + byKeys;
  float* queriesByRow = keysByRow + byDim;
  float* dOutByRow = queriesByRow + byDim;
  float* probabilities = dOutByRow + byDim;
  float* dScores = probabilities + kQueryBlock * stride;
  float* delta = dScores + kQueryBlock * stride;
  for (int64_t r = 0; r < s.seqLen; r++) zeroAfter(dqkv + r * s.rowStride + width, 0, 2 * kvWidth);
  for (int64_t h = 0; h < s.heads; h++) {
    const int64_t column = h * s.headDim, kvColumn = width + h / group * s.headDim;
    if (h % group == 0) {
      packTransposed(qkv + kvColumn, s.rowStride, s.seqLen, s.headDim, keysByColumn);
      packTransposed(qkv + kvColumn + kvWidth, s.rowStride, s.seqLen, s.headDim, valuesByColumn);
      packPlain(qkv + kvColumn, s.rowStride, s.seqLen, s.headDim, keysByRow);
    }
    packPlain(qkv + column, s.rowStride, s.seqLen, s.headDim, queriesByRow);
    packPlain(dout + column, width, s.seqLen, s.headDim, dOutByRow);
    for (int64_t r = 0; r < s.seqLen; r++)
      delta[r] = rowDot(dout + r * width + column, out + r * width + column, s.headDim);
    const HeadGradient g{qkv + column,  dout + column,   lse + h * s.seqLen,
                         delta,         keysByColumn,    valuesByColumn,
                         keysByRow,     queriesByRow,    dOutByRow,
                         dqkv + column, dqkv + kvColumn, dqkv + kvColumn + kvWidth,
                         probabilities, dScores,         width,
                         stride};
    for (int64_t begin = 0; begin < s.seqLen; begin += kQueryBlock) {
      const int64_t rows = smaller(kQueryBlock, s.seqLen - begin);
      scoreGradients(s, g, begin, rows);
      applyScoreGradients(s, g, begin, rows);
    }
  }
}

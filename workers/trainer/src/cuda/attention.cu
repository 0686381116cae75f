// Causal attention after FlashAttention-2 (Dao 2023), forward and backward. A warp has 16 rows of the result; the other
// operand passes through shared memory a tile at a time. A result of one product is an operand of the next without
// leaving the registers: of a 16 x 8 result a lane has columns 2t and 2t + 1, as an operand it must give k = t and t
// + 4. The sum does not care which k is which, so column 2t is called k = t and 2t + 1 k = t + 4, on both sides.
#include "cuda/tensor-core.hpp"

namespace etalon::cuda {
namespace {

constexpr int kThreads = 128, kWarpRows = 16, kBlockRows = kThreads / kWarp * kWarpRows;
constexpr float kLowest = -1e30f;  // finite: the difference of two infinities would be NaN

// `Rows` rows of a head, zero beyond the sequence and the head's dimension. Four words of padding: rows of eight lanes
// and the four words after each lie in different banks.
template <int Dim, int Rows>
struct HeadTile {
  float values[Rows][Dim + 4];

  // The whole block copies rows [first, first + Rows) of an array of `count` rows.
  __device__ void load(const float* from, int64_t stride, int64_t first, int64_t count, int64_t headDim) {
    for (int i = threadIdx.x; i < Rows * Dim; i += kThreads) {
      const int row = i / Dim, d = i % Dim;
      values[row][d] = first + row < count && d < headDim ? from[(first + row) * stride + d] : 0.0f;
    }
  }
};

// Two rows of a head, g and g + 8 of a warp's 16; null beyond the sequence.
struct RowPair {
  const float *upper, *lower;

  __device__ static RowPair of(const float* from, int64_t stride, int64_t row, int64_t count) {
    return {row < count ? from + row * stride : nullptr, row + 8 < count ? from + (row + 8) * stride : nullptr};
  }
};

__device__ inline float element(const float* row, int64_t d, int64_t headDim) {
  return row && d < headDim ? row[d] : 0.0f;
}

// scores (16 x Rows) = rows . tile^T
template <bool Exact, int Dim, int Rows>
__device__ void multiplyRows(float (&scores)[Rows / 8][4], const RowPair& rows, const HeadTile<Dim, Rows>& tile,
                             int64_t headDim) {
  const int g = threadIdx.x % kWarp / 4, t = threadIdx.x % 4;
#pragma unroll
  for (int n = 0; n < Rows / 8; n++)
#pragma unroll
    for (int e = 0; e < 4; e++) scores[n][e] = 0.0f;
  for (int d = 0; d < headDim; d += 8) {
    Split<4, Exact> a;
    a.set(0, element(rows.upper, d + t, headDim));
    a.set(1, element(rows.lower, d + t, headDim));
    a.set(2, element(rows.upper, d + t + 4, headDim));
    a.set(3, element(rows.lower, d + t + 4, headDim));
#pragma unroll
    for (int n = 0; n < Rows / 8; n++) {
      Split<2, Exact> b;
      b.set(0, tile.values[8 * n + g][d + t]);
      b.set(1, tile.values[8 * n + g][d + t + 4]);
      multiplySplit(scores[n], a, b);
    }
  }
}

// sum (16 x Dim) += weights (16 x Rows) . tile
template <bool Exact, int Dim, int Rows>
__device__ void addWeighted(float (&sum)[Dim / 8][4], const float (&weights)[Rows / 8][4],
                            const HeadTile<Dim, Rows>& tile, int64_t headDim) {
  const int g = threadIdx.x % kWarp / 4, t = threadIdx.x % 4;
#pragma unroll
  for (int k = 0; k < Rows / 8; k++) {
    Split<4, Exact> a;
    a.set(0, weights[k][0]);
    a.set(1, weights[k][2]);
    a.set(2, weights[k][1]);
    a.set(3, weights[k][3]);
#pragma unroll
    for (int n = 0; n < Dim / 8; n++) {
      if (8 * n >= headDim) break;
      Split<2, Exact> b;
      b.set(0, tile.values[8 * k + 2 * t][8 * n + g]);
      b.set(1, tile.values[8 * k + 2 * t + 1][8 * n + g]);
      multiplySplit(sum[n], a, b);
    }
  }
}

// Stores rows `row` and `row` + 8 of a warp's result; factors multiply the two rows.
template <int Dim>
__device__ void storeRows(const float (&sum)[Dim / 8][4], float upper, float lower, float* to, int64_t stride,
                          int64_t row, int64_t count, int64_t headDim) {
  const int t = threadIdx.x % 4;
#pragma unroll
  for (int n = 0; n < Dim / 8; n++)
#pragma unroll
    for (int e = 0; e < 4; e++) {
      const int64_t r = row + e / 2 * 8, d = 8 * n + 2 * t + e % 2;
      if (r < count && d < headDim) to[r * stride + d] = sum[n][e] * (e < 2 ? upper : lower);
    }
}

// Where a block's sequence and head begin.
struct Head {
  int64_t width, qkvRow, query, key, value, output, statistic;  // offsets in floats

  __device__ Head(const AttentionShape& s, int64_t sequence, int64_t head)
      : width(s.heads * s.headDim),
        qkvRow(sequence * s.seqLen * s.rowStride),
        query(qkvRow + head * s.headDim),
        key(qkvRow + width + head / (s.heads / s.kvHeads) * s.headDim),
        value(key + s.kvHeads * s.headDim),
        output(sequence * s.seqLen * width + head * s.headDim),
        statistic((sequence * s.heads + head) * s.seqLen) {}
};

template <int Dim, int Keys, bool Exact>
__global__ void __launch_bounds__(kThreads)
    forwardKernel(AttentionShape s, const float* qkv, float* out, float* lse, int64_t runStride) {
  __shared__ HeadTile<Dim, Keys> keys, values;
  qkv = ofRun(qkv, runStride);
  const Head head(s, blockIdx.y / s.heads, blockIdx.y % s.heads);
  const int warp = threadIdx.x / kWarp, g = threadIdx.x % kWarp / 4, t = threadIdx.x % 4;
  const int64_t blockRow = int64_t(blockIdx.x) * kBlockRows, warpRow = blockRow + warp * kWarpRows, row = warpRow + g;
  const RowPair queries = RowPair::of(qkv + head.query, s.rowStride, row, s.seqLen);
  float sum[Dim / 8][4] = {}, scores[Keys / 8][4];
  float top[2] = {kLowest, kLowest}, total[2] = {0.0f, 0.0f};
  const int64_t end = blockRow + kBlockRows < s.seqLen ? blockRow + kBlockRows : s.seqLen;
  for (int64_t first = 0; first < end; first += Keys) {
    __syncthreads();
    keys.load(qkv + head.key, s.rowStride, first, s.seqLen, s.headDim);
    values.load(qkv + head.value, s.rowStride, first, s.seqLen, s.headDim);
    __syncthreads();
    if (first >= warpRow + kWarpRows || warpRow >= s.seqLen) continue;
    multiplyRows<Exact>(scores, queries, keys, s.headDim);
#pragma unroll
    for (int half = 0; half < 2; half++) {
      float largest = top[half];
#pragma unroll
      for (int n = 0; n < Keys / 8; n++)
#pragma unroll
        for (int e = 0; e < 2; e++) {
          float& score = scores[n][2 * half + e];
          score *= s.scale;
          if (first + 8 * n + 2 * t + e <= row + 8 * half) largest = fmaxf(largest, score);
        }
      largest = fmaxf(largest, __shfl_xor_sync(kAllLanes, largest, 1));
      largest = fmaxf(largest, __shfl_xor_sync(kAllLanes, largest, 2));
      const float shrink = expf(top[half] - largest);
      top[half] = largest;
      total[half] *= shrink;
#pragma unroll
      for (int n = 0; n < Keys / 8; n++)
#pragma unroll
        for (int e = 0; e < 2; e++) {
          float& score = scores[n][2 * half + e];
          score = first + 8 * n + 2 * t + e <= row + 8 * half ? expf(score - largest) : 0.0f;
          total[half] += score;
        }
#pragma unroll
      for (int n = 0; n < Dim / 8; n++) sum[n][2 * half] *= shrink, sum[n][2 * half + 1] *= shrink;
    }
    addWeighted<Exact>(sum, scores, values, s.headDim);
  }
#pragma unroll
  for (int half = 0; half < 2; half++) {
    total[half] += __shfl_xor_sync(kAllLanes, total[half], 1);
    total[half] += __shfl_xor_sync(kAllLanes, total[half], 2);
    if (t == 0 && row + 8 * half < s.seqLen)
      ofRun(lse, runStride)[head.statistic + row + 8 * half] = top[half] + logf(total[half]);
  }
  storeRows<Dim>(sum, 1.0f / total[0], 1.0f / total[1], ofRun(out, runStride) + head.output, head.width, row, s.seqLen,
                 s.headDim);
}

// delta = the dot product of a head's output and its gradient (Dao et al. 2022, section 3.1). A warp a row.
__global__ void deltaKernel(AttentionShape s, int64_t rows, const float* out, const float* dOut, float* delta,
                            int64_t runStride) {
  const int64_t index = int64_t(blockIdx.x) * (kThreads / kWarp) + threadIdx.x / kWarp;
  if (index >= rows * s.heads) return;
  const int64_t row = index / s.heads, h = index % s.heads, first = row * s.heads * s.headDim + h * s.headDim;
  out = ofRun(out, runStride) + first;
  dOut = ofRun(dOut, runStride) + first;
  float sum = 0.0f;
  for (int64_t d = threadIdx.x % kWarp; d < s.headDim; d += kWarp) sum += out[d] * dOut[d];
  sum = warpSum(sum);
  if (threadIdx.x % kWarp == 0)
    ofRun(delta, runStride)[(row / s.seqLen * s.heads + h) * s.seqLen + row % s.seqLen] = sum;
}

// Gradients of 64 queries: dS = P (dP - delta) scale, dQ = dS K.
template <int Dim, int Keys, bool Exact>
__global__ void __launch_bounds__(kThreads)
    queryGradientKernel(AttentionShape s, const float* qkv, const float* dOut, const float* lse, const float* delta,
                        float* dqkv, int64_t runStride) {
  __shared__ HeadTile<Dim, Keys> keys, values;
  qkv = ofRun(qkv, runStride);
  dOut = ofRun(dOut, runStride);
  const Head head(s, blockIdx.y / s.heads, blockIdx.y % s.heads);
  const int warp = threadIdx.x / kWarp, g = threadIdx.x % kWarp / 4, t = threadIdx.x % 4;
  const int64_t blockRow = int64_t(blockIdx.x) * kBlockRows, warpRow = blockRow + warp * kWarpRows, row = warpRow + g;
  const RowPair queries = RowPair::of(qkv + head.query, s.rowStride, row, s.seqLen);
  const RowPair gradients = RowPair::of(dOut + head.output, head.width, row, s.seqLen);
  float rowLse[2] = {}, rowDelta[2] = {};
  for (int half = 0; half < 2; half++)
    if (row + 8 * half < s.seqLen) {
      rowLse[half] = ofRun(lse, runStride)[head.statistic + row + 8 * half];
      rowDelta[half] = ofRun(delta, runStride)[head.statistic + row + 8 * half];
    }
  float sum[Dim / 8][4] = {}, scores[Keys / 8][4], products[Keys / 8][4];
  const int64_t end = blockRow + kBlockRows < s.seqLen ? blockRow + kBlockRows : s.seqLen;
  for (int64_t first = 0; first < end; first += Keys) {
    __syncthreads();
    keys.load(qkv + head.key, s.rowStride, first, s.seqLen, s.headDim);
    values.load(qkv + head.value, s.rowStride, first, s.seqLen, s.headDim);
    __syncthreads();
    if (first >= warpRow + kWarpRows || warpRow >= s.seqLen) continue;
    multiplyRows<Exact>(scores, queries, keys, s.headDim);
    multiplyRows<Exact>(products, gradients, values, s.headDim);
#pragma unroll
    for (int n = 0; n < Keys / 8; n++)
#pragma unroll
      for (int e = 0; e < 4; e++) {
        const int64_t query = row + e / 2 * 8, key = first + 8 * n + 2 * t + e % 2;
        const float p = key <= query && query < s.seqLen ? expf(scores[n][e] * s.scale - rowLse[e / 2]) : 0.0f;
        scores[n][e] = p * (products[n][e] - rowDelta[e / 2]) * s.scale;
      }
    addWeighted<Exact>(sum, scores, keys, s.headDim);
  }
  storeRows<Dim>(sum, 1.0f, 1.0f, ofRun(dqkv, runStride) + head.query, s.rowStride, row, s.seqLen, s.headDim);
}

// Gradients of 64 keys and values, transposed: dV = P^T dO, dK = dS^T Q, summed over the query heads that share them.
template <int Dim, int Queries, bool Exact>
__global__ void __launch_bounds__(kThreads)
    keyGradientKernel(AttentionShape s, const float* qkv, const float* dOut, const float* lse, const float* delta,
                      float* dqkv, int64_t runStride) {
  __shared__ HeadTile<Dim, Queries> queries, gradients;
  qkv = ofRun(qkv, runStride);
  dOut = ofRun(dOut, runStride);
  lse = ofRun(lse, runStride);
  delta = ofRun(delta, runStride);
  const int64_t group = s.heads / s.kvHeads, sequence = blockIdx.y / s.kvHeads,
                firstHead = blockIdx.y % s.kvHeads * group;
  const Head shared(s, sequence, firstHead);
  const int warp = threadIdx.x / kWarp, g = threadIdx.x % kWarp / 4, t = threadIdx.x % 4;
  const int64_t blockRow = int64_t(blockIdx.x) * kBlockRows, warpRow = blockRow + warp * kWarpRows, row = warpRow + g;
  const RowPair keys = RowPair::of(qkv + shared.key, s.rowStride, row, s.seqLen);
  const RowPair values = RowPair::of(qkv + shared.value, s.rowStride, row, s.seqLen);
  float dKey[Dim / 8][4] = {}, dValue[Dim / 8][4] = {}, scores[Queries / 8][4], products[Queries / 8][4];
  for (int64_t h = firstHead; h < firstHead + group; h++) {
    const Head head(s, sequence, h);
    for (int64_t first = blockRow / Queries * Queries; first < s.seqLen; first += Queries) {
      __syncthreads();
      queries.load(qkv + head.query, s.rowStride, first, s.seqLen, s.headDim);
      gradients.load(dOut + head.output, head.width, first, s.seqLen, s.headDim);
      __syncthreads();
      if (first + Queries <= warpRow || warpRow >= s.seqLen) continue;
      multiplyRows<Exact>(scores, keys, queries, s.headDim);
      multiplyRows<Exact>(products, values, gradients, s.headDim);
#pragma unroll
      for (int n = 0; n < Queries / 8; n++)
#pragma unroll
        for (int e = 0; e < 4; e++) {
          const int64_t key = row + e / 2 * 8, query = first + 8 * n + 2 * t + e % 2;
          const bool seen = key <= query && query < s.seqLen;
          const float p = seen ? expf(scores[n][e] * s.scale - lse[head.statistic + query]) : 0.0f;
          scores[n][e] = p;
          products[n][e] = seen ? p * (products[n][e] - delta[head.statistic + query]) * s.scale : 0.0f;
        }
      addWeighted<Exact>(dValue, scores, gradients, s.headDim);
      addWeighted<Exact>(dKey, products, queries, s.headDim);
    }
  }
  dqkv = ofRun(dqkv, runStride);
  storeRows<Dim>(dKey, 1.0f, 1.0f, dqkv + shared.key, s.rowStride, row, s.seqLen, s.headDim);
  storeRows<Dim>(dValue, 1.0f, 1.0f, dqkv + shared.value, s.rowStride, row, s.seqLen, s.headDim);
}

template <class Call>
void withExactness(bool tf32, const Call& call) {
  if (tf32) call(std::false_type());
  else call(std::true_type());
}

// Calls with the smallest padded dimension that holds the head, and rows of a tile so that two fit 48 KiB.
template <class Call>
void withHeadDim(int64_t headDim, const Call& call) {
  typedef std::integral_constant<int, 64> Many;
  if (headDim <= 16) return call(std::integral_constant<int, 16>(), Many());
  if (headDim <= 32) return call(std::integral_constant<int, 32>(), Many());
  if (headDim <= 64) return call(std::integral_constant<int, 64>(), Many());
  if (headDim <= 128) return call(std::integral_constant<int, 128>(), std::integral_constant<int, 32>());
  if (headDim <= kMostHeadDim) return call(std::integral_constant<int, 256>(), std::integral_constant<int, 16>());
  throw DeviceError("attention: the head dimension is too large");
}

}  // namespace

void attentionForward(const Launch& on, const AttentionShape& s, int64_t sequences, const float* qkv, float* out,
                      float* lse, bool tf32) {
  withExactness(tf32, [&](auto exact) {
    withHeadDim(s.headDim, [&](auto dim, auto rows) {
      start(on, "attentionForward", forwardKernel<dim(), rows(), exact()>, ceilDivide(s.seqLen, kBlockRows),
            sequences * s.heads, kThreads, s, qkv, out, lse, on.runStride);
    });
  });
}

void attentionBackward(const Launch& on, const AttentionShape& s, int64_t sequences, const float* qkv, const float* out,
                       const float* dOut, const float* lse, float* dqkv, float* delta, bool tf32) {
  const int64_t rows = sequences * s.seqLen;
  start(on, "attentionDelta", deltaKernel, ceilDivide(rows * s.heads, kThreads / kWarp), 1, kThreads, s, rows, out,
        dOut, delta, on.runStride);
  withExactness(tf32, [&](auto exact) {
    withHeadDim(s.headDim, [&](auto dim, auto rows) {
      const int64_t blocks = ceilDivide(s.seqLen, kBlockRows);
      start(on, "queryGradient", queryGradientKernel<dim(), rows(), exact()>, blocks, sequences * s.heads, kThreads, s,
            qkv, dOut, lse, delta, dqkv, on.runStride);
      start(on, "keyGradient", keyGradientKernel<dim(), rows(), exact()>, blocks, sequences * s.kvHeads, kThreads, s,
            qkv, dOut, lse, delta, dqkv, on.runStride);
    });
  });
}

}  // namespace etalon::cuda

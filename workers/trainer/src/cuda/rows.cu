// Embedding, RMSNorm, rotary positions, SwiGLU: memory-bound kernels over rows.
#include "cuda/tensor-core.hpp"

namespace etalon::cuda {
namespace {

constexpr int kThreads = 128;
constexpr int kRowsOfBlock = kThreads / kWarp;  // where a warp has a row
constexpr int64_t kMostBlocks = int64_t(1) << 30;

__host__ __device__ constexpr int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

// Elements are spread over the grid in strides, so that any number fits.
int64_t blocksFor(int64_t elements) { return smaller(ceilDivide(elements, kThreads), kMostBlocks); }
__device__ int64_t firstElement() { return int64_t(blockIdx.x) * kThreads + threadIdx.x; }
__device__ int64_t elementStride() { return int64_t(gridDim.x) * kThreads; }

__global__ void embedKernel(const int32_t* tokens, const float* table, float* x, int64_t rows, int64_t width,
                            float multiplier, int64_t runStride) {
  table = ofRun(table, runStride);
  x = ofRun(x, runStride);
  for (int64_t i = firstElement(); i < rows * width; i += elementStride())
    x[i] = multiplier * table[tokens[i / width] * width + i % width];
}

__global__ void embeddingGradientKernel(TokenSegments segments, const float* dx, float* gradient, int64_t width,
                                        float multiplier, int64_t runStride) {
  if (int64_t(blockIdx.x) >= segments.count[0]) return;
  dx = ofRun(dx, runStride);
  gradient = ofRun(gradient, runStride) + segments.token[blockIdx.x] * width;
  const int32_t begin = segments.begin[blockIdx.x], end = segments.begin[blockIdx.x + 1];
  for (int64_t j = threadIdx.x; j < width; j += kThreads) {
    float sum = 0.0f;
    for (int32_t i = begin; i < end; i++) sum += dx[segments.order[i] * width + j];
    gradient[j] += multiplier * sum;
  }
}

__global__ void rmsNormForwardKernel(const float* x, const float* gain, float* y, float* rstd, int64_t rows,
                                     int64_t width, int64_t runStride) {
  const int64_t row = int64_t(blockIdx.x) * kRowsOfBlock + threadIdx.x / kWarp;
  const int lane = threadIdx.x % kWarp;
  if (row >= rows) return;
  x = ofRun(x, runStride) + row * width;
  y = ofRun(y, runStride) + row * width;
  gain = ofRun(gain, runStride);
  float square = 0.0f;
  for (int64_t j = lane; j < width; j += kWarp) square += x[j] * x[j];
  const float scale = 1.0f / sqrtf(warpSum(square) / float(width) + kRmsNormEps);
  if (lane == 0) ofRun(rstd, runStride)[row] = scale;
  for (int64_t j = lane; j < width; j += kWarp) y[j] = x[j] * scale * gain[j];
}

// With y = x s g and s = (mean x^2 + eps)^-1/2: dx = s g dy - x s^3 (sum of dy x g) / width.
__global__ void rmsNormInputGradient(const float* x, const float* gain, const float* rstd, const float* dy, float* dx,
                                     int64_t rows, int64_t width, bool accumulate, int64_t runStride) {
  const int64_t row = int64_t(blockIdx.x) * kRowsOfBlock + threadIdx.x / kWarp;
  const int lane = threadIdx.x % kWarp;
  if (row >= rows) return;
  x = ofRun(x, runStride) + row * width;
  dy = ofRun(dy, runStride) + row * width;
  dx = ofRun(dx, runStride) + row * width;
  gain = ofRun(gain, runStride);
  float sum = 0.0f;
  for (int64_t j = lane; j < width; j += kWarp) sum += dy[j] * x[j] * gain[j];
  const float scale = ofRun(rstd, runStride)[row];
  const float pull = warpSum(sum) * scale * scale * scale / float(width);
  for (int64_t j = lane; j < width; j += kWarp) {
    const float value = dy[j] * gain[j] * scale - x[j] * pull;
    dx[j] = accumulate ? dx[j] + value : value;
  }
}

constexpr int kGainColumns = 32, kGainRows = 8;  // of a block
constexpr int64_t kMostGainSlots = 32;

int64_t gainSlots(int64_t rows) { return smaller(kMostGainSlots, ceilDivide(rows, kGainRows)); }

// partial[slot, column] = sum of dy x rstd over the slot's rows.
__global__ void gainPartials(const float* x, const float* rstd, const float* dy, float* partial, int64_t rows,
                             int64_t width, int64_t runStride) {
  __shared__ float sums[kGainRows][kGainColumns];
  x = ofRun(x, runStride);
  rstd = ofRun(rstd, runStride);
  dy = ofRun(dy, runStride);
  const int column = threadIdx.x % kGainColumns, part = threadIdx.x / kGainColumns;
  const int64_t j = int64_t(blockIdx.x) * kGainColumns + column, slot = blockIdx.y, slots = gridDim.y;
  const int64_t end = rows * (slot + 1) / slots;
  float sum = 0.0f;
  if (j < width)
    for (int64_t r = rows * slot / slots + part; r < end; r += kGainRows)
      sum += dy[r * width + j] * x[r * width + j] * rstd[r];
  sums[part][column] = sum;
  __syncthreads();
  if (part > 0 || j >= width) return;
  for (int other = 1; other < kGainRows; other++) sum += sums[other][column];
  ofRun(partial, runStride)[slot * width + j] = sum;
}

__global__ void addGainPartials(const float* partial, float* dGain, int64_t slots, int64_t width, int64_t runStride) {
  const int64_t j = firstElement();
  if (j >= width) return;
  partial = ofRun(partial, runStride);
  float sum = 0.0f;
  for (int64_t slot = 0; slot < slots; slot++) sum += partial[slot * width + j];
  ofRun(dGain, runStride)[j] += sum;
}

__global__ void ropeKernel(float* x, int64_t rowStride, int64_t rows, int64_t seqLen, int64_t heads, int64_t half,
                           const float* cosine, const float* sine, float direction, int64_t runStride) {
  x = ofRun(x, runStride);
  const int64_t pairs = heads * half;
  for (int64_t i = firstElement(); i < rows * pairs; i += elementStride()) {
    const int64_t row = i / pairs, head = i % pairs / half, pair = i % half, angle = row % seqLen * half + pair;
    float* low = x + row * rowStride + head * 2 * half + pair;
    const float a = low[0], b = low[half], c = cosine[angle], s = sine[angle] * direction;
    low[0] = a * c - b * s;
    low[half] = b * c + a * s;
  }
}

__device__ float sigmoid(float x) { return 1.0f / (1.0f + expf(-x)); }

__global__ void swigluForwardKernel(const float* gateUp, float* act, int64_t rows, int64_t hidden, int64_t runStride) {
  gateUp = ofRun(gateUp, runStride);
  act = ofRun(act, runStride);
  for (int64_t i = firstElement(); i < rows * hidden; i += elementStride()) {
    const float* row = gateUp + i / hidden * 2 * hidden + i % hidden;
    act[i] = row[0] * sigmoid(row[0]) * row[hidden];
  }
}

__global__ void swigluBackwardKernel(const float* gateUp, const float* dAct, float* dGateUp, int64_t rows,
                                     int64_t hidden, int64_t runStride) {
  gateUp = ofRun(gateUp, runStride);
  dAct = ofRun(dAct, runStride);
  dGateUp = ofRun(dGateUp, runStride);
  for (int64_t i = firstElement(); i < rows * hidden; i += elementStride()) {
    const int64_t at = i / hidden * 2 * hidden + i % hidden;
    const float gate = gateUp[at], up = gateUp[at + hidden], s = sigmoid(gate), silu = gate * s;
    dGateUp[at] = dAct[i] * up * (s + silu * (1.0f - s));
    dGateUp[at + hidden] = dAct[i] * silu;
  }
}

__global__ void roundSideKernel(const float* values, int64_t ld, int64_t length, int64_t count, uint16_t* to,
                                int64_t ldTo, int64_t runStride) {
  values = ofRun(values, runStride);
  to = ofRun(to, runStride);
  for (int64_t i = firstElement(); i < count; i += elementStride())
    to[i / length * ldTo + i % length] = uint16_t(bf16Pair(values[i / length * ld + i % length], 0.0f));
}

__global__ void fillPatternKernel(float* values, int64_t count, int64_t runStride) {
  values = ofRun(values, runStride);
  for (int64_t i = firstElement(); i < count; i += elementStride())
    values[i] = float(uint32_t(i) * 2654435761u >> 8) * (2.0f / 16777216.0f) - 1.0f;  // Knuth's multiplicative hash
}

}  // namespace

void embed(const Launch& on, const int32_t* tokens, const float* table, float* x, int64_t rows, int64_t width,
           float multiplier) {
  start(on, "embed", embedKernel, blocksFor(rows * width), 1, kThreads, tokens, table, x, rows, width, multiplier,
        on.runStride);
}

void embeddingGradient(const Launch& on, const TokenSegments& segments, const float* dx, float* gradient, int64_t rows,
                       int64_t width, float multiplier) {
  start(on, "embeddingGradient", embeddingGradientKernel, rows, 1, kThreads, segments, dx, gradient, width, multiplier,
        on.runStride);
}

void rmsNormForward(const Launch& on, const float* x, const float* gain, float* y, float* rstd, int64_t rows,
                    int64_t width) {
  start(on, "rmsNormForward", rmsNormForwardKernel, ceilDivide(rows, kRowsOfBlock), 1, kThreads, x, gain, y, rstd, rows,
        width, on.runStride);
}

void rmsNormBackward(const Launch& on, const float* x, const float* gain, const float* rstd, const float* dy, float* dx,
                     float* dGain, int64_t rows, int64_t width, bool accumulate, float* scratch) {
  const int64_t slots = gainSlots(rows);
  start(on, "gainPartials", gainPartials, ceilDivide(width, kGainColumns), slots, kGainColumns * kGainRows, x, rstd, dy,
        scratch, rows, width, on.runStride);
  start(on, "addGainPartials", addGainPartials, blocksFor(width), 1, kThreads, scratch, dGain, slots, width,
        on.runStride);
  start(on, "rmsNormInputGradient", rmsNormInputGradient, ceilDivide(rows, kRowsOfBlock), 1, kThreads, x, gain, rstd,
        dy, dx, rows, width, accumulate, on.runStride);
}

int64_t rmsNormScratch(int64_t rows, int64_t width) { return gainSlots(rows) * width; }

void rope(const Launch& on, float* x, int64_t rowStride, int64_t rows, int64_t seqLen, int64_t heads, int64_t headDim,
          const float* cosine, const float* sine, float direction) {
  start(on, "rope", ropeKernel, blocksFor(rows * heads * headDim / 2), 1, kThreads, x, rowStride, rows, seqLen, heads,
        headDim / 2, cosine, sine, direction, on.runStride);
}

void roundSide(const Launch& on, const Side& side, int64_t rows, int64_t depth, uint16_t* to, int64_t ldTo) {
  const int64_t length = side.rowsContiguous ? rows : depth;
  start(on, "roundSide", roundSideKernel, blocksFor(rows * depth), 1, kThreads, side.values, side.ld, length,
        rows * depth, to, ldTo, on.runStride);
}

void fillPattern(const Launch& on, float* values, int64_t count) {
  start(on, "fillPattern", fillPatternKernel, blocksFor(count), 1, kThreads, values, count, on.runStride);
}

void swigluForward(const Launch& on, const float* gateUp, float* act, int64_t rows, int64_t hidden) {
  start(on, "swigluForward", swigluForwardKernel, blocksFor(rows * hidden), 1, kThreads, gateUp, act, rows, hidden,
        on.runStride);
}

void swigluBackward(const Launch& on, const float* gateUp, const float* dAct, float* dGateUp, int64_t rows,
                    int64_t hidden) {
  start(on, "swigluBackward", swigluBackwardKernel, blocksFor(rows * hidden), 1, kThreads, gateUp, dAct, dGateUp, rows,
        hidden, on.runStride);
}

}  // namespace etalon::cuda

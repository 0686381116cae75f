// Softmax cross-entropy of rows of logits, and its sum.
#include "cuda/primitives.hpp"

namespace etalon::cuda {
namespace {

constexpr int kThreads = 128;

// The largest logit seen and the sum of exp(logit - largest). Starts at a finite number: the difference of two
// infinities would be NaN. A NaN among the logits does not become the largest, but makes the sum NaN.
struct Normalizer {
  float top = -1e30f, sum = 0.0f;

  __device__ void add(float otherTop, float otherSum) {
    const float larger = fmaxf(top, otherTop);
    sum = sum * expf(top - larger) + otherSum * expf(otherTop - larger);
    top = larger;
  }
};

__device__ Normalizer blockNormalizer(Normalizer own) {
  __shared__ float tops[kThreads / kWarp], sums[kThreads / kWarp];
  for (int mask = kWarp / 2; mask > 0; mask /= 2) {
    const float top = __shfl_xor_sync(kAllLanes, own.top, mask), sum = __shfl_xor_sync(kAllLanes, own.sum, mask);
    own.add(top, sum);
  }
  if (threadIdx.x % kWarp == 0) tops[threadIdx.x / kWarp] = own.top, sums[threadIdx.x / kWarp] = own.sum;
  __syncthreads();
  Normalizer all;
  for (int warp = 0; warp < kThreads / kWarp; warp++) all.add(tops[warp], sums[warp]);
  return all;
}

__global__ void crossEntropyKernel(float* logits, int64_t ld, const int32_t* targets, double* rowLoss, int64_t vocab,
                                   float gradScale, bool gradient, int64_t runStride) {
  const int64_t row = blockIdx.x;
  logits = ofRun(logits, runStride) + row * ld;
  const int32_t target = targets[row];
  const float targetLogit = logits[target];
  Normalizer own;
  for (int64_t j = threadIdx.x; j < vocab; j += kThreads) own.add(logits[j], 1.0f);
  const Normalizer all = blockNormalizer(own);
  if (threadIdx.x == 0) ofRun(rowLoss, runStride)[row] = double(all.top) + log(double(all.sum)) - double(targetLogit);
  if (!gradient) return;
  const float scale = gradScale / all.sum;
  for (int64_t j = threadIdx.x; j < vocab; j += kThreads) {
    const float value = expf(logits[j] - all.top) * scale;
    logits[j] = j == target ? value - gradScale : value;
  }
}

__global__ void addTotalKernel(const double* values, int64_t count, double* total, int64_t runStride) {
  values = ofRun(values, runStride);
  double sum = 0.0;
  for (int64_t i = threadIdx.x; i < count; i += kThreads) sum += values[i];
  sum = blockSum<kThreads>(sum);
  if (threadIdx.x == 0) ofRun(total, runStride)[0] += sum;
}

}  // namespace

void crossEntropy(const Launch& on, float* logits, int64_t ld, const int32_t* targets, double* rowLoss, int64_t rows,
                  int64_t vocab, float gradScale, bool gradient) {
  start(on, "crossEntropy", crossEntropyKernel, rows, 1, kThreads, logits, ld, targets, rowLoss, vocab, gradScale,
        gradient, on.runStride);
}

void addTotal(const Launch& on, const double* values, int64_t count, double* total) {
  start(on, "addTotal", addTotalKernel, 1, 1, kThreads, values, count, total, on.runStride);
}

}  // namespace etalon::cuda

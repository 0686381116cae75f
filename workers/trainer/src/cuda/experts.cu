// Mixture of experts: choosing, a stable sort by expert, mixing, and the router's auxiliary losses.
#include "cuda/primitives.hpp"

namespace etalon::cuda {
namespace {

constexpr int kThreads = 128, kWarps = kThreads / kWarp;

__device__ Choices ofRun(Choices c, int64_t runStride) {
  return {cuda::ofRun(c.expert, runStride), cuda::ofRun(c.weight, runStride), cuda::ofRun(c.position, runStride),
          cuda::ofRun(c.row, runStride), cuda::ofRun(c.begin, runStride)};
}

__host__ __device__ int64_t choiceCount(const Experts& shape) { return shape.rows * shape.topK; }

// A candidate for the next choice. Larger logits come first, then lower indices; NaN counts as the least. That order is
// total, so every lane of a warp agrees on it.
struct Candidate {
  float logit;
  int32_t expert;

  __device__ bool before(const Candidate& other) const {
    return logit > other.logit || (logit == other.logit && expert < other.expert);
  }
};

__device__ float ordered(float logit) { return logit == logit ? logit : -INFINITY; }

__device__ Candidate best(Candidate own) {
  for (int mask = kWarp / 2; mask > 0; mask /= 2) {
    const Candidate other{__shfl_xor_sync(kAllLanes, own.logit, mask), __shfl_xor_sync(kAllLanes, own.expert, mask)};
    if (other.before(own)) own = other;
  }
  return own;
}

// A warp a token: the next choice is the first in order behind the last one.
__global__ void chooseKernel(Experts shape, const float* logits, Choices choices, int64_t runStride) {
  const int64_t row = int64_t(blockIdx.x) * kWarps + threadIdx.x / kWarp;
  const int lane = threadIdx.x % kWarp;
  if (row >= shape.rows) return;
  logits = cuda::ofRun(logits, runStride) + row * shape.experts;
  int32_t* chosen = cuda::ofRun(choices.expert, runStride) + row * shape.topK;
  float* weights = cuda::ofRun(choices.weight, runStride) + row * shape.topK;
  Candidate last{INFINITY, -1};
  for (int64_t k = 0; k < shape.topK; k++) {
    Candidate own{-INFINITY, INT32_MAX};
    for (int32_t e = lane; e < shape.experts; e += kWarp) {
      const Candidate candidate{ordered(logits[e]), e};
      if (last.before(candidate) && candidate.before(own)) own = candidate;
    }
    last = best(own);
    if (lane == 0) chosen[k] = last.expert;
  }
  if (lane > 0) return;
  for (int64_t i = 1; i < shape.topK; i++)
    for (int64_t j = i; j > 0 && chosen[j] < chosen[j - 1]; j--) {
      const int32_t swapped = chosen[j];
      chosen[j] = chosen[j - 1];
      chosen[j - 1] = swapped;
    }
  float top = logits[chosen[0]], sum = 0.0f;
  for (int64_t k = 1; k < shape.topK; k++) top = fmaxf(top, logits[chosen[k]]);
  for (int64_t k = 0; k < shape.topK; k++) sum += weights[k] = expf(logits[chosen[k]] - top);
  for (int64_t k = 0; k < shape.topK; k++) weights[k] /= sum;
}

// A block an expert.
__global__ void countKernel(Experts shape, Choices choices, int32_t* counts, int64_t runStride) {
  choices = ofRun(choices, runStride);
  int32_t count = 0;
  for (int64_t c = threadIdx.x; c < choiceCount(shape); c += kThreads)
    count += choices.expert[c] == int32_t(blockIdx.x);
  count = blockSum<kThreads>(count);
  if (threadIdx.x == 0) cuda::ofRun(counts, runStride)[blockIdx.x] = count;
}

__global__ void beginKernel(Experts shape, Choices choices, const int32_t* counts, int64_t runStride) {
  counts = cuda::ofRun(counts, runStride);
  int32_t* begin = cuda::ofRun(choices.begin, runStride);
  int32_t sum = 0;
  for (int64_t e = 0; e < shape.experts; e++) {
    begin[e] = sum;
    sum += counts[e];
  }
  begin[shape.experts] = sum;
}

// A block an expert: its choices keep their order, so a choice's place is the number of the expert's choices before it.
__global__ void placeKernel(Experts shape, Choices choices, int64_t runStride) {
  __shared__ int32_t counts[kWarps];
  choices = ofRun(choices, runStride);
  const int warp = threadIdx.x / kWarp, lane = threadIdx.x % kWarp;
  int32_t next = choices.begin[blockIdx.x];
  for (int64_t first = 0; first < choiceCount(shape); first += kThreads) {
    const int64_t c = first + threadIdx.x;
    const bool mine = c < choiceCount(shape) && choices.expert[c] == int32_t(blockIdx.x);
    const unsigned votes = __ballot_sync(kAllLanes, mine);
    if (lane == 0) counts[warp] = __popc(votes);
    __syncthreads();
    int32_t place = next + __popc(votes & ((1u << lane) - 1));
    for (int w = 0; w < kWarps; w++) {
      if (w < warp) place += counts[w];
      next += counts[w];
    }
    if (mine) {
      choices.position[c] = place;
      choices.row[place] = int32_t(c / shape.topK);
    }
    __syncthreads();
  }
}

__global__ void gatherKernel(Choices choices, const float* x, float* gathered, int64_t width, int64_t runStride) {
  choices = ofRun(choices, runStride);
  x = cuda::ofRun(x, runStride) + choices.row[blockIdx.x] * width;
  gathered = cuda::ofRun(gathered, runStride) + int64_t(blockIdx.x) * width;
  for (int64_t j = threadIdx.x; j < width; j += kThreads) gathered[j] = x[j];
}

__global__ void addChosenKernel(Experts shape, Choices choices, const float* sorted, const float* add, float* out,
                                int64_t width, float factor, bool weighted, int64_t runStride) {
  choices = ofRun(choices, runStride);
  sorted = cuda::ofRun(sorted, runStride);
  add = cuda::ofRun(add, runStride) + int64_t(blockIdx.x) * width;
  out = cuda::ofRun(out, runStride) + int64_t(blockIdx.x) * width;
  const int64_t first = int64_t(blockIdx.x) * shape.topK;
  for (int64_t j = threadIdx.x; j < width; j += kThreads) {
    float sum = add[j];
    for (int64_t c = first; c < first + shape.topK; c++)
      sum += (weighted ? factor * choices.weight[c] : factor) * sorted[choices.position[c] * width + j];
    out[j] = sum;
  }
}

// A warp a token. With weights w and gradients d of them, the softmax gives w (d - sum of w d).
__global__ void mixingGradientKernel(Experts shape, Choices choices, const float* dy, const float* expertOut,
                                     float* dOut, float* dLogits, int64_t width, float factor, int64_t runStride) {
  const int64_t row = int64_t(blockIdx.x) * kWarps + threadIdx.x / kWarp;
  const int lane = threadIdx.x % kWarp;
  if (row >= shape.rows) return;
  choices = ofRun(choices, runStride);
  dy = cuda::ofRun(dy, runStride) + row * width;
  expertOut = cuda::ofRun(expertOut, runStride);
  dOut = cuda::ofRun(dOut, runStride);
  dLogits = cuda::ofRun(dLogits, runStride) + row * shape.experts;
  for (int64_t e = lane; e < shape.experts; e += kWarp) dLogits[e] = 0.0f;
  __syncwarp();
  const int32_t* chosen = choices.expert + row * shape.topK;
  const float* weights = choices.weight + row * shape.topK;
  float mean = 0.0f;
  for (int64_t k = 0; k < shape.topK; k++) {
    const int64_t first = choices.position[row * shape.topK + k] * width;
    float dot = 0.0f;
    for (int64_t j = lane; j < width; j += kWarp) {
      dot += dy[j] * expertOut[first + j];
      dOut[first + j] = factor * weights[k] * dy[j];
    }
    dot = factor * warpSum(dot);
    mean += weights[k] * dot;
    if (lane == 0) dLogits[chosen[k]] = dot;
  }
  if (lane == 0)
    for (int64_t k = 0; k < shape.topK; k++) dLogits[chosen[k]] = weights[k] * (dLogits[chosen[k]] - mean);
}

constexpr int kMostExperts = 1024;  // as the configuration allows

// A block a sequence: first the share of its choices that every expert got, then a warp a token.
__global__ void routerLossKernel(Experts shape, Choices choices, const float* logits, float* dLogits, int64_t seqLen,
                                 double balanceLoss, double routerZLoss, float gradScale, int64_t runStride) {
  __shared__ float share[kMostExperts];
  const int64_t first = int64_t(blockIdx.x) * seqLen, count = seqLen * shape.topK;
  const int32_t* chosen = cuda::ofRun(choices.expert, runStride) + first * shape.topK;
  for (int32_t e = threadIdx.x; e < shape.experts; e += kThreads) {
    int32_t mine = 0;
    for (int64_t c = 0; c < count; c++) mine += chosen[c] == e;
    share[e] = float(double(mine) / double(count));
  }
  __syncthreads();
  const int lane = threadIdx.x % kWarp;
  logits = cuda::ofRun(logits, runStride);
  dLogits = cuda::ofRun(dLogits, runStride);
  for (int64_t row = first + threadIdx.x / kWarp; row < first + seqLen; row += kWarps) {
    const float* x = logits + row * shape.experts;
    float top = -INFINITY;
    for (int64_t e = lane; e < shape.experts; e += kWarp) top = fmaxf(top, x[e]);
    for (int mask = kWarp / 2; mask > 0; mask /= 2) top = fmaxf(top, __shfl_xor_sync(kAllLanes, top, mask));
    double sum = 0.0, mean = 0.0;
    for (int64_t e = lane; e < shape.experts; e += kWarp) {
      const double p = exp(double(x[e] - top));
      sum += p;
      mean += double(share[e]) * p;
    }
    sum = warpSum(sum);
    mean = warpSum(mean) / sum;
    const double z = 2.0 * routerZLoss * (double(top) + log(sum));
    for (int64_t e = lane; e < shape.experts; e += kWarp) {
      const double p = exp(double(x[e] - top)) / sum;
      dLogits[row * shape.experts + e] +=
          float(double(gradScale) * p * (balanceLoss * double(shape.experts) * (double(share[e]) - mean) + z));
    }
  }
}

}  // namespace

void route(const Launch& on, const Experts& shape, const float* logits, const Choices& choices, int32_t* scratch) {
  start(on, "choose", chooseKernel, ceilDivide(shape.rows, kWarps), 1, kThreads, shape, logits, choices, on.runStride);
  start(on, "count", countKernel, shape.experts, 1, kThreads, shape, choices, scratch, on.runStride);
  start(on, "begin", beginKernel, 1, 1, 1, shape, choices, scratch, on.runStride);
  start(on, "place", placeKernel, shape.experts, 1, kThreads, shape, choices, on.runStride);
}

void gatherRows(const Launch& on, const Experts& shape, const Choices& choices, const float* x, float* gathered,
                int64_t width) {
  start(on, "gatherRows", gatherKernel, choiceCount(shape), 1, kThreads, choices, x, gathered, width, on.runStride);
}

void addChosen(const Launch& on, const Experts& shape, const Choices& choices, const float* sorted, const float* add,
               float* out, int64_t width, float factor, bool weighted) {
  start(on, "addChosen", addChosenKernel, shape.rows, 1, kThreads, shape, choices, sorted, add, out, width, factor,
        weighted, on.runStride);
}

void mixingGradient(const Launch& on, const Experts& shape, const Choices& choices, const float* dy,
                    const float* expertOut, float* dOut, float* dLogits, int64_t width, float factor) {
  start(on, "mixingGradient", mixingGradientKernel, ceilDivide(shape.rows, kWarps), 1, kThreads, shape, choices, dy,
        expertOut, dOut, dLogits, width, factor, on.runStride);
}

void routerLossGradient(const Launch& on, const Experts& shape, const Choices& choices, const float* logits,
                        float* dLogits, int64_t seqLen, double balanceLoss, double routerZLoss, float gradScale) {
  start(on, "routerLossGradient", routerLossKernel, shape.rows / seqLen, 1, kThreads, shape, choices, logits, dLogits,
        seqLen, balanceLoss, routerZLoss, gradScale, on.runStride);
}

}  // namespace etalon::cuda

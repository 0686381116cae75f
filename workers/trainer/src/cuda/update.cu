// The end of a step: gradient norm, clipping, AdamW. Learning rate and step number are read from device memory.
#include "cuda/primitives.hpp"

namespace etalon::cuda {
namespace {

constexpr int kThreads = 128;

__global__ void sumSquaresKernel(const float* values, int64_t count, double* parts, int64_t runStride) {
  values = ofRun(values, runStride);
  const int64_t begin = int64_t(blockIdx.x) * kSquarePart,
                end = begin + kSquarePart < count ? begin + kSquarePart : count;
  double sum = 0.0;
  for (int64_t i = begin + threadIdx.x; i < end; i += kThreads) sum += double(values[i] * values[i]);
  sum = blockSum<kThreads>(sum);
  if (threadIdx.x == 0) ofRun(parts, runStride)[blockIdx.x] = sum;
}

__device__ bool finite(double x) { return x - x == 0.0; }

__global__ void finishStepKernel(const double* parts, int64_t count, const double* lossSum, const StepInput* input,
                                 StepReport* report, int64_t runStride) {
  parts = ofRun(parts, runStride);
  double sum = 0.0;
  for (int64_t i = threadIdx.x; i < count; i += kThreads) sum += parts[i];
  sum = blockSum<kThreads>(sum);
  if (threadIdx.x > 0) return;
  const StepInput in = *ofRun(input, runStride);
  StepReport out;
  out.loss = *ofRun(lossSum, runStride) * in.lossScale;
  out.gradNorm = sqrt(sum);
  out.applied = finite(out.loss) && finite(out.gradNorm);
  out.gradScale = float(in.gradClip > 0.0 && out.gradNorm > in.gradClip ? in.gradClip / out.gradNorm : 1.0);
  out.correction1 = float(1.0 / (1.0 - pow(in.beta1, double(in.step + 1))));
  out.correction2 = float(1.0 / (1.0 - pow(in.beta2, double(in.step + 1))));
  *ofRun(report, runStride) = out;
}

__global__ void adamWKernel(const TensorPiece* pieces, const TensorRates* rates, const StepInput* input,
                            const StepReport* report, float* params, float* moment1, float* moment2,
                            const float* gradient, int64_t runStride) {
  report = ofRun(report, runStride);
  if (!report->applied) return;
  input = ofRun(input, runStride);
  const TensorPiece piece = pieces[blockIdx.x];
  const TensorRates tensor = ofRun(rates, runStride)[piece.tensor];
  const float b1 = float(input->beta1), b2 = float(input->beta2), c1 = 1.0f - b1, c2 = 1.0f - b2,
              eps = float(input->eps);
  const float learningRate = float(input->learningRate * tensor.lrMultiplier);
  const float keep = 1.0f - learningRate * tensor.weightDecay, rate = learningRate * report->correction1;
  const float correction2 = report->correction2, scale = report->gradScale;
  params = ofRun(params, runStride) + piece.begin;
  moment1 = ofRun(moment1, runStride) + piece.begin;
  moment2 = ofRun(moment2, runStride) + piece.begin;
  gradient = ofRun(gradient, runStride) + piece.begin;
  for (int i = threadIdx.x; i < piece.count; i += kThreads) {
    const float g = gradient[i] * scale;
    const float m = b1 * moment1[i] + c1 * g, v = b2 * moment2[i] + c2 * (g * g);
    moment1[i] = m;
    moment2[i] = v;
    params[i] = params[i] * keep - rate * m / (sqrtf(v * correction2) + eps);
  }
}

}  // namespace

void sumSquares(const Launch& on, const float* values, int64_t count, double* parts) {
  start(on, "sumSquares", sumSquaresKernel, ceilDivide(count, kSquarePart), 1, kThreads, values, count, parts,
        on.runStride);
}

void finishStep(const Launch& on, const double* parts, int64_t count, const double* lossSum, const StepInput* input,
                StepReport* report) {
  start(on, "finishStep", finishStepKernel, 1, 1, kThreads, parts, count, lossSum, input, report, on.runStride);
}

void adamW(const Launch& on, const TensorPiece* pieces, int64_t pieceCount, const TensorRates* rates,
           const StepInput* input, const StepReport* report, float* params, float* moment1, float* moment2,
           const float* gradient) {
  start(on, "adamW", adamWKernel, pieceCount, 1, kThreads, pieces, rates, input, report, params, moment1, moment2,
        gradient, on.runStride);
}

}  // namespace etalon::cuda

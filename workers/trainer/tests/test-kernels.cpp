// Row and elementwise kernels, forward and backward, against double formulas and central differences.
#include <algorithm>

#include "check.hpp"

using namespace etalon;
using Doubles = std::vector<double>;

namespace {

// Errors are parts of the largest expected value unless said otherwise; u = 2^-24 = 6e-8 is half an ulp of fp32. The
// reference and its central differences are double: their own error, about 1e-10, does not count.
// A mean of at most 40 squares in partial sums, a root, a quotient and two products: some ten u, thrice that allowed.
constexpr double kNormForward = 2e-6;
// The gradient is a difference of two terms as large as itself, one of them with the cube of the root and a sum of
// products.
constexpr double kNormBackward = 5e-6;
// Two products and a sum of fp32 values and tables: 3 u, and twice that for the inverse of it; 16 u allowed.
constexpr double kRope = 1e-6;
// exp within 2 ulp, a sum, a quotient and two products: about 8 u; the largest value dwarfs most others.
constexpr double kSwigluForward = 1e-6;
// s + silu (1 - s) cancels for negative gates: twice the forward's.
constexpr double kSwigluBackward = 2e-6;
// In nats, of three rows together: each adds its largest logit (fp32, up to 15) and the log of an fp32 sum of 256 exps.
constexpr double kLoss = 1e-5;
// exp within 2 ulp over an fp32 sum of up to 256 terms, less one at the target.
constexpr double kLossGradient = 2e-6;
// A handful of products, one root and one quotient in fp32; the parameter moves by a hundredth of itself.
constexpr double kAdam = 1e-6;
// One product and one sum an element.
constexpr double kElementwise = 1e-6;
// Absolute, of 1030 fp32 terms of size 1 with either sign: their rounding errors grow with the root of the count, not
// with the result.
constexpr double kDot = 1e-4;
// Relative: squares all have one sign, so 512-term fp32 blocks, summed in double, lose at most some hundred u.
constexpr double kSquares = 1e-5;

Doubles rmsNorm(const Doubles& x, const Doubles& gain, size_t rows, size_t width) {
  Doubles y(rows * width);
  for (size_t r = 0; r < rows; r++) {
    double square = 0;
    for (size_t j = 0; j < width; j++) square += x[r * width + j] * x[r * width + j];
    const double scale = 1.0 / std::sqrt(square / double(width) + double(kRmsNormEps));
    for (size_t j = 0; j < width; j++) y[r * width + j] = x[r * width + j] * scale * gain[j];
  }
  return y;
}

double weighted(const Doubles& y, const std::vector<float>& dy) {
  double sum = 0;
  for (size_t i = 0; i < y.size(); i++) sum += y[i] * double(dy[i]);
  return sum;
}

Doubles slopes(const std::function<double(const Doubles&)>& f, Doubles x) {
  Doubles out(x.size());
  for (size_t i = 0; i < x.size(); i++) out[i] = check::slope(f, x, i);
  return out;
}

Doubles trimmed(const std::vector<float>& values, size_t count) {
  return {values.begin(), values.begin() + long(count)};
}

void testRmsNorm(const Kernels& k, size_t width) {
  const size_t rows = 5, count = rows * width;
  const std::string what = std::string(k.name) + " rmsnorm width " + std::to_string(width);
  const auto x = check::randomFloats(count, 11), gain = check::randomFloats(width, 12),
             dy = check::randomFloats(count, 13);
  std::vector<float> y(count), rstd(rows), dx(count, 0.0f), dGain(width, 0.25f), more(count, 2.0f);
  k.rmsNormForward(x.data(), gain.data(), y.data(), rstd.data(), rows, int64_t(width));
  const Doubles xs = trimmed(x, count), gains = trimmed(gain, width);
  check::close(y, rmsNorm(xs, gains, rows, width), count, kNormForward, what + " forward");
  k.rmsNormBackward(x.data(), gain.data(), rstd.data(), dy.data(), dx.data(), dGain.data(), rows, int64_t(width),
                    false);
  const Doubles dxs = slopes([&](const Doubles& v) { return weighted(rmsNorm(v, gains, rows, width), dy); }, xs);
  Doubles dGains = slopes([&](const Doubles& v) { return weighted(rmsNorm(xs, v, rows, width), dy); }, gains);
  for (double& g : dGains) g += 0.25;
  check::close(dx, dxs, count, kNormBackward, what + " dx");
  check::close(dGain, dGains, width, kNormBackward, what + " dgain adds");
  k.rmsNormBackward(x.data(), gain.data(), rstd.data(), dy.data(), more.data(), dGain.data(), rows, int64_t(width),
                    true);
  Doubles added = dxs;
  for (double& value : added) value += 2.0;
  check::close(more, added, count, kNormBackward, what + " dx adds");
}

void testRope(const Kernels& k, size_t headDim) {
  const size_t rows = 6, heads = 3, stride = heads * headDim + 5, seqLen = 3, half = headDim / 2;
  const std::string what = std::string(k.name) + " rope head dim " + std::to_string(headDim);
  const auto x = check::randomFloats(rows * stride, 21);
  std::vector<float> cosine(seqLen * half), sine(seqLen * half);
  for (size_t i = 0; i < cosine.size(); i++)
    cosine[i] = float(std::cos(0.3 * double(i))), sine[i] = float(std::sin(0.3 * double(i)));
  auto y = x;
  k.rope(y.data(), int64_t(stride), rows, seqLen, heads, int64_t(headDim), cosine.data(), sine.data(), 1.0f);
  Doubles expected(x.begin(), x.end());
  for (size_t r = 0; r < rows; r++)
    for (size_t h = 0; h < heads; h++)
      for (size_t i = 0; i < half; i++) {
        const size_t at = r * stride + h * headDim + i, table = (r % seqLen) * half + i;
        const double a = x[at], b = x[at + half], c = cosine[table], s = sine[table];
        expected[at] = a * c - b * s;
        expected[at + half] = a * s + b * c;
      }
  check::close(y, expected, x.size(), kRope, what);
  k.rope(y.data(), int64_t(stride), rows, seqLen, heads, int64_t(headDim), cosine.data(), sine.data(), -1.0f);
  check::close(y, x, x.size(), kRope, what + " inverse");
}

Doubles swiglu(const Doubles& x, size_t rows, size_t hidden) {
  Doubles y(rows * hidden);
  for (size_t r = 0; r < rows; r++)
    for (size_t j = 0; j < hidden; j++) {
      const double gate = x[r * 2 * hidden + j], up = x[r * 2 * hidden + hidden + j];
      y[r * hidden + j] = gate / (1.0 + std::exp(-gate)) * up;
    }
  return y;
}

void testSwiglu(const Kernels& k, size_t hidden) {
  const size_t rows = 4, count = rows * hidden;
  const std::string what = std::string(k.name) + " swiglu hidden " + std::to_string(hidden);
  const auto x = check::randomFloats(2 * count, 31, 3.0), dy = check::randomFloats(count, 32);
  std::vector<float> y(count), dx(2 * count);
  k.swigluForward(x.data(), y.data(), rows, int64_t(hidden));
  k.swigluBackward(x.data(), dy.data(), dx.data(), rows, int64_t(hidden));
  const Doubles xs = trimmed(x, 2 * count);
  check::close(y, swiglu(xs, rows, hidden), count, kSwigluForward, what + " forward");
  check::close(dx, slopes([&](const Doubles& v) { return weighted(swiglu(v, rows, hidden), dy); }, xs), 2 * count,
               kSwigluBackward, what + " backward");
}

double crossEntropy(const Doubles& x, const std::vector<int32_t>& targets, size_t vocab) {
  double loss = 0;
  for (size_t r = 0; r < targets.size(); r++) {
    const double* row = x.data() + r * vocab;
    const double top = *std::max_element(row, row + vocab);
    double sum = 0;
    for (size_t j = 0; j < vocab; j++) sum += std::exp(row[j] - top);
    loss += top + std::log(sum) - row[targets[r]];
  }
  return loss;
}

void testCrossEntropy(const Kernels& k, size_t vocab) {
  const size_t rows = 3, count = rows * vocab;
  const std::string what = std::string(k.name) + " cross-entropy vocab " + std::to_string(vocab);
  auto x = check::randomFloats(count, 41, 4.0);
  const std::vector<int32_t> targets{0, int32_t(vocab) - 1, int32_t(vocab) / 2};
  const Doubles xs = trimmed(x, count);
  const double expected = crossEntropy(xs, targets, vocab);
  check::near(k.crossEntropyLoss(x.data(), int64_t(vocab), targets.data(), rows, int64_t(vocab)), expected, kLoss,
              what + " loss only");
  check::near(k.crossEntropy(x.data(), int64_t(vocab), targets.data(), rows, int64_t(vocab), 0.5f), expected, kLoss,
              what + " loss");
  Doubles gradient = slopes([&](const Doubles& v) { return crossEntropy(v, targets, vocab); }, xs);
  for (double& g : gradient) g *= 0.5;
  check::close(x, gradient, count, kLossGradient, what + " gradient");
  x[1] = NAN;
  check::isTrue(std::isnan(k.crossEntropyLoss(x.data(), int64_t(vocab), targets.data(), rows, int64_t(vocab))),
                what + " hides NaN");
  x[1] = INFINITY;
  check::isTrue(!std::isfinite(k.crossEntropyLoss(x.data(), int64_t(vocab), targets.data(), rows, int64_t(vocab))),
                what + " hides infinity");
}

void testAdam(const Kernels& k, size_t count) {
  const auto grad = check::randomFloats(count, 51);
  auto param = check::randomFloats(count, 52), m = check::randomFloats(count, 53, 0.1),
       v = check::randomFloats(count, 54, 0.1);
  for (float& x : v) x = x * x;
  Doubles expectedParam(count), expectedM(count), expectedV(count);
  for (size_t i = 0; i < count; i++) {
    const double g = 0.7 * double(grad[i]);
    expectedM[i] = 0.9 * double(m[i]) + 0.1 * g;
    expectedV[i] = 0.95 * double(v[i]) + 0.05 * g * g;
    const double update = expectedM[i] * 1.5 / (std::sqrt(expectedV[i] * 2.5) + 1e-8);
    expectedParam[i] = double(param[i]) - 0.01 * update - 0.01 * 0.2 * double(param[i]);
  }
  k.adamW({param.data(), m.data(), v.data(), grad.data(), int64_t(count), 0.7f, 0.01f, 0.2f, 0.9f, 0.95f, 1e-8f, 1.5f,
           2.5f});
  const std::string what = std::string(k.name) + " adamw " + std::to_string(count);
  check::close(param, expectedParam, count, kAdam, what + " parameter");
  check::close(m, expectedM, count, kAdam, what + " first moment");
  check::close(v, expectedV, count, kAdam, what + " second moment");
}

void testSums(const Kernels& k, size_t count) {
  const size_t stride = count + 3, slots = 3;
  auto grads = check::randomFloats(stride * slots, 61);
  Doubles expected(count);
  double square = 0, product = 0;
  for (size_t i = 0; i < count; i++) {
    for (size_t s = 0; s < slots; s++) expected[i] += double(grads[s * stride + i]);
    product += double(grads[i]) * double(grads[stride + i]);
    square += expected[i] * expected[i];
  }
  const std::string what = std::string(k.name) + " sums " + std::to_string(count);
  check::near(k.dot(grads.data(), grads.data() + stride, int64_t(count)), product, kDot, what + " dot");
  auto added = trimmed(grads, count);
  auto y = grads;
  k.addScaled(grads.data() + stride, 0.5f, y.data(), int64_t(count));
  for (size_t i = 0; i < count; i++) added[i] += 0.5 * double(grads[stride + i]);
  check::close(y, added, count, kElementwise, what + " addScaled");
  check::near(k.reduceSlots(grads.data(), int64_t(stride), slots, 0, int64_t(count)), square, kSquares * square,
              what + " squares");
  check::close(grads, expected, count, kElementwise, what + " reduceSlots");
}

}  // namespace

int main() {
  for (const Kernels* k : check::runnableKernels()) {
    for (const size_t width : {2, 3, 8, 13, 32, 40}) testRmsNorm(*k, width);
    for (const size_t headDim : {2, 6, 16, 40}) testRope(*k, headDim);
    for (const size_t hidden : {1, 5, 16, 37}) testSwiglu(*k, hidden);
    for (const size_t vocab : {2, 7, 16, 37, 256}) testCrossEntropy(*k, vocab);
    for (const size_t count : {1, 15, 1030}) {
      testAdam(*k, count);
      if (k->dot) testSums(*k, count);
    }
  }
  return check::finish("kernels");
}

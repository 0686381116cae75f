// Causal grouped-query attention, forward and backward, against a plain double computation.
#include "check.hpp"

using namespace etalon;
using Doubles = std::vector<double>;

namespace {

// Parts of the largest expected value. Forward: dot products of up to 20 terms enter an exp, so their absolute error
// (a few 1e-7) becomes a relative one of the weights, which sum over up to 131 keys. Backward: the weights are computed
// anew from the log-sum-exp, and the gradient of a score is a difference of two dot products.
constexpr double kForward = 3e-6, kBackward = 5e-6;

// Output [seqLen, heads * headDim].
Doubles attention(const AttentionShape& s, const Doubles& qkv) {
  const int64_t width = s.heads * s.headDim, group = s.heads / s.kvHeads;
  Doubles out(size_t(s.seqLen * width), 0.0);
  for (int64_t h = 0; h < s.heads; h++)
    for (int64_t i = 0; i < s.seqLen; i++) {
      const double* q = &qkv[size_t(i * s.rowStride + h * s.headDim)];
      Doubles p(size_t(i + 1));
      double top = -1e300, sum = 0;
      for (int64_t j = 0; j <= i; j++) {
        const double* k = &qkv[size_t(j * s.rowStride + width + h / group * s.headDim)];
        for (int64_t c = 0; c < s.headDim; c++) p[size_t(j)] += q[c] * k[c];
        p[size_t(j)] *= double(s.scale);
        top = std::max(top, p[size_t(j)]);
      }
      for (double& x : p) sum += x = std::exp(x - top);
      for (int64_t j = 0; j <= i; j++) {
        const double* v = &qkv[size_t(j * s.rowStride + width + (s.kvHeads + h / group) * s.headDim)];
        for (int64_t c = 0; c < s.headDim; c++) out[size_t(i * width + h * s.headDim + c)] += p[size_t(j)] / sum * v[c];
      }
    }
  return out;
}

void testShape(const Kernels& k, int64_t seqLen, int64_t heads, int64_t kvHeads, int64_t headDim) {
  const AttentionShape s{seqLen, heads, kvHeads, headDim, (heads + 2 * kvHeads) * headDim, 0.4f};
  const std::string what = std::string(k.name) + " attention T " + std::to_string(seqLen) + " heads " +
                           std::to_string(heads) + "/" + std::to_string(kvHeads) + " dim " + std::to_string(headDim);
  const auto inputs = size_t(seqLen * s.rowStride), outputs = size_t(seqLen * heads * headDim);
  const auto qkv = check::randomFloats(inputs, 1), dout = check::randomFloats(outputs, 2);
  // Scratch starts as NaN: nothing may be read before it is written.
  std::vector<float> out(outputs + 64), lse(size_t(heads * seqLen)), dqkv(inputs + 64, 9.0f),
      scratch(size_t(k.attentionScratch(s)), NAN);
  k.attentionForward(s, qkv.data(), out.data(), lse.data(), scratch.data());
  Doubles x(qkv.begin(), qkv.begin() + long(inputs));
  check::close(out, attention(s, x), outputs, kForward, what + " forward");
  std::fill(scratch.begin(), scratch.end(), NAN);
  k.attentionBackward(s, qkv.data(), out.data(), dout.data(), lse.data(), dqkv.data(), scratch.data());
  const auto objective = [&](const Doubles& v) {
    const Doubles y = attention(s, v);
    double sum = 0;
    for (size_t i = 0; i < outputs; i++) sum += y[i] * double(dout[i]);
    return sum;
  };
  Doubles expected, actual;
  const size_t step = inputs <= 400 ? 1 : inputs / 150 | 1;
  for (size_t i = 0; i < inputs; i += step) {
    expected.push_back(check::slope(objective, x, i));
    actual.push_back(double(dqkv[i]));
  }
  check::close(actual, expected, actual.size(), kBackward, what + " backward");
}

// What a position sees must not depend on later positions, to the bit.
void testCausality(const Kernels& k) {
  const AttentionShape s{80, 2, 1, 16, 64, 0.25f};
  auto qkv = check::randomFloats(size_t(s.seqLen * s.rowStride), 3);
  std::vector<float> before(size_t(s.seqLen * 32) + 64), after(before.size()), lse(size_t(2 * s.seqLen)),
      scratch(size_t(k.attentionScratch(s)));
  k.attentionForward(s, qkv.data(), before.data(), lse.data(), scratch.data());
  for (size_t i = size_t(41 * s.rowStride); i < size_t(s.seqLen * s.rowStride); i++) qkv[i] += 3.0f;
  k.attentionForward(s, qkv.data(), after.data(), lse.data(), scratch.data());
  for (size_t i = 0; i < 41 * 32; i++)
    check::isTrue(before[i] == after[i], std::string(k.name) + " attention sees the future");
}

}  // namespace

int main() {
  for (const Kernels* k : check::runnableKernels()) {
    testShape(*k, 1, 1, 1, 2);
    testShape(*k, 5, 2, 2, 4);
    testShape(*k, 17, 4, 2, 6);
    testShape(*k, 64, 2, 2, 16);
    testShape(*k, 70, 2, 1, 20);
    testShape(*k, 131, 1, 1, 8);
    testCausality(*k);
  }
  return check::finish("attention");
}

// Matrix products and packing against a plain double loop, over shapes that leave every kind of remainder.
#include "check.hpp"

using namespace etalon;

namespace {

struct Shape {
  int64_t m, n, k;
};

// fp32: a sum of k terms in blocks of 512 rounds by a few parts in 10^7 of the largest result. bf16: the reference
// rounds the same operands, products of two 8-bit significands are exact in fp32, so only the sums differ.
constexpr double kTolerance = 3e-6;

// To nearest even; written in arithmetic, not in bits, so as not to repeat the kernel.
double bf16(double x) {
  if (x == 0) return 0;
  int exponent;
  const double significand = std::frexp(x, &exponent);
  return std::ldexp(std::nearbyint(std::ldexp(significand, 8)), exponent - 8);
}

std::vector<float> rounded(std::vector<float> values) {
  for (float& v : values) v = float(bf16(double(v)));
  return values;
}

std::vector<double> reference(const Shape& s, const std::vector<float>& a, bool transposeA, const std::vector<float>& b,
                              const std::vector<float>& c, float alpha, bool accumulate) {
  std::vector<double> out(size_t(s.m * s.n));
  for (int64_t i = 0; i < s.m; i++)
    for (int64_t j = 0; j < s.n; j++) {
      double sum = 0;
      for (int64_t p = 0; p < s.k; p++)
        sum += double(a[size_t(transposeA ? p * s.m + i : i * s.k + p)]) * double(b[size_t(p * s.n + j)]);
      out[size_t(i * s.n + j)] = alpha * sum + (accumulate ? double(c[size_t(i * s.n + j)]) : 0.0);
    }
  return out;
}

std::vector<float> transposed(const std::vector<float>& b, int64_t rows, int64_t columns) {
  std::vector<float> out(size_t(rows * columns) + 64, 0.0f);
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < columns; j++) out[size_t(j * rows + i)] = b[size_t(i * columns + j)];
  return out;
}

void testShape(const Kernels& k, const Shape& s, bool transposeA, bool bf16, float alpha, bool accumulate) {
  const auto a = check::randomFloats(size_t(s.m * s.k), 1), b = check::randomFloats(size_t(s.k * s.n), 2);
  const auto c = check::randomFloats(size_t(s.m * s.n), 3);
  const auto expected = reference(s, bf16 ? rounded(a) : a, transposeA, bf16 ? rounded(b) : b, c, alpha, accumulate);
  const int64_t w = k.panelWidth;
  std::vector<float> packed(size_t((s.n + w - 1) / w * w * s.k) + 64), packedToo(packed.size());
  k.packPlain(b.data(), s.n, s.k, s.n, packed.data());
  k.packTransposed(transposed(b, s.k, s.n).data(), s.k, s.n, s.k, packedToo.data());
  const std::string what = std::string(k.name) + " " + std::to_string(s.m) + "x" + std::to_string(s.n) + "x" +
                           std::to_string(s.k) + (bf16 ? " bf16" : "") + (transposeA ? " A^T" : "") +
                           (accumulate ? " +=" : " =");
  check::isTrue(packed == packedToo, what + ": the two packings differ");
  const auto run = [&](const float* operand, int64_t ldb, int64_t stride, const char* form, bool rounded = false) {
    auto out = c;
    k.gemm({a.data(), transposeA ? s.m : s.k, transposeA, operand, ldb, stride, out.data(), s.n, s.m, s.n, s.k, alpha,
            accumulate, bf16, rounded});
    check::close(out, expected, expected.size(), kTolerance, what + form);
    for (size_t i = expected.size(); i < out.size(); i++)
      check::isTrue(out[i] == 0.0f, what + form + ": wrote past the end");
  };
  run(packed.data(), w, w * s.k, " packed");
  run(b.data(), s.n, w, " unpacked");
  if (!bf16 || !k.roundPanels) return;
  k.roundPanels(s.n, s.k, packed.data());
  run(packed.data(), w, w * s.k, " rounded", true);
}

// What is not finite must stay so, or divergence would be hidden.
void testNotFinite(const Kernels& k) {
  for (const bool bf16 : {false, true})
    for (const float value : {NAN, INFINITY}) {
      std::vector<float> a(6, 1.0f), b(3 * 64, 1.0f), c(2 * 64);
      a[1] = value;
      k.gemm({a.data(), 3, false, b.data(), 64, 64, c.data(), 1, 2, 1, 3, 1.0f, false, bf16});
      check::isTrue(std::isnan(value) ? std::isnan(c[0]) : std::isinf(c[0]),
                    std::string(k.name) + " loses what is not finite");
      check::isTrue(c[1] == 3.0f, std::string(k.name) + " spreads what is not finite");
    }
}

// A value halfway between two of bf16 goes to the one whose last bit is zero, in either operand.
void testTies(const Kernels& k) {
  constexpr float kUlp = 0x1p-7f;  // of bf16 between 1 and 2
  for (const auto& [value, expected] :
       {std::pair{1 + kUlp / 2, 1.0f}, {1 + 1.5f * kUlp, 1 + 2 * kUlp}, {-1 - kUlp / 2, -1.0f}})
    for (const bool left : {false, true}) {
      std::vector<float> a(1, left ? value : 1.0f), b(64, left ? 1.0f : value), c(64);
      k.gemm({a.data(), 1, false, b.data(), 64, 64, c.data(), 1, 1, 1, 1, 1.0f, false, true});
      check::near(c[0], expected, 0,
                  std::string(k.name) + " bf16 tie in the " + (left ? "left" : "right") + " operand");
    }
}

// No terms: zero, or what was there.
void testEmpty(const Kernels& k) {
  for (const bool accumulate : {false, true}) {
    std::vector<float> c(4, 5.0f);
    k.gemm({nullptr, 0, false, nullptr, 0, 0, c.data(), 2, 2, 2, 0, 1.0f, accumulate});
    check::isTrue(c == std::vector<float>(4, accumulate ? 5.0f : 0.0f), std::string(k.name) + " product without terms");
  }
}

}  // namespace

int main() {
  const Shape shapes[] = {{1, 1, 1},     {5, 7, 3},    {6, 16, 8},   {7, 17, 9},     {13, 33, 40},  {64, 96, 32},
                          {30, 10, 300}, {3, 70, 513}, {545, 19, 5}, {250, 33, 259}, {300, 40, 600}};
  for (const Kernels* k : check::runnableKernels()) {
    testNotFinite(*k);
    testEmpty(*k);
    testTies(*k);
    for (const Shape& s : shapes)
      for (const bool transposeA : {false, true})
        for (const bool bf16 : {false, true}) {
          testShape(*k, s, transposeA, bf16, 1.0f, false);
          testShape(*k, s, transposeA, bf16, 0.5f, true);
        }
  }
  return check::finish("gemm");
}

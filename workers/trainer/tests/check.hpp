// Assertions that count failures and print them; finish() is the exit code of a test program.
#pragma once
#include <cmath>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "kernels/kernels.hpp"
#include "base/random.hpp"

namespace check {

inline int failures = 0;
inline int checks = 0;

inline void isTrue(bool ok, const std::string& what) {
  checks++;
  if (ok) return;
  failures++;
  if (failures <= 40) std::printf("FAILED: %s\n", what.c_str());
}

inline void equal(const std::string& actual, const std::string& expected, const std::string& what) {
  isTrue(actual == expected, what + ": got " + actual + ", expected " + expected);
}

inline void near(double actual, double expected, double tolerance, const std::string& what) {
  char text[160];
  std::snprintf(text, sizeof text, ": got %.10g, expected %.10g, tolerance %.3g", actual, expected, tolerance);
  isTrue(std::fabs(actual - expected) <= tolerance, what + text);
}

/// Largest error against the largest expected magnitude; NaN fails.
template <class A, class B>
void close(const A& actual, const B& expected, size_t count, double tolerance, const std::string& what) {
  double scale = 1e-6, error = 0.0;
  size_t worst = 0;
  for (size_t i = 0; i < count; i++) {
    scale = std::max(scale, std::fabs(double(expected[i])));
    const double difference = std::fabs(double(actual[i]) - double(expected[i]));
    if (!(difference <= error)) error = difference, worst = i;
  }
  char text[200];
  std::snprintf(text, sizeof text, ": element %zu is %.8g, expected %.8g; error %.3g of the scale, tolerance %.3g",
                worst, double(actual[worst]), double(expected[worst]), error / scale, tolerance);
  isTrue(error <= tolerance * scale, what + text);
}

inline int finish(const char* name) {
  std::printf("%s: %d checks, %d failed\n", name, checks, failures);
  return failures ? 1 : 0;
}

inline std::vector<float> randomFloats(size_t count, uint64_t stream, double std = 1.0) {
  std::vector<float> out(count + 64, 0.0f);  // kernels may read one panel past the end
  etalon::fillNormal(out.data(), int64_t(count), std, 7, stream);
  return out;
}

inline std::vector<double> asDouble(const std::vector<float>& values) { return {values.begin(), values.end()}; }

constexpr int kSkipped = 77;  // the exit code by which ctest knows a test that could not run

/// What the tests of kernels run: every table that this processor can run, and the AVX-512 source in baseline
/// instructions; in the tests of the CUDA backend its kernels alone. Where there is no device the program ends as
/// skipped.
std::vector<const etalon::Kernels*> runnableKernels();

/// Central difference of f in coordinate i.
inline double slope(const std::function<double(const std::vector<double>&)>& f, std::vector<double>& x, size_t i,
                    double h = 1e-5) {
  const double saved = x[i];
  x[i] = saved + h;
  const double up = f(x);
  x[i] = saved - h;
  const double down = f(x);
  x[i] = saved;
  return (up - down) / (2.0 * h);
}

}  // namespace check

#include "base/random.hpp"

#include <cmath>
#include <numbers>

namespace etalon {
namespace {

constexpr uint64_t kGolden = 0x9E3779B97F4A7C15ull;

// (0, 1]: the logarithm below must not see zero.
double uniform(uint64_t bits) { return (double(bits >> 11) + 1.0) * 0x1p-53; }

}  // namespace

uint64_t mixBits(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  return x ^ (x >> 31);
}

uint64_t hashText(std::string_view text) {
  uint64_t hash = 0xCBF29CE484222325ull;
  for (const char c : text) hash = (hash ^ uint8_t(c)) * 0x100000001B3ull;
  return hash;
}

void fillNormal(float* out, int64_t count, double std, uint64_t seed, uint64_t stream) {
  const uint64_t key = mixBits(seed + kGolden) ^ mixBits(stream);
  for (int64_t i = 0; i < count; i += 2) {
    const double radius = std * std::sqrt(-2.0 * std::log(uniform(mixBits(key + uint64_t(i) * kGolden))));
    const double angle = 2.0 * std::numbers::pi * uniform(mixBits(key + uint64_t(i + 1) * kGolden));
    out[i] = float(radius * std::cos(angle));
    if (i + 1 < count) out[i + 1] = float(radius * std::sin(angle));
  }
}

Permutation::Permutation(uint64_t size, uint64_t key) : size_(size), key_(key), halfBits_(1) {
  while (halfBits_ < 31 && (uint64_t(1) << (2 * halfBits_)) < size) halfBits_++;
}

uint64_t Permutation::operator()(uint64_t index) const {
  const uint64_t mask = (uint64_t(1) << halfBits_) - 1;
  do {
    uint64_t left = index >> halfBits_, right = index & mask;
    for (uint64_t round = 1; round <= 4; round++) {
      const uint64_t next = left ^ (mixBits(key_ + round * kGolden + mixBits(right)) & mask);
      left = right;
      right = next;
    }
    index = left << halfBits_ | right;
  } while (index >= size_);
  return index;
}

}  // namespace etalon

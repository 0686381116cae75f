// Seeded random numbers that are functions of (seed, stream, index): no state to save, no order to keep.
#pragma once
#include <cstdint>
#include <string_view>

namespace etalon {

/// Mixes 64 bits (splitmix64 finaliser, Steele et al. 2014).
uint64_t mixBits(uint64_t x);

/// FNV-1a hash of the text; stable across machines.
uint64_t hashText(std::string_view text);

/// Fills out[0..count) with std * N(0, 1) by Box-Muller; the i-th value depends on (seed, stream, i) alone.
void fillNormal(float* out, int64_t count, double std, uint64_t seed, uint64_t stream);

/// A seeded permutation of [0, size): a four-round Feistel network over the next even power of two, cycle-walked.
class Permutation {
 public:
  Permutation(uint64_t size, uint64_t key);
  uint64_t operator()(uint64_t index) const;

 private:
  uint64_t size_, key_;
  int halfBits_;
};

}  // namespace etalon

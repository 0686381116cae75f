// Seeded tokens without end whose entropy is known exactly.
#pragma once
#include <vector>

#include "config/config.hpp"
#include "data/token-source.hpp"

namespace etalon {

/// True when a data path names the generator: "synthetic:", then key=value pairs separated by commas.
bool isSyntheticPath(const std::string& path);

/// A Markov chain: after a context of `order` tokens the next one has Zipf probabilities, rank r with weight
/// r^-exponent, over a permutation of the vocabulary that the context and the seed choose. Every row having the same
/// entropy, the entropy rate is that of the Zipf law, whatever the stationary distribution.
class SyntheticSource : public TokenSource {
 public:
  /// Keys of the path: order (0 to 8, default 1), exponent (0 to 8, default 1.5), seed (default 1). Training and
  /// held-out windows come from the same chain by different draws. Throws ConfigError naming `field`.
  SyntheticSource(const std::string& path, const std::string& field, int64_t vocab, bool heldOut);

  /// Nats a token, of a reader that sees the whole context: no model of the chain has a lower expected loss.
  double entropy() const;
  int64_t windows(int64_t seqLen) const override;
  void readWindow(int64_t window, int64_t seqLen, int32_t* out) const override;
  std::string hash() const override;
  Json description() const override;

 private:
  uint64_t rankOf(double uniform) const;

  int64_t order_, vocab_;
  double exponent_;
  uint64_t seed_, draws_;
  std::vector<double> cumulative_;
};

}  // namespace etalon

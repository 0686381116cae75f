// The coordinate check of a parametrisation (Yang et al. 2022, appendix D.1).
#pragma once
#include <cstdio>
#include <map>
#include <vector>

#include "config/config.hpp"
#include "kernels/kernels.hpp"

namespace etalon {

/// The configuration at another width: head dimension, heads per key-value head and hidden / width stay.
/// Throws ConfigError when the width does not allow that.
RunConfig atWidth(const RunConfig& config, int64_t width);

struct CoordinateCheck {
  std::vector<int64_t> widths{32, 64, 128, 256};
  int64_t steps = 6;
  int64_t seeds = 3;  // config.seed and the numbers after it
};

/// Growth with width, by coordinate: the slope of log2 of a mean over seeds against log2 width.
struct CoordinateSlopes {
  std::map<std::string, double> rms, change;

  /// Whether residual stream and logits grow with a slope within +-0.1, both they and their change since the start.
  bool flat() const;
};

/// Trains `steps` steps at peakLr at each width and seed. Prints a JSON line per width, seed and step with the root
/// mean square of every coordinate on a fixed batch (embedding, what each block adds, residual stream, logits) and of
/// its change since the start, then one with the slopes after the last step. Returns those.
CoordinateSlopes coordinateCheck(const RunConfig& config, const Kernels& kernels, const CoordinateCheck& check,
                                 std::FILE* out);

}  // namespace etalon

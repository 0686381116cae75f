// The coordinate check of a parametrisation (Yang et al. 2022, appendix D.1).
#pragma once
#include <cstdio>
#include <vector>

#include "config.hpp"
#include "kernels.hpp"

namespace etalon {

/// The configuration at another width: head dimension, heads per key-value head and hidden / width stay.
/// Throws ConfigError when the width does not allow that.
RunConfig atWidth(const RunConfig& config, int64_t width);

/// Trains `steps` steps at peakLr at each width, on one batch stream, and prints a JSON line per width and step with
/// the root mean square of the residual stream and the logits on a fixed batch, and of their change since the start.
/// Under muP the changes do not grow with width; under the standard parametrisation they do.
void coordinateCheck(const RunConfig& config, const Kernels& kernels, const std::vector<int64_t>& widths,
                     int64_t steps, std::FILE* out);

}  // namespace etalon

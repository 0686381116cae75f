// Measures training speed on random tokens.
#pragma once
#include "config.hpp"
#include "kernels.hpp"

namespace etalon {

/// Trains for about `seconds` and prints one JSON line: tokens_per_s (mean), best_tokens_per_s (fastest step),
/// tokens_per_cpu_s (mean by processor time, which other programs disturb less), gflops (training FLOPs with
/// attention), isa, threads.
void bench(const RunConfig& config, const Kernels& kernels, int threads, double seconds);

}  // namespace etalon

// Measures training speed on random tokens.
#pragma once
#include "model/engine.hpp"

namespace etalon {

/// Trains for about `seconds` and prints one JSON line: tokens_per_s (mean), best_tokens_per_s (fastest step),
/// tokens_per_cpu_s (mean by processor time, which other programs disturb less), gflops (training FLOPs with
/// attention), isa, device, threads; on the processor (`kernels` not null) also the rate of an FMA probe, fma_gflops,
/// and the fastest step's share of it.
void bench(const RunConfig& config, const Backend& backend, const Kernels* kernels, double seconds);

}  // namespace etalon

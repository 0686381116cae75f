#include "tools/bench.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>

#include "base/thread-pool.hpp"
#include "data/token-file.hpp"

namespace etalon {
namespace {

constexpr int kWarmupSteps = 3, kLeastSteps = 5;
constexpr int64_t kProbeRounds = 1 << 18;
constexpr int kProbes = 24;  // about 50 ms; the fastest counts

// Operations a second of all threads at once, doing nothing but multiply-adds.
double probeRate(const RunConfig& config, const Kernels& kernels, int threads) {
  using Clock = std::chrono::steady_clock;
  ThreadPool pool(threads);
  const bool bf16 = config.precision == Precision::bf16;
  double best = 0.0;
  for (int probe = 0; probe < kProbes; probe++) {
    std::vector<double> rates(size_t(pool.threads()));
    std::vector<float> sinks(size_t(2 * pool.threads()), 1e-6f);
    pool.run(pool.threads(), [&](int64_t index, int) {
      float* sink = &sinks[size_t(2 * index)];
      sink[0] = 1.0f;
      const auto start = Clock::now();
      const double operations = kernels.probe(kProbeRounds, bf16, sink);
      rates[size_t(index)] = operations / std::chrono::duration<double>(Clock::now() - start).count();
    });
    double sum = 0.0;
    for (const double rate : rates) sum += rate;
    best = std::max(best, sum);
  }
  return best;
}

TokenFile randomTokens(int64_t vocab) {
  TokenFile data;
  data.tokens.resize(1 << 20);
  const auto largest = uint64_t(std::min<int64_t>(vocab, 256));
  for (size_t i = 0; i < data.tokens.size(); i++) data.tokens[i] = uint8_t(mixBits(i) % largest);
  return data;
}

}  // namespace

void bench(const RunConfig& config, const Backend& backend, const Kernels* kernels, double seconds) {
  using Clock = std::chrono::steady_clock;
  requirePrecision(config, backend.machine().isa, backend.machine().hasBf16);
  backend.requireFit(config, 0);
  const std::unique_ptr<Engine> engine = backend.start(config);
  const TokenFile data = randomTokens(config.model.vocab);
  const TrainSampler sampler(data, config.model.seqLen, config.seed);
  Batch batch;
  const auto step = [&](int64_t index) {
    sampler.fill(index * config.batchSeqs, config.batchSeqs, batch);
    engine->step(batch, 1e-3, index);
  };
  for (int i = 0; i < kWarmupSteps; i++) step(i);
  const std::clock_t cpuStart = std::clock();
  double total = 0.0, best = 1e30;
  int64_t steps = 0;
  for (; total < seconds || steps < kLeastSteps; steps++) {
    const auto start = Clock::now();
    step(kWarmupSteps + steps);
    const double took = std::chrono::duration<double>(Clock::now() - start).count();
    total += took;
    best = std::min(best, took);
  }
  const double cpuSeconds = double(std::clock() - cpuStart) / CLOCKS_PER_SEC;
  const double perToken = flopsPerToken(config, engine->table(), true),
               bestRate = double(config.tokensPerStep()) / best;
  const double rate = double(steps * config.tokensPerStep()) / total;
  Json out = Json::object();
  out.set("tokens_per_s", rate).set("best_tokens_per_s", bestRate);
  out.set("tokens_per_cpu_s", double(steps * config.tokensPerStep()) / cpuSeconds);
  out.set("gflops", rate * perToken * 1e-9).set("best_gflops", bestRate * perToken * 1e-9);
  if (kernels) {
    const double peak = probeRate(config, *kernels, backend.machine().threads);
    out.set("fma_gflops", peak * 1e-9).set("fma_share", bestRate * perToken / peak);
  }
  const Machine& machine = backend.machine();
  out.set("isa", machine.isa).set("device", machine.device).set("threads", machine.threads).set("steps", steps);
  std::printf("%s\n", out.dump().c_str());
}

}  // namespace etalon

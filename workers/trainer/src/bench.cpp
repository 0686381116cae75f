#include "bench.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>

#include "memory.hpp"
#include "optimizer.hpp"
#include "token-file.hpp"

namespace etalon {
namespace {

constexpr int kWarmupSteps = 3;

TokenFile randomTokens(int64_t vocab) {
  TokenFile data;
  data.tokens.resize(1 << 20);
  const auto largest = uint64_t(std::min<int64_t>(vocab, 256));
  for (size_t i = 0; i < data.tokens.size(); i++) data.tokens[i] = uint8_t(mixBits(i) % largest);
  return data;
}

}  // namespace

void bench(const RunConfig& config, const Kernels& kernels, int threads, double seconds) {
  using Clock = std::chrono::steady_clock;
  requireMemory(Model::bytesNeeded(config, kernels, threads), "the run");
  ThreadPool pool(threads);
  Model model(config, kernels, pool);
  Optimizer optimizer(config, model.table(), kernels, pool);
  const TokenFile data = randomTokens(config.model.vocab);
  const TrainSampler sampler(data, config.model.seqLen, config.seed);
  Batch batch;
  const auto step = [&](int64_t index) {
    sampler.fill(index * config.batchSeqs, config.batchSeqs, batch);
    model.lossAndGradients(batch);
    optimizer.update(model.params(), model.gradients(), model.reduceGradients(), 1e-3, index);
    model.repack();
  };
  for (int i = 0; i < kWarmupSteps; i++) step(i);
  const std::clock_t cpuStart = std::clock();
  double total = 0.0, best = 1e30;
  int64_t steps = 0;
  for (; total < seconds || steps < 3; steps++) {
    const auto start = Clock::now();
    step(kWarmupSteps + steps);
    const double took = std::chrono::duration<double>(Clock::now() - start).count();
    total += took;
    best = std::min(best, took);
  }
  const double cpuSeconds = double(std::clock() - cpuStart) / CLOCKS_PER_SEC;
  const double rate = double(steps * config.tokensPerStep()) / total;
  Json out = Json::object();
  out.set("tokens_per_s", rate).set("best_tokens_per_s", double(config.tokensPerStep()) / best);
  out.set("tokens_per_cpu_s", double(steps * config.tokensPerStep()) / cpuSeconds);
  out.set("gflops", rate * flopsPerToken(config, model.table(), true) * 1e-9);
  out.set("isa", kernels.name).set("threads", threads).set("steps", steps);
  std::printf("%s\n", out.dump().c_str());
}

}  // namespace etalon

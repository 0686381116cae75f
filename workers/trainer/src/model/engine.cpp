#include "model/engine.hpp"

#include <cmath>
#include <cstring>

#include "base/memory.hpp"
#include "model/optimizer.hpp"

namespace etalon {
namespace {

class ProcessorEngine : public Engine {
 public:
  ProcessorEngine(const RunConfig& config, const Kernels& kernels, int threads)
      : pool_(threads), model_(config, kernels, pool_), optimizer_(config, model_.table(), kernels, pool_) {}

  const ParameterTable& table() const override { return model_.table(); }

  StepResult step(const Batch& batch, double learningRate, int64_t step) override {
    StepResult result{model_.lossAndGradients(batch), 0};
    result.gradNorm = model_.reduceGradients();
    if (result.finite()) {
      optimizer_.update(model_.params(), model_.gradients(), result.gradNorm, learningRate, step);
      model_.repack();
    }
    return result;
  }

  double lossSum(const Batch& batch) override { return model_.lossSum(batch); }

  void storeState(TrainState& state) override {
    const auto count = size_t(table().total);
    state.resize(3 * count);
    std::memcpy(state.data(), model_.params(), count * sizeof(float));
    std::memcpy(state.data() + count, optimizer_.moment1(), count * sizeof(float));
    std::memcpy(state.data() + 2 * count, optimizer_.moment2(), count * sizeof(float));
  }

  void loadState(const TrainState& state) override {
    const auto count = size_t(table().total);
    std::memcpy(model_.params(), state.data(), count * sizeof(float));
    std::memcpy(optimizer_.moment1(), state.data() + count, count * sizeof(float));
    std::memcpy(optimizer_.moment2(), state.data() + 2 * count, count * sizeof(float));
    model_.repack();
  }

 private:
  ThreadPool pool_;
  Model model_;
  Optimizer optimizer_;
};

class ProcessorBackend : public Backend {
 public:
  ProcessorBackend(const Kernels& kernels, int threads)
      : kernels_(kernels), machine_{kernels.name, "cpu", kernels.hasBf16, threads} {}

  const Machine& machine() const override { return machine_; }

  void requireFit(const RunConfig& config, double extraBytes) const override {
    requireMemory(Model::bytesNeeded(config, kernels_, machine_.threads) + extraBytes, "the run");
  }

  std::unique_ptr<Engine> start(const RunConfig& config) const override {
    return std::make_unique<ProcessorEngine>(config, kernels_, machine_.threads);
  }

 private:
  const Kernels& kernels_;
  Machine machine_;
};

}  // namespace

bool StepResult::finite() const { return std::isfinite(loss) && std::isfinite(gradNorm); }

std::unique_ptr<Backend> processorBackend(const Kernels& kernels, int threads) {
  return std::make_unique<ProcessorBackend>(kernels, threads);
}

void requirePrecision(const RunConfig& config, const std::string& isa, bool hasBf16) {
  if (config.precision != Precision::bf16 || hasBf16 || config.emulateBf16) return;
  throw ConfigError("precision", "\"bf16\" needs a processor with AVX512-BF16, which the " + isa +
                                     " kernels do not use; \"emulateBf16\": true rounds in software, slower than fp32");
}

}  // namespace etalon

// Where the arithmetic of a run happens: the processor's kernels and threads, or a CUDA device.
#pragma once
#include <memory>

#include "model/checkpoint.hpp"
#include "kernels/kernels.hpp"
#include "model/parametrization.hpp"
#include "data/sampler.hpp"

namespace etalon {

/// What a run reports about where it ran.
struct Machine {
  std::string isa, device;  // "avx2", "cpu"; "cuda-sm90", "cuda (NVIDIA H100 80GB HBM3)"
  bool hasBf16 = false;     // an instruction multiplies bf16 pairs
  int threads = 1;
};

struct StepResult {
  double loss, gradNorm;  // mean over the batch in nats a token; before clipping
  bool finite() const;
};

/// The parameters and the optimiser's state of one run.
class Engine {
 public:
  virtual ~Engine() = default;

  virtual const ParameterTable& table() const = 0;

  /// Trains on one batch of config.batchSeqs sequences. `step` counts from 0 and sets the bias correction. Where the
  /// result is not finite, nothing changes.
  virtual StepResult step(const Batch& batch, double learningRate, int64_t step) = 0;

  /// Sum of the losses of a batch in nats, without gradients.
  virtual double lossSum(const Batch& batch) = 0;

  virtual void storeState(TrainState& state) = 0;
  /// Throws nothing; `state` must be of this model.
  virtual void loadState(const TrainState& state) = 0;
};

/// A kind of place to run on.
class Backend {
 public:
  virtual ~Backend() = default;

  virtual const Machine& machine() const = 0;

  /// Throws MemoryError where a run of this configuration and `extraBytes` of memory beside it do not fit, ConfigError
  /// where this backend cannot run it at all.
  virtual void requireFit(const RunConfig& config, double extraBytes) const = 0;

  /// A run at its seeded initial parameters. Throws std::bad_alloc.
  virtual std::unique_ptr<Engine> start(const RunConfig& config) const = 0;
};

/// The processor, with up to `threads` threads. `kernels` must outlive the backend.
std::unique_ptr<Backend> processorBackend(const Kernels& kernels, int threads);

/// Throws ConfigError when the run wants bf16, the machine has none, and emulation was not asked for.
void requirePrecision(const RunConfig& config, const std::string& isa, bool hasBf16);

}  // namespace etalon

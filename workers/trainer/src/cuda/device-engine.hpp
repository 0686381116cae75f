// A run on a CUDA device. Parameters, optimiser state and activations stay there; a step is a few recorded graphs.
#pragma once
#include "cuda/operations.hpp"
#include "model/engine.hpp"

namespace etalon::cuda {

/// The current device. Throws DeviceError, with the runtime's reason, where there is none.
std::unique_ptr<Backend> backend();

/// A run whose batches are cut into pieces of about `microTokens` tokens. Throws std::bad_alloc, DeviceError.
std::unique_ptr<Engine> startRun(const RunConfig& config, int64_t microTokens);

/// Bytes of device memory such a run takes.
double deviceBytes(const RunConfig& config, int64_t microTokens);

/// The gradient of the last step, before clipping, in the order of the parameter table; of an engine of startRun.
std::vector<float> lastGradient(Engine& engine);

}  // namespace etalon::cuda

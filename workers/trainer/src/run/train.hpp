// Training runs: one trunk, a decay branch at every wanted token count, events, checkpoints.
#pragma once
#include <string>

#include "model/engine.hpp"

namespace etalon {

struct TrainOptions {
  std::string resume;      // checkpoint to continue from, or empty
  std::string checkpoint;  // where to write checkpoints
  double checkpointEverySeconds = 0;  // 0: only when stopped
};

/// Runs the job to its end, or to a stop signal; returns the process exit code (0, or 128 + signal).
/// Throws ConfigError, DataError, CheckpointError, std::bad_alloc.
int train(const RunConfig& config, const Backend& backend, const TrainOptions& options);

}  // namespace etalon

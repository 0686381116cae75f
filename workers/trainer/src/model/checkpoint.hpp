// Everything a run needs to continue bit for bit, and its file.
#pragma once
#include <optional>

#include "config/config.hpp"

namespace etalon {

/// A checkpoint file that cannot be used.
struct CheckpointError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Parameters, first and second moments, one after the other.
using TrainState = std::vector<float>;

/// Losses since the last step event.
struct LossMeter {
  double sum = 0;
  int64_t steps = 0;
  int64_t tokensAtEvent = 0;
};

/// One line of training: the trunk, or a decay branch.
struct Progress {
  int64_t step = 0;
  std::vector<double> losses;  // of every step since this line began
  LossMeter meter;
};

struct Checkpoint {
  std::string isa;
  std::string dataHash;
  Json config;  // resolved, as in the start event
  size_t branchesDone = 0;
  double wallSeconds = 0;
  Progress trunk;
  TrainState trunkState;
  std::optional<int64_t> branch;  // the branch being trained, if any
  Progress branchProgress;
  TrainState branchState;
};

/// Writes to a temporary file next to `path` and renames it over `path`. Throws CheckpointError.
void writeCheckpoint(const std::string& path, const Checkpoint& checkpoint);

/// Reads and verifies (length and SHA-256). Throws CheckpointError.
Checkpoint readCheckpoint(const std::string& path);

/// Throws ConfigError naming the first field that differs in a way that changes the run (data paths may differ).
void requireSameConfig(const Json& saved, const Json& current);

}  // namespace etalon

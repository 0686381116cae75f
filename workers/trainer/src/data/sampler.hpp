// Which windows of text a run sees, in which order.
#pragma once
#include <vector>

#include "base/random.hpp"
#include "data/token-source.hpp"

namespace etalon {

/// Inputs and targets of consecutive sequences, [sequences, seqLen] each.
struct Batch {
  std::vector<int32_t> inputs, targets;
  int64_t sequences = 0;

  void resize(int64_t count, int64_t seqLen);
};

/// The training stream: sequence i is a window drawn without replacement within an epoch, by a permutation that
/// depends on the seed and the epoch. The stream does not depend on the batch size.
class TrainSampler {
 public:
  TrainSampler(const TokenSource& data, int64_t seqLen, uint64_t seed);

  /// Sequences first .. first + count of the stream.
  void fill(int64_t first, int64_t count, Batch& batch) const;
  /// Passes over the data after so many sequences.
  double epochs(int64_t sequences) const { return double(sequences) / double(windows_); }
  /// Window of the data that sequence i of the stream reads.
  int64_t window(int64_t sequence) const;

 private:
  const TokenSource& data_;
  int64_t seqLen_, windows_;
  uint64_t seed_;
};

/// Held-out windows: `count` of them spread evenly over the file, the same for every run.
/// Throws DataError when the file has fewer.
class EvaluationSampler {
 public:
  EvaluationSampler(const TokenSource& data, int64_t seqLen, int64_t count);

  void fill(int64_t first, int64_t count, Batch& batch) const;
  int64_t count() const { return count_; }

 private:
  const TokenSource& data_;
  int64_t seqLen_, count_;
};

}  // namespace etalon

#include "data/sampler.hpp"

#include <algorithm>

namespace etalon {
namespace {

void copyWindow(const TokenSource& data, int64_t window, int64_t seqLen, int64_t row, Batch& batch) {
  std::vector<int32_t> tokens(size_t(seqLen + 1));
  data.readWindow(window, seqLen, tokens.data());
  std::copy(tokens.begin(), tokens.end() - 1, batch.inputs.begin() + row * seqLen);
  std::copy(tokens.begin() + 1, tokens.end(), batch.targets.begin() + row * seqLen);
}

}  // namespace

void Batch::resize(int64_t count, int64_t seqLen) {
  sequences = count;
  inputs.resize(size_t(count * seqLen));
  targets.resize(size_t(count * seqLen));
}

TrainSampler::TrainSampler(const TokenSource& data, int64_t seqLen, uint64_t seed)
    : data_(data), seqLen_(seqLen), windows_(data.windows(seqLen)), seed_(seed) {}

int64_t TrainSampler::window(int64_t sequence) const {
  const uint64_t epoch = uint64_t(sequence / windows_);
  const Permutation order(uint64_t(windows_), mixBits(seed_ ^ hashText("data order")) + mixBits(epoch + 1));
  return int64_t(order(uint64_t(sequence % windows_)));
}

void TrainSampler::fill(int64_t first, int64_t count, Batch& batch) const {
  batch.resize(count, seqLen_);
  for (int64_t i = 0; i < count; i++) copyWindow(data_, window(first + i), seqLen_, i, batch);
}

EvaluationSampler::EvaluationSampler(const TokenSource& data, int64_t seqLen, int64_t count)
    : data_(data), seqLen_(seqLen), count_(count) {
  if (data.windows(seqLen) < count)
    throw DataError("the held-out data has " + std::to_string(data.windows(seqLen)) + " windows of " +
                    std::to_string(seqLen) + " tokens, fewer than data.valWindows (" + std::to_string(count) + ")");
}

void EvaluationSampler::fill(int64_t first, int64_t count, Batch& batch) const {
  batch.resize(count, seqLen_);
  const int64_t windows = data_.windows(seqLen_);
  for (int64_t i = 0; i < count; i++)
    copyWindow(data_, int64_t(double(first + i) * double(windows) / double(count_)), seqLen_, i, batch);
}

}  // namespace etalon

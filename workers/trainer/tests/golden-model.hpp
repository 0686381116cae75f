// Parameters and batches of the golden files (tests/golden/make.py has the same formulas).
#pragma once
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "model/parametrization.hpp"
#include "base/random.hpp"
#include "data/sampler.hpp"
#include "temporary-folder.hpp"

namespace testing {

struct GoldenFile {
  std::string name;
  etalon::Json content;
};

inline std::vector<GoldenFile> goldenFiles() {
  std::vector<GoldenFile> out;
  for (const auto& entry : std::filesystem::directory_iterator(MODEL_GOLDEN_FOLDER))
    if (entry.path().extension() == ".json")
      out.push_back({entry.path().stem().string(), etalon::Json::parse(TemporaryFolder::read(entry.path().string()))});
  return out;
}

/// In the order of the parameter table.
inline std::vector<float> goldenParameters(const etalon::Json& golden, const etalon::ParameterTable& table) {
  std::vector<float> out(size_t(table.total));
  const auto& tensors = golden.find("tensors")->items();
  for (size_t t = 0; t < tensors.size(); t++) {
    const etalon::Tensor& tensor = table.tensors[t];
    const double scale = tensors[t].find("std")->number() * std::sqrt(12.0);
    for (int64_t i = 0; i < tensor.count; i++) {
      const double u = double(etalon::mixBits((uint64_t(t + 1) << 32) + uint64_t(i)) >> 40) * 0x1p-24 - 0.5;
      out[size_t(tensor.offset + i)] = float(tensor.gain ? 1.0 + u / 2.0 : u * scale);
    }
  }
  return out;
}

inline etalon::Batch goldenBatch(const etalon::Json& golden, const etalon::RunConfig& config, int64_t step) {
  etalon::Batch batch;
  batch.resize(config.batchSeqs, config.model.seqLen);
  const int64_t length = config.model.seqLen + 1, stream = int64_t(golden.find("stream")->number());
  const auto token = [&](int64_t i) {
    const uint64_t bits = etalon::mixBits((uint64_t(1000 * stream + step) << 32) + uint64_t(i));
    return int32_t(bits % uint64_t(config.model.vocab));
  };
  for (int64_t r = 0; r < config.batchSeqs; r++)
    for (int64_t t = 0; t < config.model.seqLen; t++) {
      batch.inputs[size_t(r * config.model.seqLen + t)] = token(r * length + t);
      batch.targets[size_t(r * config.model.seqLen + t)] = token(r * length + t + 1);
    }
  return batch;
}

}  // namespace testing

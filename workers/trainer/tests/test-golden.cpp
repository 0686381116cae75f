// Whole models against files that an independent implementation wrote (tests/golden/make.py): the parameter table, the
// first loss, every gradient, and ten steps of AdamW.
#include <filesystem>

#include "check.hpp"
#include "optimizer.hpp"
#include "schedule.hpp"
#include "temporary-folder.hpp"

using namespace etalon;

namespace {

// fp32 sums of at most a few hundred terms round by a few parts in 10^7 of the largest gradient of a tensor; the loss
// is a mean of 33 terms of size 4. Ten steps of AdamW amplify: it divides by the root of the second moment, so a small
// gradient's relative error arrives whole in the parameter.
constexpr double kLossTolerance = 2e-6, kGradientTolerance = 1e-5, kTrainedLossTolerance = 1e-4;
constexpr double kTableTolerance = 1e-12;  // the same double formulas, other association

double unitValue(uint64_t stream, uint64_t i) { return double(mixBits((stream << 32) + i) >> 40) * 0x1p-24 - 0.5; }

void fillParameters(const Json& golden, Model& model) {
  const auto& tensors = golden.find("tensors")->items();
  for (size_t t = 0; t < tensors.size(); t++) {
    const Tensor& tensor = model.table().tensors[t];
    const double scale = tensors[t].find("std")->number() * std::sqrt(12.0);
    float* values = model.params() + tensor.offset;
    for (int64_t i = 0; i < tensor.count; i++) {
      const double u = unitValue(t + 1, uint64_t(i));
      values[i] = float(tensor.gain ? 1.0 + u / 2.0 : u * scale);
    }
  }
  model.repack();
}

Batch batchOfStep(const RunConfig& config, double stream, int64_t step) {
  Batch batch;
  batch.resize(config.batchSeqs, config.model.seqLen);
  const int64_t length = config.model.seqLen + 1;
  const auto token = [&](int64_t i) {
    const uint64_t bits = mixBits((uint64_t(1000 * int64_t(stream) + step) << 32) + uint64_t(i));
    return int32_t(bits % uint64_t(config.model.vocab));
  };
  for (int64_t r = 0; r < config.batchSeqs; r++)
    for (int64_t t = 0; t < config.model.seqLen; t++) {
      batch.inputs[size_t(r * config.model.seqLen + t)] = token(r * length + t);
      batch.targets[size_t(r * config.model.seqLen + t)] = token(r * length + t + 1);
    }
  return batch;
}

void compareTable(const Json& golden, const ParameterTable& table, const std::string& what) {
  const auto& expected = golden.find("tensors")->items();
  check::isTrue(expected.size() == table.tensors.size(), what + ": number of tensors");
  const auto rows = parameterTableJson(table);
  for (size_t t = 0; t < std::min(expected.size(), table.tensors.size()); t++) {
    const Json& row = rows.items()[t];
    for (const char* key : {"name", "shape"}) check::equal(row.find(key)->dump(), expected[t].find(key)->dump(), what + " " + key);
    for (const char* key : {"std", "lr_multiplier", "weight_decay", "forward_multiplier"})
      check::near(row.find(key)->number(), expected[t].find(key)->number(), kTableTolerance, what + " " + key + " of " + table.tensors[t].name);
  }
}

void compareGradients(const Json& golden, const Model& model, const std::string& what) {
  const auto& tensors = golden.find("tensors")->items();
  for (size_t t = 0; t < tensors.size(); t++) {
    const Tensor& tensor = model.table().tensors[t];
    std::vector<double> expected;
    for (const Json& value : tensors[t].find("gradient")->items()) expected.push_back(value.number());
    check::isTrue(int64_t(expected.size()) == tensor.count, what + ": size of " + tensor.name);
    check::close(model.gradients() + tensor.offset, expected, expected.size(), kGradientTolerance, what + " gradient of " + tensor.name);
  }
}

void testFile(const std::string& name, const Json& golden, const Kernels& kernels, int threads) {
  const RunConfig config = parseConfig(*golden.find("config"));
  const std::string what = std::string(kernels.name) + " " + name;
  ThreadPool pool(threads);
  Model model(config, kernels, pool);
  Optimizer optimizer(config, model.table(), kernels, pool);
  compareTable(golden, model.table(), what);
  fillParameters(golden, model);
  const auto& losses = golden.find("losses")->items();
  const auto& norms = golden.find("grad_norms")->items();
  for (int64_t step = 0; step < int64_t(losses.size()); step++) {
    const Batch batch = batchOfStep(config, golden.find("stream")->number(), step);
    const double loss = model.lossAndGradients(batch), norm = model.reduceGradients();
    const std::string at = what + " step " + std::to_string(step);
    const double tolerance = step == 0 ? kLossTolerance : kTrainedLossTolerance;
    check::near(loss, losses[size_t(step)].number(), tolerance * loss, at + " loss");
    check::near(norm, norms[size_t(step)].number(), 10 * tolerance * norm, at + " gradient norm");
    if (step == 0) compareGradients(golden, model, what);
    const double rate = learningRate(config.schedule, double(config.tokens[0]), double(config.batchSeqs), double(step * config.tokensPerStep()));
    optimizer.update(model.params(), model.gradients(), norm, rate, step);
    model.repack();
  }
}

}  // namespace

int main() {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(MODEL_GOLDEN_FOLDER)) {
    if (entry.path().extension() != ".json") continue;
    files++;
    const Json golden = Json::parse(testing::TemporaryFolder::read(entry.path().string()));
    for (const Kernels* kernels : check::runnableKernels())
      for (const int threads : {1, 2}) testFile(entry.path().stem().string(), golden, *kernels, threads);
  }
  check::isTrue(files == 8, "golden files: " + std::to_string(files));
  return check::finish("golden");
}

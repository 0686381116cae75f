// Whole models against files that an independent implementation wrote (tests/golden/make.py): the parameter table, the
// first loss, every gradient, and ten steps of AdamW.
#include <cstring>

#include "check.hpp"
#include "golden-model.hpp"
#include "model/optimizer.hpp"
#include "config/schedule.hpp"

using namespace etalon;

namespace {

// fp32 sums of at most a few hundred terms round by a few parts in 10^7 of the largest gradient of a tensor; the loss
// is a mean of 33 terms of size 4. Ten steps of AdamW amplify: it divides by the root of the second moment, so a small
// gradient's relative error arrives whole in the parameter.
constexpr double kLossTolerance = 2e-6, kGradientTolerance = 1e-5, kTrainedLossTolerance = 1e-4;
constexpr double kTableTolerance = 1e-12;  // the same double formulas, other association

void compareTable(const Json& golden, const ParameterTable& table, const std::string& what) {
  const auto& expected = golden.find("tensors")->items();
  check::isTrue(expected.size() == table.tensors.size(), what + ": number of tensors");
  const auto rows = parameterTableJson(table);
  for (size_t t = 0; t < std::min(expected.size(), table.tensors.size()); t++) {
    const Json& row = rows.items()[t];
    for (const char* key : {"name", "shape"})
      check::equal(row.find(key)->dump(), expected[t].find(key)->dump(), what + " " + key);
    for (const char* key : {"std", "lr_multiplier", "weight_decay", "forward_multiplier"})
      check::near(row.find(key)->number(), expected[t].find(key)->number(), kTableTolerance,
                  what + " " + key + " of " + table.tensors[t].name);
  }
}

void compareGradients(const Json& golden, const Model& model, const std::string& what) {
  const auto& tensors = golden.find("tensors")->items();
  for (size_t t = 0; t < tensors.size(); t++) {
    const Tensor& tensor = model.table().tensors[t];
    std::vector<double> expected;
    for (const Json& value : tensors[t].find("gradient")->items()) expected.push_back(value.number());
    check::isTrue(int64_t(expected.size()) == tensor.count, what + ": size of " + tensor.name);
    check::close(model.gradients() + tensor.offset, expected, expected.size(), kGradientTolerance,
                 what + " gradient of " + tensor.name);
  }
}

void testFile(const std::string& name, const Json& golden, const Kernels& kernels, int threads) {
  const RunConfig config = parseConfig(*golden.find("config"));
  const std::string what = std::string(kernels.name) + " " + name;
  ThreadPool pool(threads);
  Model model(config, kernels, pool);
  Optimizer optimizer(config, model.table(), kernels, pool);
  compareTable(golden, model.table(), what);
  const std::vector<float> start = testing::goldenParameters(golden, model.table());
  std::memcpy(model.params(), start.data(), start.size() * sizeof(float));
  model.repack();
  const auto& losses = golden.find("losses")->items();
  const auto& norms = golden.find("grad_norms")->items();
  for (int64_t step = 0; step < int64_t(losses.size()); step++) {
    const Batch batch = testing::goldenBatch(golden, config, step);
    const double loss = model.lossAndGradients(batch), norm = model.reduceGradients();
    const std::string at = what + " step " + std::to_string(step);
    const double tolerance = step == 0 ? kLossTolerance : kTrainedLossTolerance;
    check::near(loss, losses[size_t(step)].number(), tolerance * loss, at + " loss");
    check::near(norm, norms[size_t(step)].number(), 10 * tolerance * norm, at + " gradient norm");
    if (step == 0) compareGradients(golden, model, what);
    const double rate = learningRate(config.schedule, double(config.tokens[0]), double(config.batchSeqs),
                                     double(step * config.tokensPerStep()));
    optimizer.update(model.params(), model.gradients(), norm, rate, step);
    model.repack();
  }
}

}  // namespace

int main() {
  const std::vector<testing::GoldenFile> files = testing::goldenFiles();
  for (const testing::GoldenFile& file : files)
    for (const Kernels* kernels : check::runnableKernels())
      for (const int threads : {1, 2}) testFile(file.name, file.content, *kernels, threads);
  check::isTrue(files.size() == 8, "golden files: " + std::to_string(files.size()));
  return check::finish("golden");
}

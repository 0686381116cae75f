// Whole models on the device (or its emulation): the golden files, accumulation over pieces of a batch, the same bits
// twice, resuming from a stored state, and steps that must change nothing.
#include "check.hpp"
#include "cuda/device-engine.hpp"
#include "golden-model.hpp"
#include "run-config.hpp"
#include "config/schedule.hpp"

using namespace etalon;

namespace {

// As in test-golden.cpp, with the same reasons.
constexpr double kLossTolerance = 2e-6, kGradientTolerance = 1e-5, kTrainedLossTolerance = 1e-4;

void setParameters(Engine& engine, const std::vector<float>& params) {
  TrainState state(params);
  state.resize(3 * params.size(), 0.0f);
  engine.loadState(state);
}

void testGolden(const testing::GoldenFile& file, int64_t microTokens, int64_t steps) {
  const Json& golden = file.content;
  const RunConfig config = parseConfig(*golden.find("config"));
  const std::unique_ptr<Engine> engine = cuda::startRun(config, microTokens);
  setParameters(*engine, testing::goldenParameters(golden, engine->table()));
  const auto& losses = golden.find("losses")->items();
  const auto& norms = golden.find("grad_norms")->items();
  const auto& tensors = golden.find("tensors")->items();
  for (int64_t step = 0; step < std::min(steps, int64_t(losses.size())); step++) {
    const std::string at =
        file.name + " in pieces of " + std::to_string(microTokens) + ", step " + std::to_string(step);
    const Batch batch = testing::goldenBatch(golden, config, step);
    const double without = step == 0 ? engine->lossSum(batch) / double(config.tokensPerStep()) : 0;
    const double rate = learningRate(config.schedule, double(config.tokens[0]), double(config.batchSeqs),
                                     double(step * config.tokensPerStep()));
    const StepResult result = engine->step(batch, rate, step);
    const double tolerance = step == 0 ? kLossTolerance : kTrainedLossTolerance;
    check::near(result.loss, losses[size_t(step)].number(), tolerance * result.loss, at + " loss");
    check::near(result.gradNorm, norms[size_t(step)].number(), 10 * tolerance * result.gradNorm, at + " gradient norm");
    if (step > 0) continue;
    check::near(without, result.loss, kLossTolerance * result.loss, at + " loss without gradients");
    const std::vector<float> gradient = cuda::lastGradient(*engine);
    for (size_t t = 0; t < tensors.size(); t++) {
      const Tensor& tensor = engine->table().tensors[t];
      std::vector<double> expected;
      for (const Json& value : tensors[t].find("gradient")->items()) expected.push_back(value.number());
      check::close(gradient.data() + tensor.offset, expected, expected.size(), kGradientTolerance,
                   at + " gradient of " + tensor.name);
    }
  }
}

Batch someBatch(const RunConfig& config, int64_t step) {
  Batch batch;
  batch.resize(config.batchSeqs, config.model.seqLen);
  for (size_t i = 0; i < batch.inputs.size(); i++) {
    batch.inputs[i] = int32_t(mixBits(i / 2 + uint64_t(step) * 1000) % uint64_t(config.model.vocab));
    batch.targets[i] = int32_t(mixBits(i + uint64_t(step) * 1000 + 77) % uint64_t(config.model.vocab));
  }
  return batch;
}

testing::RunText text(const char* experts, const char* precision) {
  return {.model = std::string(R"("width":24,"depth":2,"heads":2,"hidden":40,"seqLen":12,"vocab":50)") + experts,
          .rest = std::string(R"("batchSeqs":5,"tokens":[60])") + precision};
}

struct Trace {
  std::vector<double> results;
  TrainState state;
  bool operator==(const Trace& other) const = default;
};

// Steps first .. last, from the given state unless it is empty.
Trace trace(const RunConfig& config, int64_t first, int64_t last, const TrainState& from) {
  const std::unique_ptr<Engine> engine = cuda::startRun(config, 24);
  if (!from.empty()) engine->loadState(from);
  Trace out;
  for (int64_t step = first; step < last; step++) {
    const StepResult result = engine->step(someBatch(config, step), 0.01, step);
    out.results.insert(out.results.end(), {result.loss, result.gradNorm});
  }
  engine->storeState(out.state);
  return out;
}

void testDeterminism(const char* experts, const char* precision) {
  const RunConfig config = text(experts, precision).config();
  const std::string what = std::string("model with") + (*experts ? " experts" : "out experts") + precision;
  const Trace whole = trace(config, 0, 2, {}), half = trace(config, 0, 1, {});
  check::isTrue(whole == trace(config, 0, 2, {}), what + ": the bits differ");
  check::isTrue(whole.state == trace(config, 1, 2, half.state).state, what + ": resuming changes the bits");
  check::isTrue(whole.results[0] > 0 && whole.results[2] != whole.results[0], what + ": nothing is learnt");
}

void testPrecision() {
  const Trace exact = trace(text("", "").config(), 0, 2, {}),
              rounded = trace(text("", R"(,"precision":"bf16")").config(), 0, 2, {});
  check::isTrue(exact.results[0] != rounded.results[0], "bf16 changes nothing");
  check::near(rounded.results[0], exact.results[0], 4e-3 * exact.results[0],
              "bf16 loss");  // operands are rounded by up to 2^-9
}

// A loss that is not finite must be reported, and must leave parameters and moments alone.
void testDivergence() {
  const RunConfig config = text("", "").config();
  const std::unique_ptr<Engine> engine = cuda::startRun(config, 24);
  TrainState before, after;
  engine->storeState(before);
  before[size_t(engine->table().head)] = NAN;
  engine->loadState(before);
  const StepResult result = engine->step(someBatch(config, 0), 0.01, 0);
  check::isTrue(!result.finite(), "divergence is hidden");
  engine->storeState(after);
  before[size_t(engine->table().head)] = after[size_t(engine->table().head)] = 0;
  check::isTrue(before == after, "a step that is not finite changes the parameters");
}

void testLearningRateAndStepAreRead() {
  const RunConfig config = text("", "").config();
  const std::unique_ptr<Engine> engine = cuda::startRun(config, 24);
  TrainState start, fast, slow, later;
  engine->storeState(start);
  const auto after = [&](double rate, int64_t step, TrainState& out) {
    engine->loadState(start);
    engine->step(someBatch(config, 0), rate, step);
    engine->storeState(out);
  };
  after(0.01, 0, fast);  // the first step records the graphs
  after(0.0, 0, slow);
  after(0.01, 5, later);
  const auto count = size_t(engine->table().total);
  check::isTrue(std::equal(slow.begin(), slow.begin() + long(count), start.begin()),
                "a recorded step ignores the learning rate");
  check::isTrue(fast != slow && later != fast, "a recorded step ignores the step number");
}

}  // namespace

int main() {
  check::runnableKernels();  // ends the program where there is no device
  const std::vector<testing::GoldenFile> files = testing::goldenFiles();
  check::isTrue(files.size() == 8, "golden files: " + std::to_string(files.size()));
  const int64_t steps = std::getenv("ETALON_EMULATION_DESCENDING") ? 1 : 10;  // a missing barrier shows in the first
  for (const testing::GoldenFile& file : files) {
    testGolden(file, 8192, steps);
    testGolden(file, 24, 2);
  }
  for (const char* experts : {"", R"(,"experts":4,"topK":2)"})
    for (const char* precision : {"", R"(,"precision":"bf16")"}) testDeterminism(experts, precision);
  testPrecision();
  testDivergence();
  testLearningRateAndStepAreRead();
  return check::finish("cuda engine");
}

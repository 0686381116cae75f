// The same bits for the same seed, at any number of threads; close agreement between instruction sets.
#include <atomic>

#include "check.hpp"
#include "kernels/select.hpp"
#include "model/optimizer.hpp"
#include "run-config.hpp"
#include "data/token-file.hpp"

using namespace etalon;

namespace {

TokenFile someTokens() {
  TokenFile data;
  for (uint64_t i = 0; i < 5000; i++) data.tokens.push_back(uint8_t(mixBits(i / 3) % 40));
  return data;
}

// Between instruction sets only the order of sums differs; four steps of AdamW turn the relative error of a small
// gradient into one of its parameter's whole step (relative to the portable value).
constexpr double kOtherOrder = 2e-4;
// bf16 rounds operands by up to 2^-9 = 2e-3 of themselves, each of a product's two.
constexpr double kBf16Loss = 4e-3;
// A batch against its sequences alone: the loss is the same sums in another order; a gradient is of cancelling terms.
constexpr double kAlone = 1e-6, kAloneGradient = 2e-5;

constexpr const char* kBf16 = R"(,"precision":"bf16","emulateBf16":true)";

// Losses, gradient norms and final parameters of a few steps.
std::vector<double> trace(const RunConfig& config, const Kernels& kernels, int threads) {
  ThreadPool pool(threads);
  Model model(config, kernels, pool);
  Optimizer optimizer(config, model.table(), kernels, pool);
  const TokenFile data = someTokens();
  const TrainSampler sampler(data, config.model.seqLen, config.seed);
  Batch batch;
  std::vector<double> out;
  for (int64_t step = 0; step < 4; step++) {
    sampler.fill(step * config.batchSeqs, config.batchSeqs, batch);
    out.push_back(model.lossAndGradients(batch));
    out.push_back(model.reduceGradients());
    optimizer.update(model.params(), model.gradients(), out.back(), 0.01, step);
    model.repack();
  }
  sampler.fill(0, 37, batch);
  out.push_back(model.lossSum(batch));
  out.insert(out.end(), model.params(), model.params() + model.table().total);
  return out;
}

testing::RunText text(const char* experts, int batch, int seed, const char* precision = "") {
  return {.model = std::string(R"("width":24,"depth":2,"heads":2,"hidden":40,"seqLen":20,"vocab":50)") + experts,
          .rest = R"("batchSeqs":)" + std::to_string(batch) + R"(,"tokens":[)" + std::to_string(batch * 20) +
                  R"(],"seed":)" + std::to_string(seed) + precision};
}

void testThreads(const char* precision) {
  for (const char* experts : {"", R"(,"experts":4,"topK":2)"})
    for (const int batch : {1, 3, 8, 37}) {
      const RunConfig config = text(experts, batch, 1, precision).config();
      const std::vector<double> one = trace(config, selectKernels(), 1);
      check::isTrue(one == trace(config, selectKernels(), 1), "two runs of one seed differ");
      for (const int threads : {2, 3, 4, 5})
        check::isTrue(one == trace(config, selectKernels(), threads),
                      std::to_string(threads) + " threads change the bits, batch " + std::to_string(batch) + experts);
      check::isTrue(one != trace(text(experts, batch, 2, precision).config(), selectKernels(), 1),
                    "the seed changes nothing");
    }
}

void testInstructionSets() {
  const RunConfig config = text("", 8, 1).config();
  const std::vector<double> portable = trace(config, selectKernels("portable"), 1);
  for (const Kernels* kernels : check::runnableKernels()) {
    const std::vector<double> other = trace(config, *kernels, 1);
    for (size_t i = 0; i < 9; i++)
      check::near(other[i], portable[i], kOtherOrder * std::fabs(portable[i]),
                  std::string(kernels->name) + " against portable, value " + std::to_string(i));
  }
}

// bf16 changes the bits, moves the losses by little, and is refused where it would have to be emulated unasked.
void testPrecision() {
  for (const char* experts : {"", R"(,"experts":4,"topK":2)"})
    for (const Kernels* kernels : check::runnableKernels()) {
      const std::vector<double> exact = trace(text(experts, 8, 1).config(), *kernels, 1);
      const std::vector<double> rounded = trace(text(experts, 8, 1, kBf16).config(), *kernels, 1);
      check::isTrue(exact[0] != rounded[0], std::string(kernels->name) + " bf16 changes nothing");
      for (const size_t loss : {0, 2, 4, 6})
        check::near(rounded[loss], exact[loss], kBf16Loss * exact[loss],
                    std::string(kernels->name) + " bf16 loss " + std::to_string(loss / 2));
      bool refused = false;
      try {
        requirePrecision(text(experts, 8, 1, R"(,"precision":"bf16")").config(), *kernels);
      } catch (const ConfigError& error) {
        refused = std::string(error.what()).rfind("precision: \"bf16\"", 0) == 0;
      }
      check::isTrue(refused != kernels->hasBf16, std::string(kernels->name) + " bf16 unasked");
    }
}

// muP with m = 1, multipliers of 1 and scores by 1/sqrt(headDim) is the plain model, to the bit.
void testNeutralMultipliers() {
  const auto run = [](const char* parametrization) {
    testing::RunText neutral = text("", 5, 1);
    neutral.parametrization = std::string(parametrization) + R"(,"baseWidth":24)";
    return trace(neutral.config(), selectKernels(), 2);
  };
  const std::string scale = R"(,"attentionMultiplier":)" + Json(1.0 / std::sqrt(12.0)).dump();
  const auto plain = run(R"("kind":"standard")");
  check::isTrue(plain == run((R"("kind":"mup")" + scale).c_str()), "neutral multipliers change the bits");
  check::isTrue(plain != run(R"("kind":"mup")"), "the attention multiplier changes nothing");
}

// Micro-batches: memory does not grow with the batch, and a batch is the mean of its sequences.
void testAccumulation() {
  const Kernels& kernels = selectKernels();
  const auto needed = [&](int batch) { return Model::bytesNeeded(text("", batch, 1).config(), kernels, 1); };
  check::near(needed(40000) - needed(400), 8.0 * 20 * (40000 - 400), 0,
              "memory of a batch a hundred times as large, less its tokens");
  const RunConfig large = text("", 96, 1).config(), small = text("", 1, 1).config();
  ThreadPool pool(1);
  Model whole(large, kernels, pool), single(small, kernels, pool);
  const TokenFile data = someTokens();
  const TrainSampler sampler(data, 20, 1);
  Batch batch;
  sampler.fill(0, 96, batch);
  double mean = 0;
  const double loss = whole.lossAndGradients(batch);
  whole.reduceGradients();
  std::vector<double> gradient(size_t(whole.table().total));
  for (int64_t i = 0; i < 96; i++) {
    sampler.fill(i, 1, batch);
    mean += single.lossAndGradients(batch) / 96;
    single.reduceGradients();
    for (size_t j = 0; j < gradient.size(); j++) gradient[j] += double(single.gradients()[j]) / 96;
  }
  check::near(loss, mean, kAlone, "loss of a batch against its sequences alone");
  check::close(whole.gradients(), gradient, gradient.size(), kAloneGradient,
               "gradient of a batch against its sequences alone");
}

void testPool() {
  ThreadPool pool(4);
  for (int round = 0; round < 2000; round++) {
    std::atomic<int> sum{0};
    pool.run(round % 9, [&](int64_t index, int) { sum += int(index) + 1; });
    const int n = round % 9;
    check::isTrue(sum == n * (n + 1) / 2, "a loop of " + std::to_string(n) + " ran wrongly");
  }
  bool thrown = false;
  try {
    pool.run(8, [](int64_t index, int) {
      if (index == 5) throw std::runtime_error("expected");
    });
  } catch (const std::runtime_error&) {
    thrown = true;
  }
  check::isTrue(thrown, "an exception in a worker is lost");
}

}  // namespace

int main() {
  testThreads("");
  testThreads(kBf16);
  testPrecision();
  testNeutralMultipliers();
  testInstructionSets();
  testAccumulation();
  testPool();
  return check::finish("determinism");
}

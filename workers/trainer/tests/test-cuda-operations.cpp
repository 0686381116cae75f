// What the shared case tables do not reach: several runs in one call, large tiles, grouped products, wide heads, the
// embedding's gradient, and routing.
#include <cstring>
#include <functional>

#include "check.hpp"
#include "cuda/arena.hpp"
#include "cuda/runtime.hpp"

using namespace etalon;
using namespace etalon::cuda;

namespace {

// One block of device memory for `runs` runs, filled with random numbers, the same for all or of each run its own.
class Runs {
 public:
  Runs(int64_t runs, size_t floats)
      : runs_(runs), floats_((floats + 63) / 64 * 64), memory_(size_t(runs) * floats_ * sizeof(float)) {
    for (int64_t r = 0; r < runs; r++) set(r, check::randomFloats(floats_, uint64_t(100 + r), 0.5));
  }
  void set(int64_t run, const std::vector<float>& values) {
    stream_.toDevice(at(run, 0), values.data(), floats_ * sizeof(float));
    stream_.synchronize();
  }
  float* at(int64_t run, size_t offset) const { return memory_.as<float>() + size_t(run) * floats_ + offset; }
  std::vector<float> get(int64_t run) {
    std::vector<float> out(floats_);
    stream_.toHost(out.data(), at(run, 0), floats_ * sizeof(float));
    stream_.synchronize();
    return out;
  }
  Launch all() const { return {stream_.get(), runs_, int64_t(floats_ * sizeof(float))}; }
  Launch one() const { return {stream_.get(), 1, 0}; }

 private:
  int64_t runs_;
  size_t floats_;
  Stream stream_;
  DeviceMemory memory_;
};

template <class T>
DeviceMemory uploaded(const std::vector<T>& values) {
  Stream stream;
  DeviceMemory out(values.size() * sizeof(T));
  stream.toDevice(out.as<T>(), values.data(), values.size() * sizeof(T));
  stream.synchronize();
  return out;
}

// `work(launch, base)` on three runs at once must give, to the bit, what it gives on each alone.
void testRuns(const char* what, size_t floats, const std::function<void(const Launch&, float*)>& work) {
  Runs together(3, floats), alone(3, floats);
  work(together.all(), together.at(0, 0));
  for (int64_t r = 0; r < 3; r++) work(alone.one(), alone.at(r, 0));
  for (int64_t r = 0; r < 3; r++)
    check::isTrue(std::memcmp(together.get(r).data(), alone.get(r).data(), floats * sizeof(float)) == 0,
                  std::string(what) + ": run " + std::to_string(r) + " of three differs from itself alone");
  check::isTrue(together.get(0) != Runs(1, floats).get(0), std::string(what) + " does nothing");
}

void testRunStrides() {
  const int64_t rows = 6, width = 10, seqLen = 3;
  const std::vector<int32_t> inputs{4, 1, 4, 0, 1, 4}, targets{1, 2, 3, 4, 0, 1};
  const std::vector<int32_t> piece = pieceTokens(inputs.data(), targets.data(), rows, rows);
  const DeviceMemory tokens = uploaded(piece), angles = uploaded(std::vector<float>(size_t(seqLen * width), 0.3f));
  const auto* t = tokens.as<int32_t>();
  const TokenSegments segments{t + 2 * rows, t + 3 * rows, t + 4 * rows + 1, t + 5 * rows + 1};
  testRuns("embed", 300, [&](const Launch& on, float* p) { embed(on, t, p, p + 100, rows, width, 1.5f); });
  testRuns("embeddingGradient", 300,
           [&](const Launch& on, float* p) { embeddingGradient(on, segments, p, p + 100, rows, width, 1.5f); });
  testRuns("rmsNormForward", 300,
           [&](const Launch& on, float* p) { rmsNormForward(on, p, p + 60, p + 100, p + 200, rows, width); });
  testRuns("rmsNormBackward", 600, [&](const Launch& on, float* p) {
    rmsNormBackward(on, p, p + 60, p + 80, p + 100, p + 200, p + 300, rows, width, true, p + 320);
  });
  testRuns("rope", 300, [&](const Launch& on, float* p) {
    rope(on, p, 20, rows, seqLen, 2, 4, angles.as<float>(), angles.as<float>() + 5, 1.0f);
  });
  testRuns("swigluForward", 300, [&](const Launch& on, float* p) { swigluForward(on, p, p + 120, rows, width); });
  testRuns("swigluBackward", 400,
           [&](const Launch& on, float* p) { swigluBackward(on, p, p + 120, p + 200, rows, width); });
  testRuns("crossEntropy", 300, [&](const Launch& on, float* p) {
    auto* losses = reinterpret_cast<double*>(p + 128);
    crossEntropy(on, p, width, t, losses, rows, width, 0.5f, true);
    addTotal(on, losses, rows, losses + rows);
  });
  const AttentionShape s{seqLen, 2, 1, 4, 16, 0.4f};
  testRuns("attention", 800, [&](const Launch& on, float* p) {
    attentionForward(on, s, 2, p, p + 128, p + 256);
    attentionBackward(on, s, 2, p, p + 128, p + 300, p + 256, p + 400, p + 600);
  });
  for (const bool bf16 : {false, true})
    testRuns("multiply", 400, [&](const Launch& on, float* p) {
      multiply(on, {.a = {p, 5, false},
                    .b = {p + 64, 7, true},
                    .c = p + 128,
                    .ldc = 7,
                    .m = 6,
                    .n = 7,
                    .k = 5,
                    .alpha = 0.5f,
                    .add = p + 200,
                    .bf16 = bf16});
    });
  testRuns("routing", 1200, [&](const Launch& on, float* p) {
    auto* ints = reinterpret_cast<int32_t*>(p + 700);
    const Experts shape{rows, 4, 2};
    const Choices choices{ints, p + 720, ints + 40, ints + 60, ints + 80};
    route(on, shape, p, choices, ints + 90);
    gatherRows(on, shape, choices, p + 30, p + 100, width);
    addChosen(on, shape, choices, p + 100, p + 300, p + 300, width, 0.5f, true);
    mixingGradient(on, shape, choices, p + 400, p + 100, p + 500, p + 640, width, 0.5f);
    routerLossGradient(on, shape, choices, p, p + 640, seqLen, 0.3, 0.1, 0.2f);
  });
  const DeviceMemory pieces = uploaded(std::vector<TensorPiece>{{0, 20, 0}, {20, 7, 1}});
  testRuns("adamW", 400, [&](const Launch& on, float* p) {
    auto* rates = reinterpret_cast<TensorRates*>(p + 200);
    auto* input = reinterpret_cast<StepInput*>(p + 256);
    auto* report = reinterpret_cast<StepReport*>(p + 300);
    auto* parts = reinterpret_cast<double*>(p + 320);
    sumSquares(on, p, 27, parts);
    finishStep(on, parts, 1, parts, input, report);
    adamW(on, pieces.as<TensorPiece>(), 2, rates, input, report, p, p + 40, p + 80, p + 120);
  });
}

// Large tiles are taken where there are many, here by many runs; they must give what small ones give (fp32: to the
// bit).
void testLargeTiles() {
  const int64_t m = 130, n = 137, k = 75;
  for (const bool bf16 : {false, true})
    for (const bool turned : {false, true}) {
      Runs runs(32, size_t(m * k + n * k + m * n));
      const auto product = [&](float* p) {
        return Product{.a = {p, turned ? m : k, turned},
                       .b = {p + m * k, turned ? n : k, turned},
                       .c = p + m * k + n * k,
                       .ldc = n,
                       .m = m,
                       .n = n,
                       .k = k,
                       .bf16 = bf16};
      };
      multiply(runs.all(), product(runs.at(0, 0)));
      const std::vector<float> large = runs.get(31);
      multiply(runs.one(), product(runs.at(31, 0)));
      check::close(large, runs.get(31), large.size(), bf16 ? 1e-6 : 0.0,
                   std::string("large tiles") + (bf16 ? " bf16" : "") + (turned ? " turned" : ""));
    }
}

// Every group's product against one of its own.
void testGroups() {
  const int64_t rows = 90, in = 9, out = 11;
  const std::vector<int32_t> begin{0, 70, 70, 71, 90};
  const DeviceMemory groups = uploaded(begin);
  Runs runs(1, 6000);
  float *x = runs.at(0, 0), *w = x + 1000, *y = x + 1500, *expected = x + 3000;
  multiply(runs.one(), {.a = {x, in, false},
                        .b = {w, in, false},
                        .c = y,
                        .ldc = out,
                        .m = rows,
                        .n = out,
                        .k = in,
                        .groups = {GroupAxis::rows, groups.as<int32_t>(), 4, out * in}});
  for (size_t g = 0; g < 4; g++)
    multiply(runs.one(), {.a = {x + begin[g] * in, in, false},
                          .b = {w + int64_t(g) * out * in, in, false},
                          .c = expected + begin[g] * out,
                          .ldc = out,
                          .m = begin[g + 1] - begin[g],
                          .n = out,
                          .k = in});
  std::vector<float> all = runs.get(0);
  check::isTrue(std::equal(all.begin() + 1500, all.begin() + 1500 + rows * out, all.begin() + 3000), "groups of rows");
  float *dw = x + 4000, *alone = x + 5000;
  multiply(runs.one(), {.a = {y, out, true},
                        .b = {x, in, true},
                        .c = dw,
                        .ldc = in,
                        .m = out,
                        .n = in,
                        .k = rows,
                        .groups = {GroupAxis::depth, groups.as<int32_t>(), 4, out * in}});
  for (size_t g = 0; g < 4; g++)
    multiply(runs.one(), {.a = {y + begin[g] * out, out, true},
                          .b = {x + begin[g] * in, in, true},
                          .c = alone + int64_t(g) * out * in,
                          .ldc = in,
                          .m = out,
                          .n = in,
                          .k = begin[g + 1] - begin[g]});
  all = runs.get(0);
  check::isTrue(std::equal(all.begin() + 4000, all.begin() + 4000 + 4 * out * in, all.begin() + 5000),
                "groups of the sum");
}

// Output and gradients of attention with a head of `dim` numbers, of which all but the first 16 are zero.
std::vector<float> attentionOfWideHead(int64_t dim, bool tf32) {
  const int64_t seqLen = 70, narrow = 16;
  const std::vector<float> numbers =
      check::randomFloats(size_t(seqLen * 4 * narrow), 9);  // q, k, v, and the output's gradient
  const AttentionShape s{seqLen, 1, 1, dim, 3 * dim, 0.3f};
  std::vector<float> values(size_t(seqLen * 12 * dim), 0.0f), result;
  for (int64_t t = 0; t < seqLen; t++)
    for (int64_t i = 0; i < narrow; i++) {
      for (int64_t part = 0; part < 3; part++)
        values[size_t(t * 3 * dim + part * dim + i)] = numbers[size_t((t * 4 + part) * narrow + i)];
      values[size_t(3 * seqLen * dim + t * dim + i)] = numbers[size_t((t * 4 + 3) * narrow + i)];
    }
  Runs runs(1, values.size());
  values.resize(runs.get(0).size());
  runs.set(0, values);
  float *qkv = runs.at(0, 0), *dOut = qkv + 3 * seqLen * dim, *out = dOut + seqLen * dim, *dqkv = out + seqLen * dim,
        *lse = dqkv + 3 * seqLen * dim;
  attentionForward(runs.one(), s, 1, qkv, out, lse, tf32);
  attentionBackward(runs.one(), s, 1, qkv, out, dOut, lse, dqkv, lse + seqLen, tf32);
  const std::vector<float> all = runs.get(0);
  for (int64_t t = 0; t < seqLen; t++)
    for (int64_t i = 0; i < narrow; i++) {
      result.push_back(all[size_t(4 * seqLen * dim + t * dim + i)]);
      for (int64_t part = 0; part < 3; part++)
        result.push_back(all[size_t(5 * seqLen * dim + t * 3 * dim + part * dim + i)]);
    }
  return result;
}

// It must give what a head of 16 gives. In tf32 the operands have 10 bits of fraction, and errors of 2^-11 add up.
void testWideHeads() {
  const std::vector<float> expected = attentionOfWideHead(16, false);
  for (const int64_t dim : {16, 48, 100, 250}) {
    const std::string what = "a head of " + std::to_string(dim) + " that holds one of 16";
    const std::vector<float> exact = attentionOfWideHead(dim, false), rounded = attentionOfWideHead(dim, true);
    check::close(exact, expected, exact.size(), 2e-6,
                 what);  // the tiles differ in size, and with them the order of the sums
    check::close(rounded, expected, rounded.size(), 1e-3, what + ", tf32");
    check::isTrue(rounded != exact, what + ": tf32 is not used");
  }
}

void testRouting() {
  const int64_t experts = 40, topK = 3;
  const Experts shape{4, experts, topK};
  std::vector<float> logits(size_t(shape.rows * experts), 0.0f);  // a tie of all: 0, 1, 2
  logits[size_t(experts + 39)] = 2.0f, logits[size_t(experts + 5)] = 1.0f, logits[size_t(experts + 33)] = 1.0f;
  for (int64_t e = 0; e < experts; e++) logits[size_t(2 * experts + e)] = NAN;
  logits[size_t(3 * experts + 7)] = NAN, logits[size_t(3 * experts + 8)] = INFINITY,
                              logits[size_t(3 * experts)] = -INFINITY;
  const DeviceMemory onLogits = uploaded(logits), ints(200 * sizeof(int32_t)),
                     weights(size_t(shape.choices()) * sizeof(float));
  auto* p = ints.as<int32_t>();
  Stream stream;
  route({stream.get(), 1, 0}, shape, onLogits.as<float>(), {p, weights.as<float>(), p + 16, p + 32, p + 48}, p + 100);
  std::vector<int32_t> all(200);
  stream.toHost(all.data(), p, all.size() * sizeof(int32_t));
  stream.synchronize();
  const std::vector<int32_t> expected{0, 1, 2, 5, 33, 39, 0, 1, 2, 1, 2, 8};
  check::isTrue(std::equal(expected.begin(), expected.end(), all.begin()), "choices of experts");
  for (int64_t c = 0, seen = 0; c < shape.choices(); c++, seen = 0) {
    const int32_t expert = all[size_t(c)], place = all[size_t(16 + c)];
    for (int64_t before = 0; before < c; before++) seen += all[size_t(before)] == expert;
    check::isTrue(place == all[size_t(48 + expert)] + seen && all[size_t(32 + place)] == c / topK,
                  "place of choice " + std::to_string(c));
  }
}

}  // namespace

int main() {
  check::runnableKernels();  // ends the program where there is no device
  testRunStrides();
  testLargeTiles();
  testGroups();
  testWideHeads();
  testRouting();
  return check::finish("cuda operations");
}

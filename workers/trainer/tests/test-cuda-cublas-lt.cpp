// Products by cuBLASLt against the own kernel's, the choice between them and its file, and a whole model on it. In the
// emulation a library of plain loops takes its place; on a device the real one, where it is installed.
#include "check.hpp"
#include "cuda/device-engine.hpp"
#include "cuda/multiplier.hpp"
#include "golden-model.hpp"

using namespace etalon;
using namespace etalon::cuda;

namespace {

struct Case {
  bool turnA, turnB, bf16;
  int add;  // 0: nothing, 1: the result itself, 2: another array
};

std::vector<Case> cases() {
  std::vector<Case> out;
  for (int i = 0; i < 24; i++) out.push_back({i % 2 == 1, i / 2 % 2 == 1, i / 4 % 2 == 1, i / 8});
  return out;
}

// The result of one product on the same operands, by the multiplier or, where it is null, by the own kernel.
std::vector<float> result(Stream& stream, Multiplier* multiplier, const Case& c) {
  const int64_t m = 37, n = 21, k = 45, floats = 8192;
  const DeviceMemory memory(size_t(floats) * sizeof(float));
  auto* p = memory.as<float>();
  const Launch on{stream.get(), 1, 0};
  fillPattern(on, p, floats);
  float *to = p + 4096, *other = p + 6144;
  const Product product{.a = {p, c.turnA ? m : k, c.turnA},
                        .b = {p + 2048, c.turnB ? n : k, c.turnB},
                        .c = to,
                        .ldc = n,
                        .m = m,
                        .n = n,
                        .k = k,
                        .alpha = 0.5f,
                        .add = c.add == 0   ? nullptr
                               : c.add == 1 ? to
                                            : other,
                        .bf16 = c.bf16};
  if (multiplier) multiplier->multiply(on, product);
  else cuda::multiply(on, product);
  std::vector<float> out(size_t(m * n));
  stream.toHost(out.data(), to, out.size() * sizeof(float));
  stream.synchronize();
  return out;
}

void testProducts(const std::string& device) {
  Stream stream;
  Multiplier first(stream, device, CublasLt::load());
  first.beginTuning();
  for (const Case& c : cases()) {
    const std::vector<float> own = result(stream, nullptr, c), chosen = result(stream, &first, c);
    const std::string what = std::string(c.turnA ? "a^T " : "a ") + (c.turnB ? "b^T" : "b") + (c.bf16 ? " bf16" : "") +
                             " add " + std::to_string(c.add);
    check::close(chosen, own, own.size(), 1e-5, what);  // other order of 45 terms
  }
  first.endTuning();
  std::printf("note: %lld of %zu shapes chose cuBLASLt\n", static_cast<long long>(first.libraryChoices()),
              cases().size());
#ifdef ETALON_CUDA_EMULATED
  check::isTrue(first.libraryChoices() > 0, "the right algorithm, the fastest of all, was never chosen");
#endif
  Multiplier second(stream, device, CublasLt::load());
  check::isTrue(second.libraryChoices() == first.libraryChoices(), "a later process does not find the choices");
  check::isTrue(Multiplier(stream, "other " + device, CublasLt::load()).libraryChoices() == 0,
                "another device takes the choices");
}

void testModel(const testing::GoldenFile& file) {
  const RunConfig config = parseConfig(*file.content.find("config"));
  const std::unique_ptr<Engine> engine = startRun(config, 24);
  TrainState state = testing::goldenParameters(file.content, engine->table());
  state.resize(3 * state.size(), 0.0f);
  engine->loadState(state);
  for (int64_t step = 0; step < 3; step++) {
    const StepResult result = engine->step(testing::goldenBatch(file.content, config, step), 0.0, step);
    const double expected = file.content.find("losses")->items()[0].number();
    if (step == 0) check::near(result.loss, expected, 2e-6 * expected, file.name + " loss");
    if (step > 0) continue;
    const std::vector<float> gradient = lastGradient(*engine);
    const auto& tensors = file.content.find("tensors")->items();
    for (size_t t = 0; t < tensors.size(); t++) {
      std::vector<double> values;
      for (const Json& value : tensors[t].find("gradient")->items()) values.push_back(value.number());
      check::close(gradient.data() + engine->table().tensors[t].offset, values, values.size(), 1e-5,
                   file.name + " gradient of " + engine->table().tensors[t].name);
    }
  }
}

}  // namespace

int main() {
  check::runnableKernels();  // ends the program where there is no device
  const testing::TemporaryFolder folder;
  setenv("ETALON_CUBLASLT_CACHE", folder.file("choices").c_str(), 1);
#ifdef ETALON_CUDA_EMULATED
  setenv("ETALON_CUBLASLT", FAKE_CUBLAS_LT, 1);
#endif
  if (!CublasLt::load()) {
    std::printf("skipped: no cuBLASLt\n");
    return check::kSkipped;
  }
  testProducts("a device");
  for (const testing::GoldenFile& file : testing::goldenFiles())
    if (file.name == "gqa" || file.name == "moe-losses") testModel(file);
  return check::finish("cuda cublas-lt");
}

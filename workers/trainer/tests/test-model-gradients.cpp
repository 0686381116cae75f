// Loss and every gradient of whole models against the double reference and its central differences.
#include "check.hpp"
#include "model.hpp"
#include "reference-model.hpp"
#include "run-config.hpp"

using namespace etalon;

namespace {

// The loss in nats: a mean over rows of errors like the cross-entropy kernel's, from logits that went through two blocks. The same
// sums without gradients differ by rounding only. A gradient is the product of all layers' derivatives: each layer adds a few 1e-6 of
// the largest gradient of a tensor, and with initStd 0.4 and gains away from 1 the layers amplify. The norm is of all tensors.
constexpr double kLoss = 2e-6, kSameLoss = 1e-6, kGradient = 2e-5, kNorm = 1e-5;

struct Case {
  const char* name;
  testing::RunText text;
};

std::vector<Case> cases() {
  const std::string scaled = R"("kind":"mup","baseWidth":4,"initStd":0.4,"headStd":0.3,"embeddingMultiplier":1.5,"residualMultiplier":0.7,"attentionMultiplier":0.6,"logitsScaling":1.3)";
  const std::string standard = R"("kind":"standard","baseWidth":4,"initStd":0.4)";
  return {
      {"dense, muP", {.parametrization = scaled}},
      {"dense, standard", {.parametrization = standard}},
      {"grouped queries", {.model = R"("width":16,"depth":1,"heads":4,"kvHeads":2,"hidden":9,"seqLen":9,"vocab":13)", .parametrization = standard, .rest = R"("batchSeqs":2,"tokens":[18])"}},
      {"tied embeddings", {.model = R"("width":8,"depth":1,"heads":1,"hidden":12,"seqLen":5,"vocab":10,"tiedEmbeddings":true)", .parametrization = scaled, .rest = R"("batchSeqs":5,"tokens":[25])"}},
      {"experts", {.model = R"("width":8,"depth":2,"heads":2,"hidden":5,"seqLen":6,"vocab":9,"experts":4,"topK":2)", .parametrization = scaled, .rest = R"("batchSeqs":9,"tokens":[54])"}},
      {"experts with router losses", {.model = R"("width":8,"depth":2,"heads":2,"hidden":5,"seqLen":6,"vocab":9,"experts":4,"topK":2,"balanceLoss":0.4,"routerZLoss":0.2)", .parametrization = scaled, .rest = R"("batchSeqs":9,"tokens":[54])"}},
      {"one expert of three", {.model = R"("width":8,"depth":1,"heads":2,"hidden":5,"seqLen":6,"vocab":9,"experts":3,"topK":1)", .parametrization = standard, .rest = R"("batchSeqs":2,"tokens":[12])"}},
  };
}

Batch randomBatch(const RunConfig& config) {
  Batch batch;
  batch.resize(config.batchSeqs, config.model.seqLen);
  for (size_t i = 0; i < batch.inputs.size(); i++) {
    batch.inputs[i] = int32_t(mixBits(i + 100) % uint64_t(config.model.vocab));
    batch.targets[i] = int32_t(mixBits(i + 900) % uint64_t(config.model.vocab));
  }
  return batch;
}

void testCase(const Case& c, const Kernels& kernels) {
  const RunConfig config = c.text.config();
  ThreadPool pool(1);
  Model model(config, kernels, pool);
  const std::string what = std::string(kernels.name) + " " + c.name;
  const auto count = size_t(model.table().total);
  for (const Tensor& tensor : model.table().tensors)  // gains away from 1, so that their place in the formula shows
    if (tensor.gain) fillNormal(model.params() + tensor.offset, tensor.count, 1.0, 3, hashText(tensor.name));
  model.repack();
  const Batch batch = randomBatch(config);
  const double loss = model.lossAndGradients(batch), norm = model.reduceGradients();
  reference::Doubles params(model.params(), model.params() + count);
  const reference::Model plain(config, model.table());
  const auto objective = [&](const reference::Doubles& p) { 
    const double crossEntropy = plain.loss(p, batch.inputs, batch.targets);
    return crossEntropy + plain.auxiliaryLoss();
  };
  check::near(loss, plain.loss(params, batch.inputs, batch.targets), kLoss, what + " loss");
  check::near(model.lossSum(batch) / double(batch.inputs.size()), loss, kSameLoss, what + " loss without gradients");
  double square = 0;
  for (const Tensor& tensor : model.table().tensors) {
    reference::Doubles expected;
    for (int64_t i = 0; i < tensor.count; i++) {
      expected.push_back(check::slope(objective, params, size_t(tensor.offset + i)));
      square += expected.back() * expected.back();
    }
    check::close(model.gradients() + tensor.offset, expected, expected.size(), kGradient, what + " gradient of " + tensor.name);
  }
  check::near(norm, std::sqrt(square), kNorm * norm, what + " gradient norm");
}

}  // namespace

int main() {
  for (const Kernels* kernels : check::runnableKernels())
    for (const Case& c : cases()) testCase(c, *kernels);
  return check::finish("model gradients");
}

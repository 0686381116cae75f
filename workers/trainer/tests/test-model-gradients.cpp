// Loss and every gradient of whole models against the double reference and its central differences.
#include "check.hpp"
#include "kernels/select.hpp"
#include "model/model.hpp"
#include "reference-model.hpp"
#include "run-config.hpp"

using namespace etalon;

namespace {

// The loss in nats: a mean over rows of errors like the cross-entropy kernel's, from logits that went through two
// blocks. The same sums without gradients differ by rounding only. A gradient is the product of all layers'
// derivatives: each layer adds a few 1e-6 of the largest gradient of a tensor, and with initStd 0.4 and gains away from
// 1 the layers amplify. The norm is of all tensors.
constexpr double kLoss = 2e-6, kSameLoss = 1e-6, kGradient = 2e-5, kNorm = 1e-5;

struct Case {
  const char* name;
  testing::RunText text;
};

std::vector<Case> cases() {
  const std::string scaled =
      R"("kind":"mup","baseWidth":4,"initStd":0.4,"headStd":0.3,"embeddingMultiplier":1.5,"residualMultiplier":0.7,"attentionMultiplier":0.6,"logitsScaling":1.3)";
  const std::string standard = R"("kind":"standard","baseWidth":4,"initStd":0.4)";
  return {
      {"dense, muP", {.parametrization = scaled}},
      {"dense, standard", {.parametrization = standard}},
      {"grouped queries",
       {.model = R"("width":16,"depth":1,"heads":4,"kvHeads":2,"hidden":9,"seqLen":9,"vocab":13)",
        .parametrization = standard,
        .rest = R"("batchSeqs":2,"tokens":[18])"}},
      {"tied embeddings",
       {.model = R"("width":8,"depth":1,"heads":1,"hidden":12,"seqLen":5,"vocab":10,"tiedEmbeddings":true)",
        .parametrization = scaled,
        .rest = R"("batchSeqs":5,"tokens":[25])"}},
      {"experts",
       {.model = R"("width":8,"depth":2,"heads":2,"hidden":5,"seqLen":6,"vocab":9,"experts":4,"topK":2)",
        .parametrization = scaled,
        .rest = R"("batchSeqs":9,"tokens":[54])"}},
      {"experts with router losses",
       {.model =
            R"("width":8,"depth":2,"heads":2,"hidden":5,"seqLen":6,"vocab":9,"experts":4,"topK":2,"balanceLoss":0.4,"routerZLoss":0.2)",
        .parametrization = scaled,
        .rest = R"("batchSeqs":9,"tokens":[54])"}},
      // A chunk of more rows than the head takes at a time (kHeadRows): its gradient is a sum of several products.
      {"two chunks of logits",
       {.model = R"("width":8,"depth":1,"heads":2,"hidden":4,"seqLen":70,"vocab":6)",
        .parametrization = scaled,
        .rest = R"("batchSeqs":1,"tokens":[70])"}},
      {"one expert of three",
       {.model = R"("width":8,"depth":1,"heads":2,"hidden":5,"seqLen":6,"vocab":9,"experts":3,"topK":1)",
        .parametrization = standard,
        .rest = R"("batchSeqs":2,"tokens":[12])"}},
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

struct Expected {
  double loss, norm;
  reference::Doubles gradient;
};

// Gains away from 1, so that their place in the formula shows.
void setGains(Model& model) {
  for (const Tensor& tensor : model.table().tensors)
    if (tensor.gain) fillNormal(model.params() + tensor.offset, tensor.count, 1.0, 3, hashText(tensor.name));
  model.repack();
}

Expected expectedOf(const RunConfig& config, const Batch& batch) {
  ThreadPool pool(1);
  Model model(config, selectKernels("portable"), pool);
  setGains(model);
  const auto count = size_t(model.table().total);
  reference::Doubles params(model.params(), model.params() + count);
  const reference::Model plain(config, model.table());
  const auto objective = [&](const reference::Doubles& p) {
    const double crossEntropy = plain.loss(p, batch.inputs, batch.targets);
    return crossEntropy + plain.auxiliaryLoss();
  };
  Expected out{plain.loss(params, batch.inputs, batch.targets), 0, {}};
  double square = 0;
  for (size_t i = 0; i < count; i++) {
    out.gradient.push_back(check::slope(objective, params, i));
    square += out.gradient.back() * out.gradient.back();
  }
  out.norm = std::sqrt(square);
  return out;
}

void testCase(const Case& c) {
  const RunConfig config = c.text.config();
  const Batch batch = randomBatch(config);
  const Expected expected = expectedOf(config, batch);
  for (const Kernels* kernels : check::runnableKernels()) {
    ThreadPool pool(1);
    Model model(config, *kernels, pool);
    setGains(model);
    const std::string what = std::string(kernels->name) + " " + c.name;
    const double loss = model.lossAndGradients(batch), norm = model.reduceGradients();
    check::near(loss, expected.loss, kLoss, what + " loss");
    check::near(model.lossSum(batch) / double(batch.inputs.size()), loss, kSameLoss, what + " loss without gradients");
    for (const Tensor& tensor : model.table().tensors)
      check::close(model.gradients() + tensor.offset, expected.gradient.data() + tensor.offset, size_t(tensor.count),
                   kGradient, what + " gradient of " + tensor.name);
    check::near(norm, expected.norm, kNorm * norm, what + " gradient norm");
  }
}

}  // namespace

int main() {
  for (const Case& c : cases()) testCase(c);
  return check::finish("model gradients");
}

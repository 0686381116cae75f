#include "model/parametrization.hpp"

#include <algorithm>
#include <cmath>

#include "base/random.hpp"

namespace etalon {
namespace {

class TableBuilder {
 public:
  explicit TableBuilder(const RunConfig& config)
      : model_(config.model),
        p_(config.parametrization),
        decay_(config.optimizer.weightDecay),
        scaleDecay_(config.optimizer.scaleDecay),
        m_(double(config.model.width) / config.parametrization.baseWidth) {}

  ParameterTable build() {
    table_.embedding = addOuter("embedding", p_.embeddingStd, p_.embeddingMultiplier);
    for (int64_t layer = 0; layer < model_.depth; layer++) addLayer("layers." + std::to_string(layer) + ".");
    table_.finalNorm = addGain("final_norm");
    table_.head = table_.embedding;
    if (!model_.tiedEmbeddings)
      table_.head = addOuter("head", p_.mup ? p_.headStd : p_.headStd / std::sqrt(m_), 1.0 / p_.logitsScaling);
    return std::move(table_);
  }

 private:
  int64_t add(Tensor tensor) {
    tensor.offset = table_.total;
    tensor.count = 1;
    for (const int64_t size : tensor.shape) tensor.count *= size;
    table_.total += tensor.count;
    table_.tensors.push_back(std::move(tensor));
    return table_.tensors.back().offset;
  }

  int64_t addGain(std::string name) { return add({.name = std::move(name), .shape = {model_.width}, .gain = true}); }

  int64_t addOuter(std::string name, double std, double forward) {
    return add({.name = std::move(name),
                .shape = {model_.vocab, model_.width},
                .std = std,
                .weightDecay = decay_,
                .forwardMultiplier = forward});
  }

  int64_t addHidden(std::string name, int64_t out, int64_t in, bool writesResidual) {
    double std = p_.initStd / std::sqrt(m_);
    if (writesResidual && p_.style == MupStyle::multipliers) std /= std::sqrt(2.0 * double(model_.depth));
    return add({.name = std::move(name),
                .shape = {out, in},
                .std = std,
                .lrMultiplier = p_.mup ? 1.0 / m_ : 1.0,
                .weightDecay = p_.mup && scaleDecay_ ? decay_ * m_ : decay_,
                .forwardMultiplier = writesResidual ? p_.residualMultiplier : 1.0});
  }

  void addLayer(const std::string& prefix) {
    LayerOffsets layer{};
    const int64_t d = model_.width;
    layer.attentionNorm = addGain(prefix + "attention.norm");
    layer.qkv = addHidden(prefix + "attention.q", d, d, false);
    addHidden(prefix + "attention.k", model_.kvWidth(), d, false);
    addHidden(prefix + "attention.v", model_.kvWidth(), d, false);
    layer.attentionOut = addHidden(prefix + "attention.o", d, d, true);
    layer.mlpNorm = addGain(prefix + "mlp.norm");
    if (model_.experts > 0) layer.router = addHidden(prefix + "moe.router", model_.experts, d, false);
    const int64_t experts = std::max<int64_t>(1, model_.experts);
    for (int64_t e = 0; e < experts; e++) {
      const std::string name = prefix + (model_.experts ? "moe.experts." + std::to_string(e) + "." : "mlp.");
      layer.gateUp.push_back(addHidden(name + "gate", model_.hidden, d, false));
      addHidden(name + "up", model_.hidden, d, false);
      layer.down.push_back(addHidden(name + "down", d, model_.hidden, true));
    }
    const int64_t attention = 2 * d * d + 2 * d * model_.kvWidth(), expert = 3 * d * model_.hidden;
    table_.nonEmbedding += attention + experts * expert;
    table_.active += attention + std::max<int64_t>(1, model_.topK) * expert;
    table_.layers.push_back(std::move(layer));
  }

  const ModelConfig& model_;
  const ParametrizationConfig& p_;
  double decay_;
  bool scaleDecay_;
  double m_;
  ParameterTable table_;
};

}  // namespace

ParameterTable makeParameterTable(const RunConfig& config) { return TableBuilder(config).build(); }

double flopsPerToken(const RunConfig& config, const ParameterTable& table, bool withAttention) {
  const ModelConfig& m = config.model;
  const double matrices = double(table.active) + double(m.width * m.vocab);
  return 6.0 * matrices + (withAttention ? 6.0 * double(m.depth * m.seqLen * m.width) : 0.0);
}

void initializeParameters(const ParameterTable& table, uint64_t seed, float* params) {
  for (const Tensor& tensor : table.tensors) {
    float* values = params + tensor.offset;
    if (tensor.gain) std::fill(values, values + tensor.count, 1.0f);
    else fillNormal(values, tensor.count, tensor.std, seed, hashText(tensor.name));
  }
}

Json parameterTableJson(const ParameterTable& table) {
  Json out = Json::array();
  for (const Tensor& tensor : table.tensors) {
    Json shape = Json::array();
    for (const int64_t size : tensor.shape) shape.push(size);
    Json row = Json::object();
    row.set("name", tensor.name).set("shape", std::move(shape)).set("std", tensor.std);
    row.set("lr_multiplier", tensor.lrMultiplier).set("weight_decay", tensor.weightDecay);
    row.set("forward_multiplier", tensor.forwardMultiplier);
    out.push(std::move(row));
  }
  return out;
}

}  // namespace etalon

#include "model/model.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "model/engine.hpp"

namespace etalon {
namespace {

constexpr int64_t kChunkTokens = 512;     // keeps a chunk's activations near the second-level cache
constexpr int64_t kSlots = 8;             // parts of the gradient, so at most this many threads share a step
constexpr int64_t kReduceBlock = 1 << 14;
constexpr double kRopeBase = 10000.0;

// At least four chunks where the batch allows, so that threads have something to share.
int64_t chunkSequences(const RunConfig& config) {
  const int64_t most = std::max<int64_t>(1, kChunkTokens / config.model.seqLen);
  return std::clamp<int64_t>(config.batchSeqs / 4, 1, most);
}

int64_t slotCount(const RunConfig& config) {
  const int64_t size = chunkSequences(config);
  return std::min(kSlots, (config.batchSeqs + size - 1) / size);
}

int64_t padded(int64_t n, int64_t to) { return (n + to - 1) / to * to; }

}  // namespace

void requirePrecision(const RunConfig& config, const Kernels& kernels) {
  requirePrecision(config, kernels.name, kernels.hasBf16);
}

Model::Model(const RunConfig& config, const Kernels& kernels, ThreadPool& pool)
    : config_(config),
      kernels_(kernels),
      pool_(pool),
      table_(makeParameterTable(config)),
      chunkSeqs_(chunkSequences(config)),
      slots_(slotCount(config)),
      gradStride_(padded(table_.total, 16)) {
  requirePrecision(config, kernels);
  params_ = allocateFloats(table_.total);
  grads_ = allocateFloats(slots_ * gradStride_);
  initializeParameters(table_, config_.seed, params_.get());
  buildNetwork();  // with packed_ empty it only counts
  packed_ = allocateFloats(packedFloats_);
  buildNetwork();
  fillRotations();
  for (int t = 0; t < pool.threads(); t++)
    workspaces_.emplace_back(config_.model, kernels, chunkSeqs_ * config_.model.seqLen);
  blockSum_.resize(size_t((gradStride_ + kReduceBlock - 1) / kReduceBlock));
  repack();
}

double Model::bytesNeeded(const RunConfig& config, const Kernels& kernels, int threads) {
  const double total = double(makeParameterTable(config).total);
  const double workspace =
      double(Workspace::floats(config.model, kernels, chunkSequences(config) * config.model.seqLen));
  const double batch = 8.0 * double(config.tokensPerStep());
  // Parameters, two moments, their branch copies, two packed forms, and the gradient parts.
  return batch + 4.0 * (total * double(8 + slotCount(config)) + workspace * double(std::min<int64_t>(threads, 64)));
}

Linear Model::makeLinear(int64_t offset, int64_t out, int64_t in, bool bf16) {
  const int64_t panel = kernels_.panelWidth;
  const int64_t forward = packedFloats_, backward = forward + padded(out, panel) * in;
  packedFloats_ = backward + padded(in, panel) * out;
  if (!packed_) return {offset, out, in, bf16, nullptr, nullptr};
  return {offset, out, in, bf16, packed_.get() + forward, packed_.get() + backward};
}

void Model::buildNetwork() {
  const ModelConfig& m = config_.model;
  const ParametrizationConfig& p = config_.parametrization;
  const bool bf16 = config_.precision == Precision::bf16;
  packedFloats_ = 0;
  net_ = Network{};
  net_.model = m;
  net_.attentionScale = float(p.attentionMultiplier);
  net_.residualMultiplier = float(p.residualMultiplier);
  net_.embeddingMultiplier = float(p.embeddingMultiplier);
  net_.logitMultiplier = float(1.0 / p.logitsScaling);
  net_.kernels = &kernels_;
  net_.params = params_.get();
  for (const LayerOffsets& offsets : table_.layers) {
    LayerWeights layer{};
    layer.attentionNorm = offsets.attentionNorm;
    layer.mlpNorm = offsets.mlpNorm;
    layer.qkv = makeLinear(offsets.qkv, m.qkvWidth(), m.width, bf16);
    layer.attentionOut = makeLinear(offsets.attentionOut, m.width, m.width, bf16);
    if (m.experts) layer.router = makeLinear(offsets.router, m.experts, m.width, false);
    for (size_t e = 0; e < offsets.down.size(); e++) {
      layer.gateUp.push_back(makeLinear(offsets.gateUp[e], 2 * m.hidden, m.width, bf16));
      layer.down.push_back(makeLinear(offsets.down[e], m.width, m.hidden, bf16));
    }
    net_.layers.push_back(std::move(layer));
  }
  net_.head = makeLinear(table_.head, m.vocab, m.width, bf16);
  net_.embedding = table_.embedding;
  net_.finalNorm = table_.finalNorm;
}

void Model::fillRotations() {
  const int64_t half = config_.model.headDim() / 2, size = config_.model.seqLen * half;
  rotations_ = allocateFloats(2 * size);
  for (int64_t t = 0; t < config_.model.seqLen; t++)
    for (int64_t i = 0; i < half; i++) {
      const double angle = double(t) * std::pow(kRopeBase, -double(i) / double(half));
      rotations_[size_t(t * half + i)] = float(std::cos(angle));
      rotations_[size_t(size + t * half + i)] = float(std::sin(angle));
    }
  net_.cosine = rotations_.get();
  net_.sine = rotations_.get() + size;
}

void Model::repack() {
  const auto pack = [&](const Linear& w) {
    const float* values = params_.get() + w.offset;
    kernels_.packTransposed(values, w.in, w.out, w.in, w.forward);
    kernels_.packPlain(values, w.in, w.out, w.in, w.backward);
    if (!w.bf16) return;
    kernels_.roundPanels(w.out, w.in, w.forward);
    kernels_.roundPanels(w.in, w.out, w.backward);
  };
  pool_.run(int64_t(net_.layers.size()) + 1, [&](int64_t index, int) {
    if (index == int64_t(net_.layers.size())) return pack(net_.head);
    const LayerWeights& layer = net_.layers[size_t(index)];
    pack(layer.qkv);
    pack(layer.attentionOut);
    if (config_.model.experts) pack(layer.router);
    for (const Linear& w : layer.gateUp) pack(w);
    for (const Linear& w : layer.down) pack(w);
  });
}

double Model::forEachChunk(const Batch& batch, bool withGradients) {
  const int64_t seqLen = config_.model.seqLen, chunks = (batch.sequences + chunkSeqs_ - 1) / chunkSeqs_;
  const float gradScale = 1.0f / float(batch.sequences * seqLen);
  chunkLoss_.resize(size_t(chunks));
  const auto runChunk = [&](int64_t chunk, int worker, float* grads, bool fresh) {
    const int64_t first = chunk * chunkSeqs_, count = std::min(chunkSeqs_, batch.sequences - first);
    const int32_t* inputs = batch.inputs.data() + first * seqLen;
    const int32_t* targets = batch.targets.data() + first * seqLen;
    Workspace& ws = workspaces_[size_t(worker)];
    chunkLoss_[size_t(chunk)] = grads ? forwardBackward(net_, ws, inputs, targets, count, gradScale, {grads, fresh})
                                      : forwardLoss(net_, ws, inputs, targets, count);
  };
  if (withGradients)
    pool_.run(slots_, [&](int64_t slot, int worker) {
      float* grads = grads_.get() + slot * gradStride_;
      if (slot < chunks) clearUnwritten(grads);
      else std::memset(grads, 0, size_t(gradStride_) * sizeof(float));
      for (int64_t chunk = slot; chunk < chunks; chunk += slots_) runChunk(chunk, worker, grads, chunk == slot);
    });
  else pool_.run(chunks, [&](int64_t chunk, int worker) { runChunk(chunk, worker, nullptr, false); });
  double sum = 0.0;
  for (const double loss : chunkLoss_) sum += loss;
  return sum;
}

// Matrices are overwritten by a slot's first chunk; gains and an untied embedding are only added to.
void Model::clearUnwritten(float* grads) const {
  for (const Tensor& tensor : table_.tensors)
    if (tensor.gain || (tensor.offset == table_.embedding && table_.head != table_.embedding))
      std::memset(grads + tensor.offset, 0, size_t(tensor.count) * sizeof(float));
  std::memset(grads + table_.total, 0, size_t(gradStride_ - table_.total) * sizeof(float));
}

double Model::lossAndGradients(const Batch& batch) {
  return forEachChunk(batch, true) / double(batch.sequences * config_.model.seqLen);
}

double Model::lossSum(const Batch& batch) { return forEachChunk(batch, false); }

std::vector<NamedArray> Model::coordinates(const Batch& batch) {
  const int64_t sequences = std::min(chunkSeqs_, batch.sequences), rows = sequences * config_.model.seqLen;
  const int64_t count = rows * config_.model.width;
  Workspace& ws = workspaces_[0];
  forwardBlocks(net_, ws, batch.inputs.data(), sequences);
  std::vector<NamedArray> out;
  const auto add = [&](std::string name, const float* after, const float* before) {
    std::vector<float> values(after, after + count);
    for (size_t i = 0; before && i < values.size(); i++) values[i] -= before[i];
    out.push_back({std::move(name), std::move(values)});
  };
  add("embedding", ws.layers[0].input, nullptr);
  for (size_t layer = 0; layer < ws.layers.size(); layer++) {
    const LayerActivations& a = ws.layers[layer];
    const bool last = layer + 1 == ws.layers.size();
    add("attention." + std::to_string(layer), a.middle, a.input);
    add("mlp." + std::to_string(layer), last ? ws.output : ws.layers[layer + 1].input, a.middle);
  }
  add("residual", ws.output, nullptr);
  std::vector<float> logits(size_t(rows * config_.model.vocab + kOverread));
  applyLinear(net_, net_.head, ws.normFinal, logits.data(), rows, net_.logitMultiplier);
  logits.resize(size_t(rows * config_.model.vocab));
  out.push_back({"logits", std::move(logits)});
  return out;
}

double Model::reduceGradients() {
  pool_.run(int64_t(blockSum_.size()), [&](int64_t block, int) {
    const int64_t begin = block * kReduceBlock, end = std::min(begin + kReduceBlock, gradStride_);
    blockSum_[size_t(block)] = kernels_.reduceSlots(grads_.get(), gradStride_, slots_, begin, end);
  });
  double sum = 0.0;
  for (const double part : blockSum_) sum += part;
  return std::sqrt(sum);
}

}  // namespace etalon

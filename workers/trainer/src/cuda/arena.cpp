#include "cuda/arena.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace etalon::cuda {
namespace {

constexpr size_t kAlign = 256;
constexpr int64_t kPieceFloats = 4096;
constexpr double kRopeBase = 10000.0;

// Hands out consecutive aligned arrays; with a null base it only counts.
class Layout {
 public:
  explicit Layout(unsigned char* base) : base_(base) {}

  template <class T>
  void take(T*& array, int64_t count) {
    array = base_ ? reinterpret_cast<T*>(base_ + used_) : nullptr;
    used_ += (size_t(count) * sizeof(T) + kAlign - 1) / kAlign * kAlign;
  }
  size_t used() const { return used_; }

 private:
  unsigned char* base_;
  size_t used_ = 0;
};

void layOutLayer(const ModelConfig& m, int64_t rows, Layout& layout, LayerArrays& a) {
  const int64_t choices = m.experts ? rows * m.topK : rows;
  layout.take(a.input, rows * m.width);
  layout.take(a.rstd1, rows);
  layout.take(a.norm1, rows * m.width);
  layout.take(a.qkv, rows * m.qkvWidth());
  layout.take(a.attention, rows * m.width);
  layout.take(a.lse, rows * m.heads);
  layout.take(a.middle, rows * m.width);
  layout.take(a.rstd2, rows);
  layout.take(a.norm2, rows * m.width);
  layout.take(a.gateUp, choices * 2 * m.hidden);
  layout.take(a.act, choices * m.hidden);
  if (!m.experts) return;
  layout.take(a.routerLogits, rows * m.experts);
  layout.take(a.gathered, choices * m.width);
  layout.take(a.expertOut, choices * m.width);
  layout.take(a.choices.expert, choices);
  layout.take(a.choices.weight, choices);
  layout.take(a.choices.position, choices);
  layout.take(a.choices.row, choices);
  layout.take(a.choices.begin, m.experts + 1);
}

}  // namespace

int64_t microSequences(const RunConfig& config, int64_t microTokens) {
  const int64_t byTokens = std::max<int64_t>(1, microTokens / config.model.seqLen);
  const int64_t byGrid = std::max<int64_t>(1, 65535 / config.model.heads);  // attention has a row of blocks a head
  return std::min({byTokens, byGrid, config.batchSeqs});
}

int64_t headRows(const ModelConfig& model, int64_t rows) {
  return std::min(rows, std::max<int64_t>(64, kMostLogits / model.vocab));
}

size_t RunArrays::layOut(const RunConfig& config, const ParameterTable& table, int64_t rows, unsigned char* base) {
  const ModelConfig& m = config.model;
  const int64_t choices = m.experts ? rows * m.topK : rows;
  Layout layout(base);
  for (float** flat : {&params, &moment1, &moment2, &gradient}) layout.take(*flat, table.total);
  layout.take(rates, int64_t(table.tensors.size()));
  layout.take(input, 1);
  layout.take(report, 1);
  layout.take(lossSum, 1);
  layout.take(rowLoss, rows);
  layout.take(squareParts, (table.total + kSquarePart - 1) / kSquarePart);
  layers.resize(size_t(m.depth));
  for (LayerArrays& layer : layers) layOutLayer(m, rows, layout, layer);
  layout.take(output, rows * m.width);
  layout.take(rstdFinal, rows);
  layout.take(normFinal, rows * m.width);
  layout.take(logits, headRows(m, rows) * m.vocab);
  layout.take(dResidual, rows * m.width);
  layout.take(dNorm, rows * m.width);
  layout.take(dQkv, rows * m.qkvWidth());
  layout.take(dAttention, rows * m.width);
  layout.take(dGateUp, choices * 2 * m.hidden);
  layout.take(dAct, choices * m.hidden);
  layout.take(delta, rows * m.heads);
  layout.take(gainScratch, rmsNormScratch(rows, m.width));
  layout.take(dGathered, m.experts ? choices * m.width : 0);
  layout.take(dExpertOut, m.experts ? choices * m.width : 0);
  layout.take(dRouter, m.experts ? rows * m.experts : 0);
  layout.take(expertCounts, m.experts);
  return layout.used();
}

size_t SharedArrays::layOut(const RunConfig& config, int64_t rows, int64_t pieceCount, unsigned char* base) {
  const int64_t angles = config.model.seqLen * config.model.headDim() / 2;
  Layout layout(base);
  layout.take(tokens, 5 * rows + 2);
  inputs = tokens;
  targets = tokens + rows;
  segments = {tokens + 2 * rows, tokens + 3 * rows, tokens + 4 * rows + 1, tokens + 5 * rows + 1};
  layout.take(cosine, 2 * angles);
  sine = cosine + angles;
  layout.take(pieces, pieceCount);
  return layout.used();
}

std::vector<float> rotations(const ModelConfig& model) {
  const int64_t half = model.headDim() / 2;
  std::vector<float> out(size_t(2 * model.seqLen * half));
  for (int64_t t = 0; t < model.seqLen; t++)
    for (int64_t i = 0; i < half; i++) {
      const double angle = double(t) * std::pow(kRopeBase, -double(i) / double(half));
      out[size_t(t * half + i)] = float(std::cos(angle));
      out[size_t((model.seqLen + t) * half + i)] = float(std::sin(angle));
    }
  return out;
}

std::vector<TensorPiece> tensorPieces(const ParameterTable& table) {
  std::vector<TensorPiece> out;
  for (size_t t = 0; t < table.tensors.size(); t++)
    for (int64_t done = 0; done < table.tensors[t].count; done += kPieceFloats)
      out.push_back(
          {table.tensors[t].offset + done, int32_t(std::min(kPieceFloats, table.tensors[t].count - done)), int32_t(t)});
  return out;
}

int64_t tensorPieceCount(const ParameterTable& table) {
  int64_t count = 0;
  for (const Tensor& tensor : table.tensors) count += (tensor.count + kPieceFloats - 1) / kPieceFloats;
  return count;
}

std::vector<int32_t> pieceTokens(const int32_t* inputs, const int32_t* targets, int64_t count, int64_t rows) {
  std::vector<int32_t> out(size_t(5 * rows + 2));
  std::copy(inputs, inputs + count, out.begin());
  std::copy(targets, targets + count, out.begin() + rows);
  int32_t *order = out.data() + 2 * rows, *begin = order + rows, *token = begin + rows + 1, *segments = token + rows;
  std::iota(order, order + count, 0);
  std::stable_sort(order, order + count, [&](int32_t a, int32_t b) { return inputs[a] < inputs[b]; });
  for (int32_t i = 0; i < count; i++)
    if (i == 0 || inputs[order[i]] != inputs[order[i - 1]]) {
      token[*segments] = inputs[order[i]];
      begin[(*segments)++] = i;
    }
  begin[*segments] = int32_t(count);
  return out;
}

}  // namespace etalon::cuda

#include "cuda/passes.hpp"

#include <algorithm>

namespace etalon::cuda {

void Passes::loss(int64_t sequences) const {
  forwardBlocks(sequences);
  head(sequences * m_.seqLen, false, 0.0f);
}

void Passes::lossAndGradient(int64_t sequences, float gradScale) const {
  const int64_t rows = sequences * m_.seqLen;
  forwardBlocks(sequences);
  head(rows, true, gradScale);
  backwardNorm(table_.finalNorm, run_.output, run_.rstdFinal, rows, false);
  for (size_t layer = run_.layers.size(); layer-- > 0;) backwardLayer(layer, sequences, gradScale);
  embeddingGradient(on_, shared_.segments, run_.dResidual, run_.gradient + table_.embedding, rows, m_.width,
                    float(config_.parametrization.embeddingMultiplier));
}

void Passes::update(int64_t pieceCount) const {
  sumSquares(on_, run_.gradient, table_.total, run_.squareParts);
  finishStep(on_, run_.squareParts, (table_.total + kSquarePart - 1) / kSquarePart, run_.lossSum, run_.input,
             run_.report);
  adamW(on_, shared_.pieces, pieceCount, run_.rates, run_.input, run_.report, run_.params, run_.moment1, run_.moment2,
        run_.gradient);
}

void Passes::apply(const Linear& w, const float* x, float* y, int64_t rows, float alpha, const float* add,
                   const Choices* choices) const {
  Product p{.a = {x, w.in, false},
            .b = {run_.params + w.offset, w.in, false},
            .c = y,
            .ldc = w.out,
            .m = rows,
            .n = w.out,
            .k = w.in,
            .alpha = alpha,
            .add = add};
  p.bf16 = config_.precision == Precision::bf16 && !w.exact;
  if (choices) p.groups = {GroupAxis::rows, choices->begin, m_.experts, w.stride};
  multiplier_.multiply(on_, p);
}

void Passes::inputGradient(const Linear& w, const float* dy, float* dx, int64_t rows, float alpha,
                           const Choices* choices) const {
  Product p{.a = {dy, w.out, false},
            .b = {run_.params + w.offset, w.in, true},
            .c = dx,
            .ldc = w.in,
            .m = rows,
            .n = w.in,
            .k = w.out,
            .alpha = alpha};
  p.bf16 = config_.precision == Precision::bf16 && !w.exact;
  if (choices) p.groups = {GroupAxis::rows, choices->begin, m_.experts, w.stride};
  multiplier_.multiply(on_, p);
}

void Passes::weightGradient(const Linear& w, const float* dy, const float* x, int64_t rows, float alpha,
                            const Choices* choices) const {
  float* gradient = run_.gradient + w.offset;
  Product p{.a = {dy, w.out, true},
            .b = {x, w.in, true},
            .c = gradient,
            .ldc = w.in,
            .m = w.out,
            .n = w.in,
            .k = rows,
            .alpha = alpha,
            .add = gradient};
  p.bf16 = config_.precision == Precision::bf16 && !w.exact;
  if (choices) p.groups = {GroupAxis::depth, choices->begin, m_.experts, w.stride};
  multiplier_.multiply(on_, p);
}

void Passes::forwardBlocks(int64_t sequences) const {
  const int64_t rows = sequences * m_.seqLen;
  embed(on_, shared_.inputs, run_.params + table_.embedding, run_.layers[0].input, rows, m_.width,
        float(config_.parametrization.embeddingMultiplier));
  for (size_t layer = 0; layer < run_.layers.size(); layer++) forwardLayer(layer, sequences);
  rmsNormForward(on_, run_.output, run_.params + table_.finalNorm, run_.normFinal, run_.rstdFinal, rows, m_.width);
}

void Passes::forwardLayer(size_t layer, int64_t sequences) const {
  const int64_t rows = sequences * m_.seqLen;
  const LayerOffsets& w = table_.layers[layer];
  const LayerArrays& a = run_.layers[layer];
  rmsNormForward(on_, a.input, run_.params + w.attentionNorm, a.norm1, a.rstd1, rows, m_.width);
  apply({w.qkv, m_.qkvWidth(), m_.width}, a.norm1, a.qkv, rows);
  rope(on_, a.qkv, m_.qkvWidth(), rows, m_.seqLen, m_.heads + m_.kvHeads, m_.headDim(), shared_.cosine, shared_.sine,
       1.0f);
  attentionForward(on_, attentionShape(), sequences, a.qkv, a.attention, a.lse, tf32());
  apply({w.attentionOut, m_.width, m_.width}, a.attention, a.middle, rows, residual(), a.input);
  rmsNormForward(on_, a.middle, run_.params + w.mlpNorm, a.norm2, a.rstd2, rows, m_.width);
  float* out = layer + 1 < run_.layers.size() ? run_.layers[layer + 1].input : run_.output;
  if (m_.experts) return forwardExperts(w, a, out, rows);
  apply(gateUp(w), a.norm2, a.gateUp, rows);
  swigluForward(on_, a.gateUp, a.act, rows, m_.hidden);
  apply(down(w), a.act, out, rows, residual(), a.middle);
}

void Passes::forwardExperts(const LayerOffsets& w, const LayerArrays& a, float* out, int64_t rows) const {
  const Experts shape{rows, m_.experts, m_.topK};
  apply({w.router, m_.experts, m_.width, true}, a.norm2, a.routerLogits, rows);
  route(on_, shape, a.routerLogits, a.choices, run_.expertCounts);
  gatherRows(on_, shape, a.choices, a.norm2, a.gathered, m_.width);
  apply(gateUp(w), a.gathered, a.gateUp, shape.choices(), 1.0f, nullptr, &a.choices);
  swigluForward(on_, a.gateUp, a.act, shape.choices(), m_.hidden);
  apply(down(w), a.act, a.expertOut, shape.choices(), 1.0f, nullptr, &a.choices);
  addChosen(on_, shape, a.choices, a.expertOut, a.middle, out, m_.width, residual(), true);
}

// A chunk of rows at a time. With a gradient: of the head's weights, and of its input in dNorm.
void Passes::head(int64_t rows, bool gradient, float gradScale) const {
  const float multiplier = float(1.0 / config_.parametrization.logitsScaling);
  const Linear w{table_.head, m_.vocab, m_.width};
  const int64_t chunk = headRows(m_, rows);
  for (int64_t first = 0; first < rows; first += chunk) {
    const int64_t count = std::min(chunk, rows - first);
    const float* x = run_.normFinal + first * m_.width;
    apply(w, x, run_.logits, count, multiplier);
    crossEntropy(on_, run_.logits, m_.vocab, shared_.targets + first, run_.rowLoss + first, count, m_.vocab,
                 gradScale * multiplier, gradient);
    if (!gradient) continue;
    inputGradient(w, run_.logits, run_.dNorm + first * m_.width, count);
    weightGradient(w, run_.logits, x, count);
  }
  addTotal(on_, run_.rowLoss, rows, run_.lossSum);
}

void Passes::backwardNorm(int64_t gain, const float* x, const float* rstd, int64_t rows, bool accumulate) const {
  rmsNormBackward(on_, x, run_.params + gain, rstd, run_.dNorm, run_.dResidual, run_.gradient + gain, rows, m_.width,
                  accumulate, run_.gainScratch);
}

void Passes::backwardLayer(size_t layer, int64_t sequences, float gradScale) const {
  const int64_t rows = sequences * m_.seqLen;
  const LayerOffsets& w = table_.layers[layer];
  const LayerArrays& a = run_.layers[layer];
  if (m_.experts) {
    backwardExperts(w, a, rows, gradScale);
  } else {
    inputGradient(down(w), run_.dResidual, run_.dAct, rows, residual());
    weightGradient(down(w), run_.dResidual, a.act, rows, residual());
    swigluBackward(on_, a.gateUp, run_.dAct, run_.dGateUp, rows, m_.hidden);
    inputGradient(gateUp(w), run_.dGateUp, run_.dNorm, rows);
    weightGradient(gateUp(w), run_.dGateUp, a.norm2, rows);
  }
  backwardNorm(w.mlpNorm, a.middle, a.rstd2, rows, true);
  const Linear attentionOut{w.attentionOut, m_.width, m_.width}, qkv{w.qkv, m_.qkvWidth(), m_.width};
  inputGradient(attentionOut, run_.dResidual, run_.dAttention, rows, residual());
  weightGradient(attentionOut, run_.dResidual, a.attention, rows, residual());
  attentionBackward(on_, attentionShape(), sequences, a.qkv, a.attention, run_.dAttention, a.lse, run_.dQkv, run_.delta,
                    tf32());
  rope(on_, run_.dQkv, m_.qkvWidth(), rows, m_.seqLen, m_.heads + m_.kvHeads, m_.headDim(), shared_.cosine,
       shared_.sine, -1.0f);
  inputGradient(qkv, run_.dQkv, run_.dNorm, rows);
  weightGradient(qkv, run_.dQkv, a.norm1, rows);
  backwardNorm(w.attentionNorm, a.input, a.rstd1, rows, true);
}

void Passes::backwardExperts(const LayerOffsets& w, const LayerArrays& a, int64_t rows, float gradScale) const {
  const Experts shape{rows, m_.experts, m_.topK};
  mixingGradient(on_, shape, a.choices, run_.dResidual, a.expertOut, run_.dExpertOut, run_.dRouter, m_.width,
                 residual());
  if (m_.balanceLoss > 0 || m_.routerZLoss > 0)
    routerLossGradient(on_, shape, a.choices, a.routerLogits, run_.dRouter, m_.seqLen, m_.balanceLoss, m_.routerZLoss,
                       gradScale);
  inputGradient(down(w), run_.dExpertOut, run_.dAct, shape.choices(), 1.0f, &a.choices);
  weightGradient(down(w), run_.dExpertOut, a.act, shape.choices(), 1.0f, &a.choices);
  swigluBackward(on_, a.gateUp, run_.dAct, run_.dGateUp, shape.choices(), m_.hidden);
  inputGradient(gateUp(w), run_.dGateUp, run_.dGathered, shape.choices(), 1.0f, &a.choices);
  weightGradient(gateUp(w), run_.dGateUp, a.gathered, shape.choices(), 1.0f, &a.choices);
  const Linear router{w.router, m_.experts, m_.width, true};
  inputGradient(router, run_.dRouter, run_.dNorm, rows);
  weightGradient(router, run_.dRouter, a.norm2, rows);
  addChosen(on_, shape, a.choices, run_.dGathered, run_.dNorm, run_.dNorm, m_.width, 1.0f, false);
}

}  // namespace etalon::cuda

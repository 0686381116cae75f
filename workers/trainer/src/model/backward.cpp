#include <algorithm>

#include "model/network.hpp"

namespace etalon {
namespace {

// ws.normFinal [rows, width], targets [rows] -> the loss; ws.dNorm [rows, width]; the head's gradient [vocab, width].
// kHeadRows rows of ws.logits [kHeadRows, vocab] at a time.
double headLossAndGradient(const Network& net, Workspace& ws, const int32_t* targets, int64_t rows, float gradScale,
                           Gradients grads) {
  const int64_t width = net.model.width, vocab = net.model.vocab;
  double loss = 0.0;
  for (int64_t r = 0; r < rows; r += kHeadRows) {
    const int64_t count = std::min(kHeadRows, rows - r);
    const float* x = ws.normFinal + r * width;
    applyLinear(net, net.head, x, ws.logits, count, net.logitMultiplier);
    loss += net.kernels->crossEntropy(ws.logits, vocab, targets + r, count, vocab, gradScale * net.logitMultiplier);
    linearInputGradient(net, net.head, ws.logits, ws.dNorm + r * width, count);
    linearWeightGradient(net, net.head, ws.logits, x, {grads.values, grads.fresh && r == 0}, count);
  }
  return loss;
}

// ws.dResidual [rows, width], the gradient of the block's output -> of its input a.middle, in place; by way of ws.dAct
// [rows, hidden], ws.dGateUp [rows, 2 hidden] and ws.dNorm [rows, width].
void backwardMlp(const Network& net, const LayerWeights& w, const LayerActivations& a, Workspace& ws, Gradients grads,
                 int64_t rows, float gradScale) {
  const ModelConfig& m = net.model;
  const Kernels& k = *net.kernels;
  if (m.experts) {
    backwardExperts(net, w, a, ws, grads, rows, gradScale);
  } else {
    linearInputGradient(net, w.down[0], ws.dResidual, ws.dAct, rows, net.residualMultiplier);
    linearWeightGradient(net, w.down[0], ws.dResidual, a.act, grads, rows, net.residualMultiplier);
    k.swigluBackward(a.gateUp, ws.dAct, ws.dGateUp, rows, m.hidden);
    linearInputGradient(net, w.gateUp[0], ws.dGateUp, ws.dNorm, rows);
    linearWeightGradient(net, w.gateUp[0], ws.dGateUp, a.norm2, grads, rows);
  }
  k.rmsNormBackward(a.middle, net.params + w.mlpNorm, a.rstd2, ws.dNorm, ws.dResidual, grads.values + w.mlpNorm, rows,
                    m.width, true);
}

// ws.dResidual [rows, width], the gradient of a.middle -> of a.input, in place; by way of ws.dAttention [rows, width],
// ws.dQkv [rows, (heads + 2 kvHeads) headDim] and ws.dNorm [rows, width].
void backwardAttention(const Network& net, const LayerWeights& w, const LayerActivations& a, Workspace& ws,
                       Gradients grads, int64_t sequences) {
  const ModelConfig& m = net.model;
  const Kernels& k = *net.kernels;
  const int64_t rows = sequences * m.seqLen;
  linearInputGradient(net, w.attentionOut, ws.dResidual, ws.dAttention, rows, net.residualMultiplier);
  linearWeightGradient(net, w.attentionOut, ws.dResidual, a.attention, grads, rows, net.residualMultiplier);
  const AttentionShape shape{m.seqLen, m.heads, m.kvHeads, m.headDim(), m.qkvWidth(), net.attentionScale};
  for (int64_t s = 0; s < sequences; s++) {
    const int64_t first = s * m.seqLen;
    k.attentionBackward(shape, a.qkv + first * m.qkvWidth(), a.attention + first * m.width,
                        ws.dAttention + first * m.width, a.lse + first * m.heads, ws.dQkv + first * m.qkvWidth(),
                        ws.attentionScratch);
  }
  k.rope(ws.dQkv, m.qkvWidth(), rows, m.seqLen, m.heads + m.kvHeads, m.headDim(), net.cosine, net.sine, -1.0f);
  linearInputGradient(net, w.qkv, ws.dQkv, ws.dNorm, rows);
  linearWeightGradient(net, w.qkv, ws.dQkv, a.norm1, grads, rows);
  k.rmsNormBackward(a.input, net.params + w.attentionNorm, a.rstd1, ws.dNorm, ws.dResidual,
                    grads.values + w.attentionNorm, rows, m.width, true);
}

// Adds dx [rows, width] to the rows of the embedding's gradient [vocab, width] that inputs [rows] name.
void embeddingGradient(const Network& net, const int32_t* inputs, const float* dx, Gradients grads, int64_t rows) {
  const int64_t width = net.model.width;
  for (int64_t r = 0; r < rows; r++) {
    float* target = grads.values + net.embedding + inputs[r] * width;
    for (int64_t j = 0; j < width; j++) target[j] += net.embeddingMultiplier * dx[r * width + j];
  }
}

}  // namespace

double forwardBackward(const Network& net, Workspace& ws, const int32_t* inputs, const int32_t* targets,
                       int64_t sequences, float gradScale, Gradients grads) {
  const int64_t rows = sequences * net.model.seqLen;
  forwardBlocks(net, ws, inputs, sequences);
  const double loss = headLossAndGradient(net, ws, targets, rows, gradScale, grads);
  net.kernels->rmsNormBackward(ws.output, net.params + net.finalNorm, ws.rstdFinal, ws.dNorm, ws.dResidual,
                               grads.values + net.finalNorm, rows, net.model.width, false);
  for (size_t layer = net.layers.size(); layer-- > 0;) {
    backwardMlp(net, net.layers[layer], ws.layers[layer], ws, grads, rows, gradScale);
    backwardAttention(net, net.layers[layer], ws.layers[layer], ws, grads, sequences);
  }
  embeddingGradient(net, inputs, ws.dResidual, grads, rows);
  return loss;
}

void linearInputGradient(const Network& net, const Linear& w, const float* dy, float* dx, int64_t rows, float alpha,
                         bool accumulate) {
  const int64_t panel = net.kernels->panelWidth;
  net.kernels->gemm({.a = dy,
                     .lda = w.out,
                     .transposeA = false,
                     .b = w.backward,
                     .ldb = panel,
                     .panelStride = panel * w.out,
                     .c = dx,
                     .ldc = w.in,
                     .m = rows,
                     .n = w.in,
                     .k = w.out,
                     .alpha = alpha,
                     .accumulate = accumulate,
                     .bf16 = w.bf16,
                     .rounded = w.bf16});
}

void linearWeightGradient(const Network& net, const Linear& w, const float* dy, const float* x, Gradients grads,
                          int64_t rows, float alpha) {
  const int64_t panel = net.kernels->panelWidth;
  net.kernels->gemm({.a = dy,
                     .lda = w.out,
                     .transposeA = true,
                     .b = x,
                     .ldb = w.in,
                     .panelStride = panel,
                     .c = grads.values + w.offset,
                     .ldc = w.in,
                     .m = w.out,
                     .n = w.in,
                     .k = rows,
                     .alpha = alpha,
                     .accumulate = !grads.fresh,
                     .bf16 = w.bf16,
                     .rounded = false});
}

}  // namespace etalon

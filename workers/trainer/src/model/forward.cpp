#include <algorithm>
#include <cstring>

#include "model/network.hpp"

namespace etalon {
namespace {

// x [rows, width] = embeddingMultiplier x the embedding's rows [vocab, width] of inputs [rows].
void embed(const Network& net, const int32_t* inputs, float* x, int64_t rows) {
  const int64_t width = net.model.width;
  for (int64_t r = 0; r < rows; r++) {
    const float* source = net.params + net.embedding + inputs[r] * width;
    for (int64_t j = 0; j < width; j++) x[r * width + j] = net.embeddingMultiplier * source[j];
  }
}

// a.input [rows, width] -> a.norm1 [rows, width] -> a.qkv [rows, (heads + 2 kvHeads) headDim], rotated -> a.attention
// [rows, width] -> a.middle [rows, width] = a.input + r O a.attention. Rows are sequences x seqLen.
void forwardAttention(const Network& net, const LayerWeights& w, LayerActivations& a, float* scratch,
                      int64_t sequences) {
  const ModelConfig& m = net.model;
  const Kernels& k = *net.kernels;
  const int64_t rows = sequences * m.seqLen;
  k.rmsNormForward(a.input, net.params + w.attentionNorm, a.norm1, a.rstd1, rows, m.width);
  applyLinear(net, w.qkv, a.norm1, a.qkv, rows);
  k.rope(a.qkv, m.qkvWidth(), rows, m.seqLen, m.heads + m.kvHeads, m.headDim(), net.cosine, net.sine, 1.0f);
  const AttentionShape shape{m.seqLen, m.heads, m.kvHeads, m.headDim(), m.qkvWidth(), net.attentionScale};
  for (int64_t s = 0; s < sequences; s++)
    k.attentionForward(shape, a.qkv + s * m.seqLen * m.qkvWidth(), a.attention + s * m.seqLen * m.width,
                       a.lse + s * m.seqLen * m.heads, scratch);
  std::memcpy(a.middle, a.input, size_t(rows * m.width) * sizeof(float));
  applyLinear(net, w.attentionOut, a.attention, a.middle, rows, net.residualMultiplier, true);
}

// a.middle [rows, width] -> a.norm2 [rows, width] -> a.gateUp [rows, 2 hidden] -> a.act [rows, hidden] -> out [rows,
// width] = a.middle + r Down a.act.
void forwardMlp(const Network& net, const LayerWeights& w, LayerActivations& a, float* out, int64_t rows) {
  const ModelConfig& m = net.model;
  const Kernels& k = *net.kernels;
  k.rmsNormForward(a.middle, net.params + w.mlpNorm, a.norm2, a.rstd2, rows, m.width);
  std::memcpy(out, a.middle, size_t(rows * m.width) * sizeof(float));
  if (m.experts) return forwardExperts(net, w, a, out, rows);
  applyLinear(net, w.gateUp[0], a.norm2, a.gateUp, rows);
  k.swigluForward(a.gateUp, a.act, rows, m.hidden);
  applyLinear(net, w.down[0], a.act, out, rows, net.residualMultiplier, true);
}

}  // namespace

void forwardBlocks(const Network& net, Workspace& ws, const int32_t* inputs, int64_t sequences) {
  const int64_t rows = sequences * net.model.seqLen;
  const size_t depth = net.layers.size();
  embed(net, inputs, ws.layers[0].input, rows);
  for (size_t layer = 0; layer < depth; layer++) {
    LayerActivations& a = ws.layers[layer];
    forwardAttention(net, net.layers[layer], a, ws.attentionScratch, sequences);
    forwardMlp(net, net.layers[layer], a, layer + 1 < depth ? ws.layers[layer + 1].input : ws.output, rows);
  }
  net.kernels->rmsNormForward(ws.output, net.params + net.finalNorm, ws.normFinal, ws.rstdFinal, rows, net.model.width);
}

double forwardLoss(const Network& net, Workspace& ws, const int32_t* inputs, const int32_t* targets,
                   int64_t sequences) {
  const int64_t rows = sequences * net.model.seqLen, width = net.model.width, vocab = net.model.vocab;
  forwardBlocks(net, ws, inputs, sequences);
  double loss = 0.0;
  for (int64_t r = 0; r < rows; r += kHeadRows) {
    const int64_t count = std::min(kHeadRows, rows - r);
    applyLinear(net, net.head, ws.normFinal + r * width, ws.logits, count, net.logitMultiplier);
    loss += net.kernels->crossEntropyLoss(ws.logits, vocab, targets + r, count, vocab);
  }
  return loss;
}

void applyLinear(const Network& net, const Linear& w, const float* x, float* y, int64_t rows, float alpha,
                 bool accumulate) {
  const int64_t panel = net.kernels->panelWidth;
  net.kernels->gemm({.a = x,
                     .lda = w.in,
                     .transposeA = false,
                     .b = w.forward,
                     .ldb = panel,
                     .panelStride = panel * w.in,
                     .c = y,
                     .ldc = w.out,
                     .m = rows,
                     .n = w.out,
                     .k = w.in,
                     .alpha = alpha,
                     .accumulate = accumulate,
                     .bf16 = w.bf16,
                     .rounded = w.bf16});
}

}  // namespace etalon

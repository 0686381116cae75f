// The table of numeric kernels; one table per instruction set, chosen once at start.
// This header is included by files compiled for different instruction sets: it must hold no inline code,
// or the linker could keep an AVX copy of a function that baseline code calls.
#pragma once
#include <cstdint>

namespace etalon {

/// C[m,n] = alpha * A * B (+ C when accumulate). A is [m,k] with row stride lda, or, when transposeA, stored as
/// [k,m] with row stride lda. B is read in panels of `Kernels::panelWidth` columns: element (p, j) of panel q is
/// b[q * panelStride + p * ldb + j]. With k 0 the product is zero. Reading up to one panel width past the last column
/// must be valid memory.
struct GemmCall {
  const float* a;
  int64_t lda;
  bool transposeA;
  const float* b;
  int64_t ldb;
  int64_t panelStride;
  float* c;
  int64_t ldc;
  int64_t m, n, k;
  float alpha;
  bool accumulate;
  bool bf16 = false;  // round both operands to bf16
  bool rounded = false;  // only with bf16: the panels of B are what `Kernels::roundPanels` made of them
};

/// Shapes of causal attention over one sequence; q, k and v are column groups of one [seqLen, rowStride] array.
struct AttentionShape {
  int64_t seqLen;
  int64_t heads;
  int64_t kvHeads;
  int64_t headDim;
  int64_t rowStride;  // floats between rows of qkv: (heads + 2 kvHeads) * headDim
  float scale;        // multiplies q.k before the softmax
};

struct AdamCall {
  float* param;
  float* moment1;
  float* moment2;
  const float* grad;
  int64_t count;
  float gradScale;  // clipping factor
  float learningRate;
  float weightDecay;
  float beta1, beta2, eps;
  float correction1, correction2;  // 1 / (1 - beta^t)
};

struct Kernels {
  const char* name;
  bool hasBf16;  // an instruction multiplies bf16 pairs; without it they are multiplied in fp32, slower
  int64_t panelWidth;

  /// Rounds of independent multiply-adds in registers, as a product does them; returns the floating-point operations.
  /// sink holds two numbers near 1 and 0.
  double (*probe)(int64_t rounds, bool bf16, float* sink);
  void (*gemm)(const GemmCall& call);
  /// Packs B = W^T for W [n,k] (row stride ld) into ceil(n / panelWidth) panels of [k, panelWidth].
  void (*packTransposed)(const float* w, int64_t ld, int64_t n, int64_t k, float* packed);
  /// Packs B [k,n] (row stride ld) into ceil(n / panelWidth) panels of [k, panelWidth].
  void (*packPlain)(const float* b, int64_t ld, int64_t k, int64_t n, float* packed);
  /// Rounds the panels of a packed B [k,n] to bf16 in place: of each only the first half is used, two k to a 32-bit
  /// lane.
  void (*roundPanels)(int64_t n, int64_t k, float* packed);

  /// y = x * rstd * gain per row; rstd[row] = 1 / sqrt(mean(x^2) + eps) is kept for the backward pass.
  void (*rmsNormForward)(const float* x, const float* gain, float* y, float* rstd, int64_t rows, int64_t width);
  /// dx (+)= gradient of the norm's input; dGain += gradient of the gains, rows in order.
  void (*rmsNormBackward)(const float* x, const float* gain, const float* rstd, const float* dy, float* dx,
                          float* dGain, int64_t rows, int64_t width, bool accumulate);

  /// Rotates pairs (i, i + headDim/2) of `heads` consecutive heads in each row; direction -1 is the inverse.
  /// cosine and sine are [seqLen, headDim/2]; row r uses position r % seqLen.
  void (*rope)(float* x, int64_t rowStride, int64_t rows, int64_t seqLen, int64_t heads, int64_t headDim,
               const float* cosine, const float* sine, float direction);

  /// Causal softmax attention of one sequence; out [seqLen, heads*headDim]; lse [heads, seqLen].
  void (*attentionForward)(const AttentionShape& shape, const float* qkv, float* out, float* lse, float* scratch);
  /// Writes dqkv (all of it) from dout; recomputes the probabilities from lse.
  void (*attentionBackward)(const AttentionShape& shape, const float* qkv, const float* out, const float* dout,
                            const float* lse, float* dqkv, float* scratch);
  /// Floats of scratch that the two functions above need.
  int64_t (*attentionScratch)(const AttentionShape& shape);

  /// act[r, :] = silu(gate) * up for rows of [gate | up], each `hidden` wide.
  void (*swigluForward)(const float* gateUp, float* act, int64_t rows, int64_t hidden);
  void (*swigluBackward)(const float* gateUp, const float* dAct, float* dGateUp, int64_t rows, int64_t hidden);

  /// Replaces logits by (softmax - onehot) * gradScale and returns the sum of the rows' losses in nats.
  double (*crossEntropy)(float* logits, int64_t ld, const int32_t* targets, int64_t rows, int64_t vocab,
                         float gradScale);
  /// The sum of the rows' losses in nats; logits are left as they are.
  double (*crossEntropyLoss)(const float* logits, int64_t ld, const int32_t* targets, int64_t rows, int64_t vocab);

  /// y += factor * x.
  void (*addScaled)(const float* x, float factor, float* y, int64_t count);
  double (*dot)(const float* x, const float* y, int64_t count);
  /// Adds slots 1..slots-1 into slot 0 in order; returns the sum of squares of the result.
  double (*reduceSlots)(float* grads, int64_t slotStride, int64_t slots, int64_t begin, int64_t end);
  void (*adamW)(const AdamCall& call);
};

constexpr float kRmsNormEps = 1e-5f;

}  // namespace etalon

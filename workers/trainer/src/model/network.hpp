// The decoder: forward and backward passes over one chunk of sequences, on one thread.
// Pre-norm blocks: x += r * O attention(rope(QKV norm(x))), x += r * Down swiglu(GateUp norm(x)); r is the residual
// multiplier. All arrays are row-major float, rows are tokens; matrices are [out, in].
#pragma once
#include "kernels/kernels.hpp"
#include "model/parametrization.hpp"
#include "model/workspace.hpp"

namespace etalon {

/// A matrix [out, in] of the flat parameter array, and its copies packed for x W^T (forward) and dy W (backward).
struct Linear {
  int64_t offset, out, in;
  bool bf16;  // its products round their operands; forward and backward are rounded
  float* forward;
  float* backward;
};

struct LayerWeights {
  int64_t attentionNorm, mlpNorm;  // offsets of the gains
  Linear qkv, attentionOut, router;
  std::vector<Linear> gateUp, down;
};

struct Network {
  ModelConfig model;
  float attentionScale, residualMultiplier, embeddingMultiplier, logitMultiplier;
  const Kernels* kernels;
  const float* params;
  std::vector<LayerWeights> layers;
  Linear head;
  int64_t embedding, finalNorm;
  const float *cosine, *sine;  // [seqLen, headDim / 2]
};

/// Runs the blocks; leaves the last norm's output in ws.normFinal.
void forwardBlocks(const Network& net, Workspace& ws, const int32_t* inputs, int64_t sequences);

/// Sum over the tokens of -ln p(target), without gradients.
double forwardLoss(const Network& net, Workspace& ws, const int32_t* inputs, const int32_t* targets, int64_t sequences);

/// A flat array laid out as the parameters. When fresh, gradients of matrices are written instead of added; those of
/// gains and of an untied embedding are always added.
struct Gradients {
  float* values;
  bool fresh;
};

/// As forwardLoss, and adds gradScale x the gradient of that sum to grads.
double forwardBackward(const Network& net, Workspace& ws, const int32_t* inputs, const int32_t* targets,
                       int64_t sequences, float gradScale, Gradients grads);

/// y [rows, out] = alpha x W^T (+ y).
void applyLinear(const Network& net, const Linear& w, const float* x, float* y, int64_t rows, float alpha = 1.0f,
                 bool accumulate = false);
/// dx [rows, in] = alpha dy W (+ dx).
void linearInputGradient(const Network& net, const Linear& w, const float* dy, float* dx, int64_t rows,
                         float alpha = 1.0f, bool accumulate = false);
/// dW += alpha dy^T x, or = where the gradients are fresh.
void linearWeightGradient(const Network& net, const Linear& w, const float* dy, const float* x, Gradients grads,
                          int64_t rows, float alpha = 1.0f);

/// Mixture-of-experts block: routes a.norm2, adds its result to `out`.
void forwardExperts(const Network& net, const LayerWeights& w, LayerActivations& a, float* out, int64_t rows);
/// From ws.dResidual to ws.dNorm (overwritten), adding the weight gradients and the gradient of the auxiliary losses,
/// means over all tokens of the batch (gradScale is one over their number) summed over layers: balanceLoss x E sum_e
/// f_e P_e with the share f_e of a sequence's choices that fell on e and the mean P_e of its router probabilities
/// (Fedus et al. 2021, eq. 4, a sequence at a time so that the cut of a batch does not matter), and routerZLoss x
/// logsumexp(logits)^2 (Zoph et al. 2022, eq. 5).
void backwardExperts(const Network& net, const LayerWeights& w, const LayerActivations& a, Workspace& ws,
                     Gradients grads, int64_t rows, float gradScale);

}  // namespace etalon

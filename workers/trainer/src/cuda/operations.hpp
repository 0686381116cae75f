// The operations of the CUDA backend. All pointers are device memory; arrays are row-major float unless said. Every
// call only queues work on its stream, and throws DeviceError when that fails.
//
// Every operation works on `Launch::runs` runs at once: the arrays of run r lie r * runStride bytes behind the given
// ones. Arrays called *shared* (tokens, rotation tables) are the same for all runs.
//
// Sums have a fixed order and there are no atomic float additions: the same call gives the same bits.
#pragma once
#include <cstdint>

#include "kernels/kernels.hpp"

struct CUstream_st;

namespace etalon::cuda {

struct Launch {
  CUstream_st* stream = nullptr;
  int64_t runs = 1;       // at most 65535
  int64_t runStride = 0;  // bytes
};

/// x [rows, width] = multiplier x table[token]. tokens: shared.
void embed(const Launch& on, const int32_t* tokens, const float* table, float* x, int64_t rows, int64_t width,
           float multiplier);

/// Rows grouped by token, all shared: segment s holds rows order[begin[s] .. begin[s + 1]) (ascending), all of token
/// token[s]; the number of segments is in count[0], at most `rows`.
struct TokenSegments {
  const int32_t *order, *begin, *token, *count;
};
/// gradient[token] += multiplier x the sum of dx over the token's rows, in their order.
void embeddingGradient(const Launch& on, const TokenSegments& segments, const float* dx, float* gradient, int64_t rows,
                       int64_t width, float multiplier);

/// y = x * rstd * gain per row, rstd = 1 / sqrt(mean(x^2) + eps) (Zhang and Sennrich 2019).
void rmsNormForward(const Launch& on, const float* x, const float* gain, float* y, float* rstd, int64_t rows,
                    int64_t width);
/// dx (+)= gradient of the norm's input; dGain += that of the gains. scratch: rmsNormScratch floats.
void rmsNormBackward(const Launch& on, const float* x, const float* gain, const float* rstd, const float* dy, float* dx,
                     float* dGain, int64_t rows, int64_t width, bool accumulate, float* scratch);
int64_t rmsNormScratch(int64_t rows, int64_t width);

/// Rotates pairs (i, i + headDim/2) of the first `heads` heads in each row, in place (Su et al. 2021, half-split);
/// direction -1 is the inverse. cosine, sine [seqLen, headDim/2]: shared.
void rope(const Launch& on, float* x, int64_t rowStride, int64_t rows, int64_t seqLen, int64_t heads, int64_t headDim,
          const float* cosine, const float* sine, float direction);

/// act = silu(gate) * up for rows of [gate | up] (Shazeer 2020).
void swigluForward(const Launch& on, const float* gateUp, float* act, int64_t rows, int64_t hidden);
void swigluBackward(const Launch& on, const float* gateUp, const float* dAct, float* dGateUp, int64_t rows,
                    int64_t hidden);

/// rowLoss[r] = -ln softmax(logits[r])[target[r]] in nats. With a gradient, logits become (softmax - onehot) x
/// gradScale (without, they stay). targets: shared.
void crossEntropy(const Launch& on, float* logits, int64_t ld, const int32_t* targets, double* rowLoss, int64_t rows,
                  int64_t vocab, float gradScale, bool gradient);
/// total[0] += the sum of values[0 .. count).
void addTotal(const Launch& on, const double* values, int64_t count, double* total);

/// One side of a product: element (r, k), with r along the result and k along the sum, is values[r * ld + k], or
/// values[k * ld + r] where rowsContiguous.
struct Side {
  const float* values;
  int64_t ld;
  bool rowsContiguous;
};

enum class GroupAxis { none, rows, depth };

/// Several products in one call. rows: rows begin[g] .. begin[g + 1) of a and c belong to group g, and its b lies g *
/// stride floats behind the first. depth: those of the sum do, and its c lies g * stride floats behind the first.
/// Rows outside of all groups are left alone.
struct Groups {
  GroupAxis axis = GroupAxis::none;
  const int32_t* begin = nullptr;  // [count + 1], of the run
  int64_t count = 1, stride = 0;
};

/// c [m,n] = alpha a b (+ add). a is m x k and b n x k as Side says; c and add have row stride ldc; add may be c, or
/// null. bf16 rounds both sides to nearest even; sums are fp32, in an order that m, n and k alone decide.
struct Product {
  Side a, b;
  float* c;
  int64_t ldc;
  int64_t m, n, k;
  float alpha = 1.0f;
  const float* add = nullptr;
  bool bf16 = false;
  Groups groups = {};
};
void multiply(const Launch& on, const Product& product);

/// The elements of a side of `rows` x `depth` as bf16, in the same order, with row stride ldTo.
void roundSide(const Launch& on, const Side& side, int64_t rows, int64_t depth, uint16_t* to, int64_t ldTo);
/// Fixed numbers between -1 and 1, the i-th a function of i.
void fillPattern(const Launch& on, float* values, int64_t count);

/// Causal attention of `sequences` sequences (Dao 2023, FlashAttention-2): blocks of keys with a running softmax; out
/// [rows, heads * headDim]; lse [sequences, heads, seqLen] is the log-sum-exp of each query's scores.
/// headDim: even, at most kMostHeadDim. Products are of split tf32, to about the precision of fp32, or, if `tf32`, of
/// plain tf32.
void attentionForward(const Launch& on, const AttentionShape& shape, int64_t sequences, const float* qkv, float* out,
                      float* lse, bool tf32 = false);
/// Writes dqkv (all of it) from dOut, recomputing the probabilities: one pass by queries, one by keys, no atomics.
/// delta: [sequences, heads, seqLen] of scratch.
void attentionBackward(const Launch& on, const AttentionShape& shape, int64_t sequences, const float* qkv,
                       const float* out, const float* dOut, const float* lse, float* dqkv, float* delta,
                       bool tf32 = false);
constexpr int64_t kMostHeadDim = 256;

/// Token-choice routing (the processor's moe.cpp): `rows` tokens, `experts` of which each chooses topK.
struct Experts {
  int64_t rows, experts, topK;
  int64_t choices() const { return rows * topK; }
};
/// Where the choices go. Sorted rows begin[e] .. begin[e + 1) are those of expert e, in the order of the tokens.
struct Choices {
  int32_t* expert;    // [rows, topK], ascending within a row
  float* weight;      // [rows, topK], softmax over the chosen logits
  int32_t* position;  // [rows, topK], the sorted row of that choice
  int32_t* row;       // [rows * topK], the token of a sorted row
  int32_t* begin;     // [experts + 1]
};
/// Chooses the topK largest logits [rows, experts] of every token, ties and NaN to the lower index, and sorts them by
/// expert. scratch: [experts].
void route(const Launch& on, const Experts& shape, const float* logits, const Choices& choices, int32_t* scratch);
/// gathered [choices, width]: x [rows, width] in sorted order.
void gatherRows(const Launch& on, const Experts& shape, const Choices& choices, const float* x, float* gathered,
                int64_t width);
/// out[r] = add[r] + the sum over the token's choices, in order of expert, of factor x weight (1 unless weighted) x
/// sorted[position]. add may be out.
void addChosen(const Launch& on, const Experts& shape, const Choices& choices, const float* sorted, const float* add,
               float* out, int64_t width, float factor, bool weighted);
/// From dy, the gradient of factor x sum of weight x expertOut: that of expertOut (dOut, sorted) and of the router's
/// logits (dLogits, all of it).
void mixingGradient(const Launch& on, const Experts& shape, const Choices& choices, const float* dy,
                    const float* expertOut, float* dOut, float* dLogits, int64_t width, float factor);
/// dLogits += gradScale x gradient of balanceLoss x experts x sum_e f_e P_e and of routerZLoss x logsumexp^2, sequence
/// by sequence (Fedus et al. 2021, eq. 4; Zoph et al. 2022, eq. 5).
void routerLossGradient(const Launch& on, const Experts& shape, const Choices& choices, const float* logits,
                        float* dLogits, int64_t seqLen, double balanceLoss, double routerZLoss, float gradScale);

/// parts[i] = the sum of squares of the i-th kSquarePart values.
void sumSquares(const Launch& on, const float* values, int64_t count, double* parts);
constexpr int64_t kSquarePart = 4096;

/// What changes from step to step or from run to run. It lies in device memory, so that a recorded graph serves them
/// all.
struct StepInput {
  double learningRate;
  int64_t step;  // from 0; sets the bias correction
  double beta1, beta2, eps;
  double gradClip;   // largest norm, 0: no clipping
  double lossScale;  // one over the tokens of the batch
};
/// What a step reports, and whether it changes the parameters.
struct StepReport {
  double loss, gradNorm;  // nats a token; before clipping
  int32_t applied;        // 0 where either is not finite
  float gradScale, correction1, correction2;
};
/// Adds up the parts of sumSquares and scales the summed loss; decides on clipping and on whether the step counts.
void finishStep(const Launch& on, const double* parts, int64_t count, const double* lossSum, const StepInput* input,
                StepReport* report);

/// A stretch of the parameters that belongs to one tensor; shared.
struct TensorPiece {
  int64_t begin;
  int32_t count, tensor;
};
struct TensorRates {
  double lrMultiplier;
  float weightDecay;
};
/// AdamW with decoupled decay (Loshchilov and Hutter 2019), where report->applied. rates: one a tensor, of the run.
void adamW(const Launch& on, const TensorPiece* pieces, int64_t pieceCount, const TensorRates* rates,
           const StepInput* input, const StepReport* report, float* params, float* moment1, float* moment2,
           const float* gradient);

}  // namespace etalon::cuda

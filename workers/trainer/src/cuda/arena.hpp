// The device memory of one run: one block, sized before anything is allocated.
#pragma once
#include "config/config.hpp"
#include "cuda/operations.hpp"
#include "model/parametrization.hpp"

namespace etalon::cuda {

/// Tokens that pass through the model at a time; a batch is cut into such pieces, whose gradients add up in order.
constexpr int64_t kMicroTokens = 8192;
/// Logits that exist at a time; the full [tokens, vocab] array never does.
constexpr int64_t kMostLogits = int64_t(1) << 24;

/// Whole sequences of a piece of the batch.
int64_t microSequences(const RunConfig& config, int64_t microTokens);
/// Rows of logits of a chunk of the head.
int64_t headRows(const ModelConfig& model, int64_t rows);

/// What one layer's forward pass leaves for its backward pass; rows are tokens of the piece.
struct LayerArrays {
  float *input, *rstd1, *norm1, *qkv, *attention, *lse;
  float *middle, *rstd2, *norm2;
  float *gateUp, *act;  // mixture of experts: rows * topK sorted rows
  // Mixture of experts only:
  float *routerLogits, *gathered, *expertOut;
  Choices choices;
};

/// Everything that every run has for itself.
struct RunArrays {
  float *params, *moment1, *moment2, *gradient;  // flat, in the order of the parameter table
  TensorRates* rates;
  StepInput* input;
  StepReport* report;
  double *lossSum, *rowLoss, *squareParts;
  std::vector<LayerArrays> layers;
  float *output, *rstdFinal, *normFinal, *logits;
  float *dResidual, *dNorm, *dQkv, *dAttention, *dGateUp, *dAct, *delta, *gainScratch;
  float *dGathered, *dExpertOut, *dRouter;  // mixture of experts only
  int32_t* expertCounts;

  /// Lays the arrays out from `base` (null: only counts); returns the bytes they take.
  size_t layOut(const RunConfig& config, const ParameterTable& table, int64_t rows, unsigned char* base);
};

/// The tokens of a piece, and what all runs share.
struct SharedArrays {
  int32_t* tokens;  // kTokenArrays arrays of one piece, uploaded together
  const int32_t *inputs, *targets;
  TokenSegments segments;
  float *cosine, *sine;  // [seqLen, headDim / 2]
  TensorPiece* pieces;

  size_t layOut(const RunConfig& config, int64_t rows, int64_t pieceCount, unsigned char* base);
};

/// Rotation of position t in pair i by t * base^(-2i / headDim): cosine, then sine.
std::vector<float> rotations(const ModelConfig& model);

/// Pieces of at most kPieceFloats parameters, none across tensors.
std::vector<TensorPiece> tensorPieces(const ParameterTable& table);
/// How many those are.
int64_t tensorPieceCount(const ParameterTable& table);

/// inputs, targets, order, begin, token, count of a piece, as SharedArrays lays them out for pieces of up to `rows`
/// rows. Rows of one token are in ascending order, tokens in the order of their number.
std::vector<int32_t> pieceTokens(const int32_t* inputs, const int32_t* targets, int64_t count, int64_t rows);

}  // namespace etalon::cuda

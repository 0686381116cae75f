// The parameter table: every tensor's shape, place, initialisation and learning-rate, decay and forward factors.
#pragma once
#include "config/config.hpp"

namespace etalon {

struct Tensor {
  std::string name;
  std::vector<int64_t> shape;  // [width] for gains, [out, in] for matrices
  int64_t offset = 0, count = 0;  // in floats, in the flat parameter array
  double std = 0;                 // of the initial values; gains start at 1
  bool gain = false;
  double lrMultiplier = 1, weightDecay = 0, forwardMultiplier = 1;
};

/// Offsets of one layer's tensors in the flat array; q, k, v are adjacent, and so are gate and up.
struct LayerOffsets {
  int64_t attentionNorm, qkv, attentionOut, mlpNorm, router;
  std::vector<int64_t> gateUp, down;  // one entry when dense, one per expert otherwise
};

struct ParameterTable {
  std::vector<Tensor> tensors;
  std::vector<LayerOffsets> layers;
  int64_t embedding = 0, finalNorm = 0, head = 0;  // head == embedding when tied
  int64_t total = 0;
  int64_t nonEmbedding = 0;  // attention and MLP matrices of all layers and experts
  int64_t active = 0;        // the same with only the top-k experts
};

/// Lays out the parameters of a model. muP after Cerebras-GPT and arXiv 2408.13359 table 1: with m = width / baseWidth
/// hidden matrices have std initStd/sqrt(m), rate 1/m and decay x m (so that rate x decay does not change with width);
/// matrices that write to the residual stream have a further 1/sqrt(2 depth), except in the style of microsoft/mup,
/// where hidden / width is taken to stay, so that every fan-in grows by m.
ParameterTable makeParameterTable(const RunConfig& config);

/// Training FLOPs a token: 6 (active + head), and 6 depth seqLen width for causal attention.
double flopsPerToken(const RunConfig& config, const ParameterTable& table, bool withAttention);

/// Writes the seeded initial values. Each tensor draws from its own stream, named by the tensor.
void initializeParameters(const ParameterTable& table, uint64_t seed, float* params);

Json parameterTableJson(const ParameterTable& table);

}  // namespace etalon

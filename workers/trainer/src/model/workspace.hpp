// Aligned memory and the activations of one chunk of sequences; all of it is sized before a run starts.
#pragma once
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "config/config.hpp"
#include "kernels/kernels.hpp"

namespace etalon {

struct FreeDeleter {
  void* block = nullptr;  // what the aligned floats lie in
  void operator()(float*) const { std::free(block); }
};
using AlignedFloats = std::unique_ptr<float[], FreeDeleter>;

/// Zeroed floats on a 64-byte boundary, with kOverread readable floats behind them; throws std::bad_alloc. Memory from
/// the system is not written, so that its pages are taken by the threads that use them.
AlignedFloats allocateFloats(int64_t count);

/// Kernels may read this many floats past an array (one GEMM panel of the widest instruction set).
constexpr int64_t kOverread = 64;

/// Rows of logits that the head holds at a time; the full [tokens, vocab] array never exists.
constexpr int64_t kHeadRows = 64;

/// Which rows go to which expert. Rows of expert e are sorted rows begin[e] .. begin[e + 1].
struct Routing {
  std::vector<int32_t> expert;    // [rows, topK], ascending within a row
  std::vector<int32_t> position;  // [rows, topK], the sorted row of that choice
  std::vector<int32_t> row;       // [rows * topK], the token row of a sorted row
  std::vector<int32_t> begin;     // [experts + 1]
};

/// What one layer's forward pass leaves for its backward pass; rows are tokens of the chunk.
struct LayerActivations {
  float *input, *rstd1, *norm1, *qkv, *attention, *lse;  // [rows, width], [rows], ..., [rows, qkvWidth], ...
  float *middle, *rstd2, *norm2;
  float *gateUp, *act;  // [rows, 2 hidden], [rows, hidden]; MoE: rows * topK sorted rows
  // MoE only:
  float *routerLogits, *choiceWeight, *gathered, *expertOut;  // [rows, experts], [rows, topK], [rows topK, width] x 2
  Routing routing;
};

/// The activations and temporary arrays of one thread.
struct Workspace {
  Workspace(const ModelConfig& model, const Kernels& kernels, int64_t rows);
  /// Floats such a workspace takes.
  static int64_t floats(const ModelConfig& model, const Kernels& kernels, int64_t rows);

  std::vector<LayerActivations> layers;
  float *output, *rstdFinal, *normFinal, *logits;
  float *dResidual, *dNorm, *dQkv, *dAttention, *dGateUp, *dAct, *attentionScratch;
  float *dGathered, *dExpertOut, *dRouter;  // MoE only

 private:
  Workspace() = default;
  int64_t layOut(const ModelConfig& model, const Kernels& kernels, int64_t rows, float* base);
  AlignedFloats memory_;
};

}  // namespace etalon

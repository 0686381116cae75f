// Forward and backward passes over one piece of a batch, queued on a stream. They mirror forward.cpp, backward.cpp and
// moe.cpp of the processor, operation by operation.
#pragma once
#include "cuda/arena.hpp"
#include "cuda/multiplier.hpp"

namespace etalon::cuda {

class Passes {
 public:
  /// Everything must outlive the object.
  Passes(const RunConfig& config, const ParameterTable& table, const RunArrays& run, const SharedArrays& shared,
         Multiplier& multiplier, Launch on)
      : config_(config),
        m_(config.model),
        table_(table),
        run_(run),
        shared_(shared),
        multiplier_(multiplier),
        on_(on) {}

  /// Adds the piece's losses to run.lossSum.
  void loss(int64_t sequences) const;
  /// As loss(), and adds gradScale x the gradient to run.gradient.
  void lossAndGradient(int64_t sequences, float gradScale) const;
  /// From the summed gradients and losses to new parameters and the report.
  void update(int64_t pieceCount) const;

 private:
  /// A matrix [out, in] of the parameters; of `groups` experts, each `stride` floats behind the last.
  struct Linear {
    int64_t offset, out, in;
    bool exact = false;  // never rounded to bf16
    int64_t stride = 0;
  };

  Linear gateUp(const LayerOffsets& layer) const {
    return {layer.gateUp[0], 2 * m_.hidden, m_.width, false, expertStride(layer)};
  }
  Linear down(const LayerOffsets& layer) const {
    return {layer.down[0], m_.width, m_.hidden, false, expertStride(layer)};
  }
  int64_t expertStride(const LayerOffsets& layer) const {
    return layer.down.size() > 1 ? layer.down[1] - layer.down[0] : 0;
  }

  /// y = alpha x W^T (+ add); with choices, by expert.
  void apply(const Linear& w, const float* x, float* y, int64_t rows, float alpha = 1.0f, const float* add = nullptr,
             const Choices* choices = nullptr) const;
  /// dx = alpha dy W.
  void inputGradient(const Linear& w, const float* dy, float* dx, int64_t rows, float alpha = 1.0f,
                     const Choices* choices = nullptr) const;
  /// dW += alpha dy^T x.
  void weightGradient(const Linear& w, const float* dy, const float* x, int64_t rows, float alpha = 1.0f,
                      const Choices* choices = nullptr) const;

  void forwardBlocks(int64_t sequences) const;
  void forwardLayer(size_t layer, int64_t sequences) const;
  void forwardExperts(const LayerOffsets& w, const LayerArrays& a, float* out, int64_t rows) const;
  void head(int64_t rows, bool gradient, float gradScale) const;
  void backwardLayer(size_t layer, int64_t sequences, float gradScale) const;
  void backwardExperts(const LayerOffsets& w, const LayerArrays& a, int64_t rows, float gradScale) const;
  void backwardNorm(int64_t gain, const float* x, const float* rstd, int64_t rows, bool accumulate) const;

  AttentionShape attentionShape() const {
    return {m_.seqLen,    m_.heads,      m_.kvHeads,
            m_.headDim(), m_.qkvWidth(), float(config_.parametrization.attentionMultiplier)};
  }
  // bf16 rounds more than tf32 does, so a run that chose it loses nothing.
  bool tf32() const { return config_.precision == Precision::bf16; }
  float residual() const { return float(config_.parametrization.residualMultiplier); }

  const RunConfig& config_;
  const ModelConfig& m_;
  const ParameterTable& table_;
  const RunArrays& run_;
  const SharedArrays& shared_;
  Multiplier& multiplier_;
  Launch on_;
};

}  // namespace etalon::cuda

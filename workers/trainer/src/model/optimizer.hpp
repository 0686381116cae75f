// AdamW over the flat parameter array, with per-tensor rates and decays and clipping by the global norm.
#pragma once
#include "model/model.hpp"

namespace etalon {

class Optimizer {
 public:
  Optimizer(const RunConfig& config, const ParameterTable& table, const Kernels& kernels, ThreadPool& pool);

  /// One update. `step` counts from 0 and sets the bias correction; gradients whose norm exceeds gradClip are scaled
  /// down to it.
  void update(float* params, const float* grads, double gradNorm, double learningRate, int64_t step);

  float* moment1() { return moment1_.get(); }
  float* moment2() { return moment2_.get(); }

 private:
  struct Piece {
    size_t tensor;
    int64_t begin, count;
  };

  OptimizerConfig config_;
  const ParameterTable& table_;
  const Kernels& kernels_;
  ThreadPool& pool_;
  AlignedFloats moment1_, moment2_;
  std::vector<Piece> pieces_;
};

}  // namespace etalon

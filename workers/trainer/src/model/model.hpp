// A model with its parameters and gradients; batches are cut into chunks that threads share.
#pragma once
#include <memory>

#include "model/network.hpp"
#include "data/sampler.hpp"
#include "base/thread-pool.hpp"

namespace etalon {

/// Throws ConfigError when the run wants bf16, the kernels have none, and emulation was not asked for.
void requirePrecision(const RunConfig& config, const Kernels& kernels);

struct NamedArray {
  std::string name;
  std::vector<float> values;
};

class Model {
 public:
  /// Allocates everything; the parameters start at their seeded initial values. Throws std::bad_alloc, ConfigError (see
  /// requirePrecision).
  Model(const RunConfig& config, const Kernels& kernels, ThreadPool& pool);

  /// Bytes a model of this configuration takes, optimiser state, branch copies and the tokens of a batch included.
  static double bytesNeeded(const RunConfig& config, const Kernels& kernels, int threads);

  const ParameterTable& table() const { return table_; }
  const Kernels& kernels() const { return kernels_; }
  float* params() { return params_.get(); }
  /// Must be called after the parameters change, before the next pass.
  void repack();

  /// Mean loss of the batch in nats a token; leaves the gradient in parts that reduceGradients() adds up.
  /// A batch is cut into chunks by its size alone, and every sum has a fixed order: the bits do not depend on threads.
  double lossAndGradients(const Batch& batch);
  /// Sums the parts into gradients(); returns the Euclidean norm.
  double reduceGradients();
  const float* gradients() const { return grads_.get(); }

  /// Of the first chunk of the batch: what every block adds to the residual stream and the stream itself, before the
  /// last norm, [rows, width], and the logits [rows, vocab].
  std::vector<NamedArray> coordinates(const Batch& batch);

  /// Sum of the losses of a batch, without gradients.
  double lossSum(const Batch& batch);

 private:
  void buildNetwork();
  Linear makeLinear(int64_t offset, int64_t out, int64_t in, bool bf16);
  void fillRotations();
  double forEachChunk(const Batch& batch, bool withGradients);
  void clearUnwritten(float* grads) const;

  RunConfig config_;
  const Kernels& kernels_;
  ThreadPool& pool_;
  ParameterTable table_;
  Network net_;
  int64_t chunkSeqs_, slots_, gradStride_, packedFloats_ = 0;
  AlignedFloats params_, grads_, packed_, rotations_;
  std::vector<Workspace> workspaces_;
  std::vector<double> chunkLoss_, blockSum_;
};

}  // namespace etalon

#include "model/optimizer.hpp"

#include <algorithm>
#include <cmath>

namespace etalon {
namespace {

constexpr int64_t kPieceFloats = 1 << 14;

}  // namespace

Optimizer::Optimizer(const RunConfig& config, const ParameterTable& table, const Kernels& kernels, ThreadPool& pool)
    : config_(config.optimizer),
      table_(table),
      kernels_(kernels),
      pool_(pool),
      moment1_(allocateFloats(table.total)),
      moment2_(allocateFloats(table.total)) {
  for (size_t t = 0; t < table.tensors.size(); t++) {
    const Tensor& tensor = table.tensors[t];
    for (int64_t done = 0; done < tensor.count; done += kPieceFloats)
      pieces_.push_back({t, tensor.offset + done, std::min(kPieceFloats, tensor.count - done)});
  }
}

void Optimizer::update(float* params, const float* grads, double gradNorm, double learningRate, int64_t step) {
  const double clip = config_.gradClip;
  const auto scale = float(clip > 0.0 && gradNorm > clip ? clip / gradNorm : 1.0);
  const auto correction1 = float(1.0 / (1.0 - std::pow(config_.beta1, double(step + 1))));
  const auto correction2 = float(1.0 / (1.0 - std::pow(config_.beta2, double(step + 1))));
  pool_.run(int64_t(pieces_.size()), [&](int64_t index, int) {
    const Piece& piece = pieces_[size_t(index)];
    const Tensor& tensor = table_.tensors[piece.tensor];
    kernels_.adamW({params + piece.begin, moment1_.get() + piece.begin, moment2_.get() + piece.begin,
                    grads + piece.begin, piece.count, scale, float(learningRate * tensor.lrMultiplier),
                    float(tensor.weightDecay), float(config_.beta1), float(config_.beta2), float(config_.eps),
                    correction1, correction2});
  });
}

}  // namespace etalon

// The whole model in plain double arithmetic, forward only: the yardstick of the gradient check.
#pragma once
#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "kernels/kernels.hpp"
#include "model/parametrization.hpp"

namespace reference {

using Doubles = std::vector<double>;

class Model {
 public:
  Model(const etalon::RunConfig& config, const etalon::ParameterTable& table)
      : config_(config), m_(config.model), table_(table) {}

  /// Mean cross-entropy of sequences [sequences, seqLen].
  double loss(const Doubles& params, const std::vector<int32_t>& inputs, const std::vector<int32_t>& targets) const {
    const size_t length = size_t(m_.seqLen);
    double sum = 0;
    auxiliary_ = 0;
    sequenceShare_ = double(length) / double(inputs.size());
    for (size_t first = 0; first < inputs.size(); first += length)
      sum += sequenceLoss(params.data(), inputs.data() + first, targets.data() + first);
    return sum / double(inputs.size());
  }

  /// What the last call of loss() would have added for the router: mean over its tokens, summed over layers.
  double auxiliaryLoss() const { return auxiliary_; }

 private:
  Doubles multiply(const double* w, int64_t out, int64_t in, const Doubles& x) const {
    Doubles y(size_t(out), 0.0);
    for (int64_t o = 0; o < out; o++)
      for (int64_t i = 0; i < in; i++) y[size_t(o)] += w[o * in + i] * x[size_t(i)];
    return y;
  }

  Doubles norm(const Doubles& x, const double* gain) const {
    const double square = std::inner_product(x.begin(), x.end(), x.begin(), 0.0) / double(x.size());
    Doubles y(x);
    for (size_t j = 0; j < y.size(); j++) y[j] *= gain[j] / std::sqrt(square + double(etalon::kRmsNormEps));
    return y;
  }

  void rotate(double* head, int64_t position) const {
    const int64_t half = m_.headDim() / 2;
    for (int64_t i = 0; i < half; i++) {
      const double angle = double(position) * std::pow(10000.0, -double(i) / double(half));
      const double a = head[i], b = head[i + half];
      head[i] = a * std::cos(angle) - b * std::sin(angle);
      head[i + half] = b * std::cos(angle) + a * std::sin(angle);
    }
  }

  Doubles attend(const std::vector<Doubles>& qkv, size_t position) const {
    Doubles out(size_t(m_.width), 0.0);
    for (int64_t h = 0; h < m_.heads; h++) {
      const int64_t kv = m_.width + h / (m_.heads / m_.kvHeads) * m_.headDim();
      Doubles p(position + 1, 0.0);
      for (size_t j = 0; j <= position; j++)
        for (int64_t c = 0; c < m_.headDim(); c++)
          p[j] += config_.parametrization.attentionMultiplier * qkv[position][size_t(h * m_.headDim() + c)] *
                  qkv[j][size_t(kv + c)];
      const double top = *std::max_element(p.begin(), p.end());
      double sum = 0;
      for (double& x : p) sum += x = std::exp(x - top);
      for (size_t j = 0; j <= position; j++)
        for (int64_t c = 0; c < m_.headDim(); c++)
          out[size_t(h * m_.headDim() + c)] += p[j] / sum * qkv[j][size_t(kv + m_.kvWidth() + c)];
    }
    return out;
  }

  Doubles expert(const double* params, int64_t gateUp, int64_t down, const Doubles& x) const {
    const Doubles hidden = multiply(params + gateUp, 2 * m_.hidden, m_.width, x);
    Doubles act(size_t(m_.hidden));
    for (size_t j = 0; j < act.size(); j++) act[j] = hidden[j] / (1.0 + std::exp(-hidden[j])) * hidden[j + act.size()];
    return multiply(params + down, m_.width, m_.hidden, act);
  }

  Doubles feedForward(const double* params, const etalon::LayerOffsets& layer, const Doubles& x) const {
    if (m_.experts == 0) return expert(params, layer.gateUp[0], layer.down[0], x);
    const Doubles logits = multiply(params + layer.router, m_.experts, m_.width, x);
    routed_.push_back(logits);
    std::vector<size_t> order(logits.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return logits[a] > logits[b]; });
    double sum = 0;
    for (size_t k = 0; k < size_t(m_.topK); k++) sum += std::exp(logits[order[k]]);
    Doubles y(x.size(), 0.0);
    for (size_t k = 0; k < size_t(m_.topK); k++) {
      const Doubles part = expert(params, layer.gateUp[order[k]], layer.down[order[k]], x);
      for (size_t j = 0; j < y.size(); j++) y[j] += std::exp(logits[order[k]]) / sum * part[j];
    }
    return y;
  }

  // From the router logits of one layer and sequence.
  double routerLoss() const {
    Doubles share(size_t(m_.experts), 0.0), mean(share);
    double z = 0;
    const double length = double(routed_.size());
    for (const Doubles& logits : routed_) {
      double sum = 0;
      for (const double x : logits) sum += std::exp(x);
      z += std::log(sum) * std::log(sum) / length;
      for (size_t e = 0; e < logits.size(); e++) {
        mean[e] += std::exp(logits[e]) / sum / length;
        const auto above = std::count_if(logits.begin(), logits.end(), [&](double x) { return x > logits[e]; });
        if (above < m_.topK) share[e] += 1.0 / (length * double(m_.topK));
      }
    }
    return m_.balanceLoss * double(m_.experts) * std::inner_product(share.begin(), share.end(), mean.begin(), 0.0) +
           m_.routerZLoss * z;
  }

  double sequenceLoss(const double* params, const int32_t* inputs, const int32_t* targets) const {
    const auto length = size_t(m_.seqLen);
    const double residual = config_.parametrization.residualMultiplier;
    std::vector<Doubles> x(length), qkv(length);
    for (size_t t = 0; t < length; t++) {
      const double* row = params + table_.embedding + inputs[t] * m_.width;
      for (int64_t j = 0; j < m_.width; j++) x[t].push_back(config_.parametrization.embeddingMultiplier * row[j]);
    }
    for (const etalon::LayerOffsets& layer : table_.layers) {
      for (size_t t = 0; t < length; t++) {
        qkv[t] = multiply(params + layer.qkv, m_.qkvWidth(), m_.width, norm(x[t], params + layer.attentionNorm));
        for (int64_t h = 0; h < m_.heads + m_.kvHeads; h++) rotate(&qkv[t][size_t(h * m_.headDim())], int64_t(t));
      }
      for (size_t t = 0; t < length; t++) {
        const Doubles a = multiply(params + layer.attentionOut, m_.width, m_.width, attend(qkv, t));
        for (size_t j = 0; j < a.size(); j++) x[t][j] += residual * a[j];
        const Doubles f = feedForward(params, layer, norm(x[t], params + layer.mlpNorm));
        for (size_t j = 0; j < f.size(); j++) x[t][j] += residual * f[j];
      }
      if (m_.experts) auxiliary_ += sequenceShare_ * routerLoss();
      routed_.clear();
    }
    double loss = 0;
    for (size_t t = 0; t < length; t++) {
      Doubles logits = multiply(params + table_.head, m_.vocab, m_.width, norm(x[t], params + table_.finalNorm));
      double sum = 0;
      for (double& value : logits) sum += std::exp(value /= config_.parametrization.logitsScaling);
      loss += std::log(sum) - logits[size_t(targets[t])];
    }
    return loss;
  }

  mutable double auxiliary_ = 0, sequenceShare_ = 0;
  mutable std::vector<Doubles> routed_;
  const etalon::RunConfig& config_;
  const etalon::ModelConfig& m_;
  const etalon::ParameterTable& table_;
};

}  // namespace reference

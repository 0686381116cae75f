// Token-choice mixture of experts: each token goes to its topK experts by router logit (ties to the lower index) and
// their outputs are mixed by a softmax over the chosen logits. Tokens are sorted by expert so that every expert is one
// matrix product; sums over experts run in expert order, so nothing depends on scheduling.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "model/network.hpp"

namespace etalon {
namespace {

// The topK largest of logits [experts], as ascending expert numbers chosen [topK].
void chooseExperts(const float* logits, int64_t experts, int64_t topK, int32_t* chosen) {
  for (int64_t k = 0; k < topK; k++) {
    int32_t best = -1;
    for (int32_t e = 0; e < experts; e++) {
      if (std::find(chosen, chosen + k, e) != chosen + k) continue;
      if (best < 0 || logits[e] > logits[best]) best = e;
    }
    chosen[k] = best;
  }
  std::sort(chosen, chosen + topK);
}

// weights [topK]: softmax over the chosen of logits [experts].
void mixingWeights(const float* logits, const int32_t* chosen, int64_t topK, float* weights) {
  float top = logits[chosen[0]], sum = 0.0f;
  for (int64_t k = 1; k < topK; k++) top = std::max(top, logits[chosen[k]]);
  for (int64_t k = 0; k < topK; k++) sum += weights[k] = std::exp(logits[chosen[k]] - top);
  for (int64_t k = 0; k < topK; k++) weights[k] /= sum;
}

// Stable counting sort of the choices, routing.expert [rows, topK], by expert: routing.begin [experts + 1],
// routing.position [rows, topK] (the place of a choice), routing.row [rows x topK] (the row of a place).
void sortByExpert(Routing& routing, int64_t rows, int64_t topK) {
  std::vector<int32_t>& begin = routing.begin;
  std::fill(begin.begin(), begin.end(), 0);
  for (int64_t c = 0; c < rows * topK; c++) begin[size_t(routing.expert[size_t(c)]) + 1]++;
  for (size_t e = 1; e < begin.size(); e++) begin[e] += begin[e - 1];
  // begin[e] walks to the end of expert e while filling, which is the start of e + 1; shift back afterwards.
  for (int64_t c = 0; c < rows * topK; c++) {
    const int32_t place = begin[size_t(routing.expert[size_t(c)])]++;
    routing.position[size_t(c)] = place;
    routing.row[size_t(place)] = int32_t(c / topK);
  }
  for (size_t e = begin.size() - 1; e > 0; e--) begin[e] = begin[e - 1];
  begin[0] = 0;
}

// a.norm2 [rows, width] -> a.routerLogits [rows, experts] -> the choices and a.choiceWeight [rows, topK] -> a.gathered
// [rows x topK, width], sorted by expert.
void route(const Network& net, const LayerWeights& w, LayerActivations& a, int64_t rows) {
  const ModelConfig& m = net.model;
  applyLinear(net, w.router, a.norm2, a.routerLogits, rows);
  for (int64_t r = 0; r < rows; r++) {
    int32_t* chosen = a.routing.expert.data() + r * m.topK;
    chooseExperts(a.routerLogits + r * m.experts, m.experts, m.topK, chosen);
    mixingWeights(a.routerLogits + r * m.experts, chosen, m.topK, a.choiceWeight + r * m.topK);
  }
  sortByExpert(a.routing, rows, m.topK);
  for (int64_t s = 0; s < rows * m.topK; s++)
    std::memcpy(a.gathered + s * m.width, a.norm2 + a.routing.row[size_t(s)] * m.width,
                size_t(m.width) * sizeof(float));
}

// ws.dResidual [rows, width] -> ws.dExpertOut [rows x topK, width] and ws.dRouter [rows, experts].
void backwardMixing(const Network& net, const LayerActivations& a, Workspace& ws, int64_t rows) {
  const ModelConfig& m = net.model;
  std::fill(ws.dRouter, ws.dRouter + rows * m.experts, 0.0f);
  for (int64_t r = 0; r < rows; r++) {
    const float* dy = ws.dResidual + r * m.width;
    const float* weights = a.choiceWeight + r * m.topK;
    const int32_t* chosen = a.routing.expert.data() + r * m.topK;
    float* dLogits = ws.dRouter + r * m.experts;
    float mean = 0.0f;
    for (int64_t k = 0; k < m.topK; k++) {
      const int64_t place = a.routing.position[size_t(r * m.topK + k)];
      const float* y = a.expertOut + place * m.width;
      float* dOut = ws.dExpertOut + place * m.width;
      const float factor = net.residualMultiplier * weights[k];
      for (int64_t j = 0; j < m.width; j++) dOut[j] = factor * dy[j];
      dLogits[chosen[k]] = net.residualMultiplier * float(net.kernels->dot(dy, y, m.width));
      mean += weights[k] * dLogits[chosen[k]];
    }
    for (int64_t k = 0; k < m.topK; k++) dLogits[chosen[k]] = weights[k] * (dLogits[chosen[k]] - mean);
  }
}

// Adds the auxiliary losses' gradient to dRouter [rows, experts] for the sequence that starts at row `first`.
void addRouterLosses(const ModelConfig& m, const LayerActivations& a, int64_t first, float gradScale, float* dRouter) {
  std::vector<double> share(size_t(m.experts), 0.0), p(size_t(m.experts));
  const double choices = double(m.seqLen * m.topK);
  for (int64_t c = first * m.topK; c < (first + m.seqLen) * m.topK; c++)
    share[size_t(a.routing.expert[size_t(c)])] += 1.0 / choices;
  for (int64_t r = first; r < first + m.seqLen; r++) {
    const float* logits = a.routerLogits + r * m.experts;
    const double top = *std::max_element(logits, logits + m.experts);
    double sum = 0, mean = 0;
    for (size_t e = 0; e < p.size(); e++) sum += p[e] = std::exp(double(logits[e]) - top);
    for (size_t e = 0; e < p.size(); e++) mean += share[e] * (p[e] /= sum);
    const double z = 2.0 * m.routerZLoss * (top + std::log(sum));
    for (size_t e = 0; e < p.size(); e++)
      dRouter[r * m.experts + int64_t(e)] +=
          float(double(gradScale) * p[e] * (m.balanceLoss * double(m.experts) * (share[e] - mean) + z));
  }
}

}  // namespace

void forwardExperts(const Network& net, const LayerWeights& w, LayerActivations& a, float* out, int64_t rows) {
  const ModelConfig& m = net.model;
  route(net, w, a, rows);
  for (int64_t e = 0; e < m.experts; e++) {
    const int64_t first = a.routing.begin[size_t(e)], count = a.routing.begin[size_t(e) + 1] - first;
    float* gateUp = a.gateUp + first * 2 * m.hidden;
    float* act = a.act + first * m.hidden;
    applyLinear(net, w.gateUp[size_t(e)], a.gathered + first * m.width, gateUp, count);
    net.kernels->swigluForward(gateUp, act, count, m.hidden);
    applyLinear(net, w.down[size_t(e)], act, a.expertOut + first * m.width, count);
  }
  for (int64_t c = 0; c < rows * m.topK; c++)
    net.kernels->addScaled(a.expertOut + a.routing.position[size_t(c)] * m.width,
                           net.residualMultiplier * a.choiceWeight[c], out + c / m.topK * m.width, m.width);
}

void backwardExperts(const Network& net, const LayerWeights& w, const LayerActivations& a, Workspace& ws,
                     Gradients grads, int64_t rows, float gradScale) {
  const ModelConfig& m = net.model;
  backwardMixing(net, a, ws, rows);
  if (m.balanceLoss > 0 || m.routerZLoss > 0)
    for (int64_t r = 0; r < rows; r += m.seqLen) addRouterLosses(m, a, r, gradScale, ws.dRouter);
  for (int64_t e = 0; e < m.experts; e++) {
    const int64_t first = a.routing.begin[size_t(e)], count = a.routing.begin[size_t(e) + 1] - first;
    const float* dOut = ws.dExpertOut + first * m.width;
    float* dAct = ws.dAct + first * m.hidden;
    float* dGateUp = ws.dGateUp + first * 2 * m.hidden;
    linearInputGradient(net, w.down[size_t(e)], dOut, dAct, count);
    linearWeightGradient(net, w.down[size_t(e)], dOut, a.act + first * m.hidden, grads, count);
    net.kernels->swigluBackward(a.gateUp + first * 2 * m.hidden, dAct, dGateUp, count, m.hidden);
    linearInputGradient(net, w.gateUp[size_t(e)], dGateUp, ws.dGathered + first * m.width, count);
    linearWeightGradient(net, w.gateUp[size_t(e)], dGateUp, a.gathered + first * m.width, grads, count);
  }
  linearInputGradient(net, w.router, ws.dRouter, ws.dNorm, rows);
  linearWeightGradient(net, w.router, ws.dRouter, a.norm2, grads, rows);
  for (int64_t c = 0; c < rows * m.topK; c++)
    net.kernels->addScaled(ws.dGathered + a.routing.position[size_t(c)] * m.width, 1.0f,
                           ws.dNorm + c / m.topK * m.width, m.width);
}

}  // namespace etalon

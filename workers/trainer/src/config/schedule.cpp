#include "config/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace etalon {
namespace {

double stableRate(const ScheduleConfig& schedule, double batchSeqs, double n) {
  if (schedule.kind != ScheduleKind::power) return schedule.peakLr;
  return std::min(schedule.peakLr, batchSeqs * schedule.a * std::pow(n, schedule.b));
}

double decayStart(const ScheduleConfig& schedule, double totalTokens) {
  return totalTokens - schedule.decayFraction * totalTokens;
}

}  // namespace

double learningRate(const ScheduleConfig& schedule, double totalTokens, double batchSeqs, double n) {
  const double warmup = schedule.warmupTokens;
  if (n < warmup) return n / warmup * stableRate(schedule, batchSeqs, warmup);
  if (schedule.kind == ScheduleKind::linear || schedule.kind == ScheduleKind::cosine) {
    const DecayShape shape = schedule.kind == ScheduleKind::linear ? DecayShape::linear : DecayShape::cosine;
    const double x = totalTokens > warmup ? (n - warmup) / (totalTokens - warmup) : 0.0;
    return schedule.peakLr * decayFactor(shape, x, schedule.finalLrFraction);
  }
  const double start = decayStart(schedule, totalTokens);
  if (!schedule.decays() || n <= start) return stableRate(schedule, batchSeqs, n);
  const double x = (n - start) / (schedule.decayFraction * totalTokens);
  return stableRate(schedule, batchSeqs, start) * decayFactor(schedule.decayShape, x, schedule.finalLrFraction);
}

double decayFactor(DecayShape shape, double x, double finalFraction) {
  constexpr double e = std::numbers::e;
  const double r = finalFraction;
  switch (shape) {
    // (e^(1-x) - 1)/(e - 1) is exactly zero at x = 1, which the paper's sum form is not in floating point.
    case DecayShape::exp: return r + (1.0 - r) * std::expm1(1.0 - x) / (e - 1.0);
    case DecayShape::linear: return 1.0 - (1.0 - r) * x;
    case DecayShape::oneMinusSqrt: return 1.0 - (1.0 - r) * std::sqrt(x);
    case DecayShape::cosine: return r + (1.0 - r) * 0.5 * (1.0 + std::cos(std::numbers::pi * x));
  }
  return 1.0;
}

int64_t firstDecayStep(const ScheduleConfig& schedule, int64_t totalTokens, int64_t tokensPerStep) {
  const int64_t steps = totalTokens / tokensPerStep;
  if (!schedule.decays()) return steps;
  const double start = decayStart(schedule, double(totalTokens));
  int64_t step = int64_t(start / double(tokensPerStep));
  while (step > 0 && double((step - 1) * tokensPerStep) > start) step--;
  while (step < steps && double(step * tokensPerStep) <= start) step++;
  return step;
}

}  // namespace etalon

#include "tools/coord-check.hpp"

#include <cmath>

#include "data/data-source.hpp"
#include "base/memory.hpp"
#include "model/optimizer.hpp"

namespace etalon {
namespace {

double rms(const std::vector<float>& values) {
  double sum = 0.0;
  for (const float v : values) sum += double(v) * double(v);
  return std::sqrt(sum / double(values.size()));
}

constexpr double kFlatSlope = 0.1;

// By coordinate.
using Sizes = std::map<std::string, double>;

Json sizesJson(const Sizes& sizes) {
  Json out = Json::object();
  for (const auto& [name, value] : sizes) out.set(name, value);
  return out;
}

struct Measured {
  Sizes rms, change;
};

Measured measure(const std::vector<NamedArray>& now, const std::vector<NamedArray>& start) {
  Measured out;
  for (size_t c = 0; c < now.size(); c++) {
    std::vector<float> difference = now[c].values;
    for (size_t i = 0; i < difference.size(); i++) difference[i] -= start[c].values[i];
    out.rms[now[c].name] = rms(now[c].values);
    out.change[now[c].name] = rms(difference);
  }
  return out;
}

// Trains one width and seed; returns the measurement after the last step.
Measured checkWidth(const RunConfig& config, const Kernels& kernels, const TokenSource& data, int64_t steps,
                    std::FILE* out) {
  requireMemory(Model::bytesNeeded(config, kernels, 1), "the run at width " + std::to_string(config.model.width));
  ThreadPool pool(1);
  Model model(config, kernels, pool);
  Optimizer optimizer(config, model.table(), kernels, pool);
  const TrainSampler sampler(data, config.model.seqLen, config.seed);
  Batch probe, batch;
  sampler.fill(0, 1, probe);
  const std::vector<NamedArray> start = model.coordinates(probe);
  for (int64_t step = 0;; step++) {
    const Measured measured = measure(model.coordinates(probe), start);
    Json line = Json::object();
    line.set("width", config.model.width).set("seed", double(config.seed)).set("step", step);
    line.set("rms", sizesJson(measured.rms)).set("change", sizesJson(measured.change));
    std::fprintf(out, "%s\n", line.dump().c_str());
    if (step == steps) return measured;
    sampler.fill(1 + step * config.batchSeqs, config.batchSeqs, batch);
    model.lossAndGradients(batch);
    optimizer.update(model.params(), model.gradients(), model.reduceGradients(), config.schedule.peakLr, step);
    model.repack();
  }
}

// Least squares of log2(size) on log2(width); a coordinate of size zero has no slope.
Sizes slopes(const std::vector<int64_t>& widths, const std::vector<Sizes>& sizes) {
  Sizes out;
  double meanX = 0;
  for (const int64_t width : widths) meanX += std::log2(double(width)) / double(widths.size());
  for (const auto& [name, first] : sizes[0]) {
    double covariance = 0, variance = 0;
    for (size_t i = 0; i < widths.size(); i++) {
      const double x = std::log2(double(widths[i])) - meanX;
      covariance += x * std::log2(sizes[i].at(name));
      variance += x * x;
    }
    out[name] = covariance / variance;
  }
  return out;
}

}  // namespace

RunConfig atWidth(const RunConfig& config, int64_t width) {
  RunConfig out = config;
  ModelConfig& m = out.model;
  const ModelConfig& from = config.model;
  if (width < 1 || width % (from.headDim() * (from.heads / from.kvHeads)) != 0)
    throw ConfigError("--widths", std::to_string(width) + " does not hold whole groups of heads of dimension " +
                                      std::to_string(from.headDim()));
  m.width = width;
  m.heads = width / from.headDim();
  m.kvHeads = m.heads / (from.heads / from.kvHeads);
  m.hidden = std::max<int64_t>(1, from.hidden * width / from.width);
  if (out.parametrization.mup)
    out.parametrization.logitsScaling = config.parametrization.logitsScaling * double(width) / double(from.width);
  return out;
}

bool CoordinateSlopes::flat() const {
  for (const char* name : {"residual", "logits"})
    for (const Sizes* slope : {&rms, &change})
      if (!(std::fabs(slope->at(name)) <= kFlatSlope)) return false;
  return true;
}

CoordinateSlopes coordinateCheck(const RunConfig& config, const Kernels& kernels, const CoordinateCheck& check,
                                 std::FILE* out) {
  if (check.widths.size() < 2) throw ConfigError("--widths", "needs two widths or more");
  const auto data = openData(config, DataSide::train);
  std::vector<Sizes> means, changes;
  for (const int64_t width : check.widths) {
    RunConfig wide = atWidth(config, width);
    Sizes mean, change;
    for (int64_t s = 0; s < check.seeds; s++, wide.seed++) {
      const Measured measured = checkWidth(wide, kernels, *data, check.steps, out);
      for (const auto& [name, value] : measured.rms) mean[name] += value;
      for (const auto& [name, value] : measured.change) change[name] += value;
    }
    means.push_back(mean);
    changes.push_back(change);
  }
  const CoordinateSlopes result{slopes(check.widths, means), slopes(check.widths, changes)};
  Json line = Json::object();
  line.set("slopes", Json::object().set("rms", sizesJson(result.rms)).set("change", sizesJson(result.change)));
  std::fprintf(out, "%s\n", line.set("step", check.steps).set("flat", result.flat()).dump().c_str());
  return result;
}

}  // namespace etalon

#include "coord-check.hpp"

#include <cmath>

#include "data-source.hpp"
#include "optimizer.hpp"

namespace etalon {
namespace {

double rms(const std::vector<float>& values) {
  double sum = 0.0;
  for (const float v : values) sum += double(v) * double(v);
  return std::sqrt(sum / double(values.size()));
}

double rmsChange(const std::vector<float>& now, const std::vector<float>& start) {
  std::vector<float> difference(now.size());
  for (size_t i = 0; i < now.size(); i++) difference[i] = now[i] - start[i];
  return rms(difference);
}

void checkWidth(const RunConfig& config, const Kernels& kernels, const TokenSource& data, int64_t steps, std::FILE* out) {
  ThreadPool pool(1);
  Model model(config, kernels, pool);
  Optimizer optimizer(config, model.table(), kernels, pool);
  const TrainSampler sampler(data, config.model.seqLen, config.seed);
  Batch probe, batch;
  sampler.fill(0, 1, probe);
  std::vector<float> residual, logits, firstResidual, firstLogits;
  for (int64_t step = 0; step <= steps; step++) {
    model.outputs(probe, residual, logits);
    if (step == 0) firstResidual = residual, firstLogits = logits;
    Json line = Json::object();
    line.set("width", config.model.width).set("step", step).set("residual_rms", rms(residual));
    line.set("residual_change", rmsChange(residual, firstResidual)).set("logits_rms", rms(logits));
    line.set("logits_change", rmsChange(logits, firstLogits));
    std::fprintf(out, "%s\n", line.dump().c_str());
    sampler.fill(1 + step * config.batchSeqs, config.batchSeqs, batch);
    model.lossAndGradients(batch);
    optimizer.update(model.params(), model.gradients(), model.reduceGradients(), config.schedule.peakLr, step);
    model.repack();
  }
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

void coordinateCheck(const RunConfig& config, const Kernels& kernels, const std::vector<int64_t>& widths,
                     int64_t steps, std::FILE* out) {
  const auto data = openData(config, DataSide::train);
  for (const int64_t width : widths) checkWidth(atWidth(config, width), kernels, *data, steps, out);
}

}  // namespace etalon

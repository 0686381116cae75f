// Trains a model and measures its held-out loss.
#pragma once
#include "kernels/select.hpp"
#include "model/optimizer.hpp"
#include "config/schedule.hpp"

namespace testing {

/// Nats a token on 200 held-out windows after config.tokens[0] tokens in the order of config.seed, on one thread.
inline double heldOutLoss(const etalon::RunConfig& config, const etalon::TokenSource& train,
                          const etalon::TokenSource& val) {
  using namespace etalon;
  ThreadPool pool(1);
  Model model(config, selectKernels(), pool);
  Optimizer optimizer(config, model.table(), model.kernels(), pool);
  const TrainSampler sampler(train, config.model.seqLen, config.seed);
  Batch batch;
  for (int64_t step = 0; step * config.tokensPerStep() < config.tokens[0]; step++) {
    sampler.fill(step * config.batchSeqs, config.batchSeqs, batch);
    model.lossAndGradients(batch);
    optimizer.update(model.params(), model.gradients(), model.reduceGradients(),
                     learningRate(config.schedule, double(config.tokens[0]), double(config.batchSeqs),
                                  double(step * config.tokensPerStep())),
                     step);
    model.repack();
  }
  EvaluationSampler(val, config.model.seqLen, 200).fill(0, 200, batch);
  return model.lossSum(batch) / double(200 * config.model.seqLen);
}

}  // namespace testing

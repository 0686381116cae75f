// The state of one training job.
#pragma once
#include <chrono>

#include "data/token-source.hpp"
#include "run/train.hpp"

namespace etalon {

class TrainRun {
 public:
  TrainRun(const RunConfig& config, const Backend& backend, const TrainOptions& options);

  int run();

 private:
  using Clock = std::chrono::steady_clock;
  enum class Outcome { reached, diverged };

  /// Trains `line` until its step count is `lastStep`, at the rates of a run of totalTokens.
  Outcome trainTo(Progress& line, int64_t lastStep, int64_t totalTokens);
  bool trainStep(Progress& line, int64_t totalTokens);
  void reportStep(Progress& line, double learningRate, double gradNorm);
  Outcome trainBranch(int64_t totalTokens, bool resumed);
  /// Evaluates after the last step of `line` when evalTokens asks for it and no end follows that would do so.
  void evaluateIfDue(const Progress& line, int64_t totalTokens);
  void evaluateAndEnd(int64_t totalTokens, const Progress& line);
  /// Emits the eval event of `branch` and returns its loss, in nats a token.
  double evaluate(std::optional<int64_t> branch, int64_t step);
  void end(int64_t branch, int64_t step, double valLoss, double tailLoss, bool diverged);
  double tailLoss(int64_t totalTokens) const;

  void handleInterruptions();
  void saveCheckpoint();
  void restoreCheckpoint();
  void emitStart();
  double wallSeconds() const;
  int64_t tokensAt(int64_t step) const { return step * config_.tokensPerStep(); }

  RunConfig config_;
  TrainOptions options_;
  std::unique_ptr<const TokenSource> trainData_, valData_;
  TrainSampler sampler_;
  EvaluationSampler evaluation_;
  std::string dataHash_;
  Machine machine_;
  std::unique_ptr<Engine> engine_;
  Batch batch_, evaluationBatch_;

  Progress trunk_, branchProgress_;
  std::optional<int64_t> branch_;
  TrainState trunkState_;  // the trunk's weights while a branch trains
  size_t branchesDone_ = 0;
  Json resumedFrom_;
  double earlierSeconds_ = 0;
  Clock::time_point started_, lastEvent_, lastCheckpoint_;
};

}  // namespace etalon

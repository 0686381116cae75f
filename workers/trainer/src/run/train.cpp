#include "run/train.hpp"

#include <cmath>

#include "data/data-source.hpp"
#include "run/events.hpp"
#include "config/schedule.hpp"
#include "base/signals.hpp"
#include "run/train-run.hpp"

namespace etalon {
namespace {

constexpr double kTailFraction = 0.05;

// Thrown through the training loop once the checkpoint is on disk.
struct Stopped {
  int signal;
};

double secondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

int train(const RunConfig& config, const Backend& backend, const TrainOptions& options) {
  installStopHandlers();  // before the slow start: a signal during it stops at the first step
  if (!config.data) throw ConfigError("data", "is missing");
  const double evaluation = 8.0 * double(config.data->valWindows) * double(config.model.seqLen);
  backend.requireFit(config, evaluation);
  return TrainRun(config, backend, options).run();
}

TrainRun::TrainRun(const RunConfig& config, const Backend& backend, const TrainOptions& options)
    : config_(config),
      options_(options),
      trainData_(openData(config, DataSide::train)),
      valData_(openData(config, DataSide::heldOut)),
      sampler_(*trainData_, config.model.seqLen, config.seed),
      evaluation_(*valData_, config.model.seqLen, config.data->valWindows),
      dataHash_(trainData_->hash()),
      machine_(backend.machine()),
      engine_(backend.start(config)) {
  evaluation_.fill(0, evaluation_.count(), evaluationBatch_);
}

int TrainRun::run() {
  started_ = lastEvent_ = lastCheckpoint_ = Clock::now();
  if (!options_.resume.empty()) restoreCheckpoint();
  emitStart();
  try {
    while (branchesDone_ < config_.tokens.size()) {
      const int64_t total = config_.tokens[branchesDone_];
      const bool resumed = branch_.has_value();
      if (!resumed) {
        const int64_t last = firstDecayStep(config_.schedule, total, config_.tokensPerStep());
        if (trainTo(trunk_, last, config_.tokens.back()) == Outcome::diverged) {
          for (; branchesDone_ < config_.tokens.size(); branchesDone_++)
            end(config_.tokens[branchesDone_], trunk_.step, NAN, NAN, true);
          return 0;
        }
      }
      if (config_.schedule.decays()) trainBranch(total, resumed);
      else evaluateAndEnd(total, trunk_);
    }
  } catch (const Stopped& stopped) {
    return 128 + stopped.signal;
  }
  return 0;
}

TrainRun::Outcome TrainRun::trainBranch(int64_t totalTokens, bool resumed) {
  if (!resumed) {
    branch_ = totalTokens;
    branchProgress_ = {trunk_.step, {}, {0, 0, tokensAt(trunk_.step)}};
    engine_->storeState(trunkState_);
    Json fields = Json::object();
    emitEvent("branch",
              fields.set("branch", totalTokens).set("step", trunk_.step).set("tokens", tokensAt(trunk_.step)));
  }
  const Outcome outcome = trainTo(branchProgress_, totalTokens / config_.tokensPerStep(), totalTokens);
  if (outcome == Outcome::reached) {
    evaluateAndEnd(totalTokens, branchProgress_);
  } else {
    end(totalTokens, branchProgress_.step, NAN, NAN, true);
    branchesDone_++;
  }
  branch_.reset();
  engine_->loadState(trunkState_);
  trunkState_.clear();
  lastEvent_ = Clock::now();
  return outcome;
}

TrainRun::Outcome TrainRun::trainTo(Progress& line, int64_t lastStep, int64_t totalTokens) {
  while (line.step < lastStep) {
    if (!trainStep(line, totalTokens)) return Outcome::diverged;
    evaluateIfDue(line, totalTokens);
    handleInterruptions();
  }
  return Outcome::reached;
}

bool TrainRun::trainStep(Progress& line, int64_t totalTokens) {
  const double rate =
      learningRate(config_.schedule, double(totalTokens), double(config_.batchSeqs), double(tokensAt(line.step)));
  sampler_.fill(line.step * config_.batchSeqs, config_.batchSeqs, batch_);
  const StepResult result = engine_->step(batch_, rate, line.step);
  line.step++;
  line.losses.push_back(result.loss);
  line.meter.sum += result.loss;
  line.meter.steps++;
  const int64_t total = branch_ ? totalTokens : config_.tokens[branchesDone_];
  const int64_t lastStep = branch_ ? totalTokens / config_.tokensPerStep()
                                   : firstDecayStep(config_.schedule, total, config_.tokensPerStep());
  // The step before a branch or an end always reports, so that no step is left out of the curve.
  const bool due = tokensAt(line.step) - line.meter.tokensAtEvent >= config_.logEveryTokens;
  if (due || line.step == lastStep || !result.finite()) reportStep(line, rate, result.gradNorm);
  return result.finite();
}

void TrainRun::reportStep(Progress& line, double rate, double gradNorm) {
  const int64_t tokens = tokensAt(line.step);
  const double seconds = secondsSince(lastEvent_);
  Json fields = Json::object();
  fields.set("branch", branchJson(branch_)).set("step", line.step).set("tokens", tokens);
  fields.set("loss", line.meter.sum / double(line.meter.steps)).set("lr", rate).set("grad_norm", gradNorm);
  fields.set("tokens_per_s", std::round(double(tokensAt(line.meter.steps)) / seconds));
  emitEvent("step", fields.set("epochs", sampler_.epochs(line.step * config_.batchSeqs)));
  line.meter = {0, 0, tokens};
  lastEvent_ = Clock::now();
}

void TrainRun::evaluateIfDue(const Progress& line, int64_t totalTokens) {
  const int64_t tokens = tokensAt(line.step);
  if (tokens == totalTokens || !config_.evalTokens.reached(tokensAt(line.step - 1), tokens)) return;
  const auto begun = Clock::now();
  evaluate(branch_, line.step);
  lastEvent_ += Clock::now() - begun;  // not training time
}

void TrainRun::evaluateAndEnd(int64_t totalTokens, const Progress& line) {
  const double valLoss = evaluate(totalTokens, line.step);
  end(totalTokens, line.step, valLoss, tailLoss(totalTokens), !std::isfinite(valLoss));
  branchesDone_++;
  lastEvent_ = Clock::now();  // the time of the evaluation is not training time
}

double TrainRun::evaluate(std::optional<int64_t> branch, int64_t step) {
  const double valLoss = engine_->lossSum(evaluationBatch_) / double(evaluation_.count() * config_.model.seqLen);
  Json fields = Json::object();
  fields.set("branch", branchJson(branch)).set("step", step).set("tokens", tokensAt(step)).set("val_loss", valLoss);
  emitEvent("eval", fields);
  return valLoss;
}

void TrainRun::end(int64_t branch, int64_t step, double valLoss, double tailLoss, bool diverged) {
  Json fields = Json::object();
  fields.set("branch", branch).set("step", step).set("tokens", tokensAt(step));
  fields.set("epochs", sampler_.epochs(step * config_.batchSeqs));
  fields.set("val_loss", diverged ? NAN : valLoss).set("train_tail_loss", tailLoss).set("wall_s", wallSeconds());
  emitEvent("end", fields.set("reason", diverged ? "diverged" : "finished"));
}

double TrainRun::tailLoss(int64_t totalTokens) const {
  const int64_t steps = totalTokens / config_.tokensPerStep();
  const auto count = std::max<int64_t>(1, int64_t(kTailFraction * double(steps)));
  double sum = 0.0;
  for (int64_t step = steps - count; step < steps; step++) {
    const int64_t inBranch = step - trunk_.step;
    sum += inBranch >= 0 ? branchProgress_.losses[size_t(inBranch)] : trunk_.losses[size_t(step)];
  }
  return sum / double(count);
}

void TrainRun::handleInterruptions() {
  const bool timed =
      options_.checkpointEverySeconds > 0 && secondsSince(lastCheckpoint_) >= options_.checkpointEverySeconds;
  const int signal = stopSignal();
  if (!signal && !timed) return;
  saveCheckpoint();
  lastCheckpoint_ = Clock::now();
  if (signal) throw Stopped{signal};
}

void TrainRun::saveCheckpoint() {
  Checkpoint c;
  c.isa = machine_.isa;
  c.dataHash = dataHash_;
  c.config = configJson(config_);
  c.branchesDone = branchesDone_;
  c.wallSeconds = wallSeconds();
  c.trunk = trunk_;
  if (branch_) {
    c.branch = branch_;
    c.branchProgress = branchProgress_;
    c.trunkState = trunkState_;
    engine_->storeState(c.branchState);
  } else {
    engine_->storeState(c.trunkState);
  }
  writeCheckpoint(options_.checkpoint, c);
  const int64_t step = branch_ ? branchProgress_.step : trunk_.step;
  Json fields = Json::object();
  fields.set("path", options_.checkpoint).set("step", step).set("tokens", tokensAt(step));
  emitEvent("checkpoint", fields.set("branch", branchJson(branch_)));
}

void TrainRun::restoreCheckpoint() {
  Checkpoint c = readCheckpoint(options_.resume);
  requireSameConfig(c.config, configJson(config_));
  const auto floats = size_t(3 * engine_->table().total);
  if (c.trunkState.size() != floats || (c.branch && c.branchState.size() != floats))
    throw CheckpointError("checkpoint " + options_.resume + " holds another number of parameters");
  if (c.dataHash != dataHash_)
    throw DataError(config_.data->train + " differs from the data the checkpoint was trained on");
  if (c.isa != machine_.isa)
    std::fprintf(stderr,
                 "note: the checkpoint was written by the %s kernels; the last bits of the losses will differ\n",
                 c.isa.c_str());
  branchesDone_ = c.branchesDone;
  earlierSeconds_ = c.wallSeconds;
  trunk_ = std::move(c.trunk);
  branch_ = c.branch;
  branchProgress_ = std::move(c.branchProgress);
  engine_->loadState(branch_ ? c.branchState : c.trunkState);
  if (branch_) trunkState_ = std::move(c.trunkState);
  const int64_t step = branch_ ? branchProgress_.step : trunk_.step;
  resumedFrom_ = Json::object();
  resumedFrom_.set("tokens", tokensAt(step)).set("step", step);
}

void TrainRun::emitStart() {
  Json fields = startFields(config_, engine_->table(), machine_);
  Json data = Json::object();
  data.set("train", trainData_->description()).set("val", valData_->description()).set("train_sha256", dataHash_);
  fields.set("data", std::move(data));
  emitEvent("start", fields.set("resumed_from", resumedFrom_));
}

double TrainRun::wallSeconds() const { return earlierSeconds_ + secondsSince(started_); }

}  // namespace etalon

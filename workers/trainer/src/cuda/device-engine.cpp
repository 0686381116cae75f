#include "cuda/device-engine.hpp"

#include <algorithm>
#include <map>

#include "cuda/passes.hpp"
#include "base/memory.hpp"

namespace etalon::cuda {
namespace {

class DeviceEngine : public Engine {
 public:
  DeviceEngine(const RunConfig& config, int64_t microTokens)
      : config_(config),
        table_(makeParameterTable(config)),
        sequences_(microSequences(config, microTokens)),
        pieces_(tensorPieces(table_)),
        multiplier_(stream_, deviceAbout().name, CublasLt::load()),
        passes_(config_, table_, run_, shared_, multiplier_, Launch{stream_.get(), 1, 0}) {
    const int64_t rows = sequences_ * config_.model.seqLen;
    runMemory_ = DeviceMemory(run_.layOut(config_, table_, rows, nullptr));
    run_.layOut(config_, table_, rows, runMemory_.as<unsigned char>());
    sharedMemory_ = DeviceMemory(shared_.layOut(config_, rows, int64_t(pieces_.size()), nullptr));
    shared_.layOut(config_, rows, int64_t(pieces_.size()), sharedMemory_.as<unsigned char>());
    upload(shared_.cosine, rotations(config_.model));
    upload(shared_.pieces, pieces_);
    std::vector<TensorRates> rates;
    for (const Tensor& tensor : table_.tensors) rates.push_back({tensor.lrMultiplier, float(tensor.weightDecay)});
    upload(run_.rates, rates);
    std::vector<float> params(size_t(table_.total));
    initializeParameters(table_, config_.seed, params.data());
    upload(run_.params, params);
  }

  const ParameterTable& table() const override { return table_; }

  StepResult step(const Batch& batch, double learningRate, int64_t step) override {
    const OptimizerConfig& o = config_.optimizer;
    const double tokens = double(config_.tokensPerStep());
    const StepInput input{learningRate, step, o.beta1, o.beta2, o.eps, o.gradClip, 1.0 / tokens};
    const auto pass = [&](int64_t sequences) { passes_.lossAndGradient(sequences, float(1.0 / tokens)); };
    record(batch, gradientGraphs_, pass);
    if (!updateGraph_) updateGraph_ = stream_.capture([&] { passes_.update(int64_t(pieces_.size())); });
    stream_.toDevice(run_.input, &input, sizeof input);
    stream_.zero(run_.lossSum, sizeof(double));
    stream_.zero(run_.gradient, size_t(table_.total) * sizeof(float));
    forEachPiece(batch, [&](int64_t sequences) { stream_.launch(gradientGraphs_[sequences]); });
    stream_.launch(updateGraph_);
    StepReport report;
    stream_.toHost(&report, run_.report, sizeof report);
    stream_.synchronize();
    return {report.loss, report.gradNorm};
  }

  double lossSum(const Batch& batch) override {
    record(batch, lossGraphs_, [&](int64_t sequences) { passes_.loss(sequences); });
    stream_.zero(run_.lossSum, sizeof(double));
    forEachPiece(batch, [&](int64_t sequences) { stream_.launch(lossGraphs_[sequences]); });
    double sum = 0;
    stream_.toHost(&sum, run_.lossSum, sizeof sum);
    stream_.synchronize();
    return sum;
  }

  void storeState(TrainState& state) override {
    const auto count = size_t(table_.total);
    state.resize(3 * count);
    const float* parts[] = {run_.params, run_.moment1, run_.moment2};
    for (size_t i = 0; i < 3; i++) stream_.toHost(state.data() + i * count, parts[i], count * sizeof(float));
    stream_.synchronize();
  }

  void loadState(const TrainState& state) override {
    const auto count = size_t(table_.total);
    float* parts[] = {run_.params, run_.moment1, run_.moment2};
    for (size_t i = 0; i < 3; i++) stream_.toDevice(parts[i], state.data() + i * count, count * sizeof(float));
    stream_.synchronize();
  }

  std::vector<float> gradient() {
    std::vector<float> out(size_t(table_.total));
    stream_.toHost(out.data(), run_.gradient, out.size() * sizeof(float));
    stream_.synchronize();
    return out;
  }

 private:
  template <class T>
  void upload(T* device, const std::vector<T>& host) {
    stream_.toDevice(device, host.data(), host.size() * sizeof(T));
    stream_.synchronize();
  }

  // Uploads a piece of the batch, then lets `work` queue what is done with it.
  template <class Work>
  void forEachPiece(const Batch& batch, const Work& work) {
    const int64_t seqLen = config_.model.seqLen, rows = sequences_ * seqLen;
    for (int64_t first = 0; first < batch.sequences; first += sequences_) {
      const int64_t count = std::min(sequences_, batch.sequences - first), at = first * seqLen;
      const std::vector<int32_t> tokens =
          pieceTokens(batch.inputs.data() + at, batch.targets.data() + at, count * seqLen, rows);
      stream_.toDevice(shared_.tokens, tokens.data(), tokens.size() * sizeof(int32_t));
      work(count);
    }
  }

  // Records the pass over every size of piece of this batch that is new; a recording serves every later step, as all
  // that changes is read from memory. Before, a pass that is not recorded chooses how to multiply; what it adds to the
  // gradient and the loss is garbage.
  template <class Pass>
  void record(const Batch& batch, std::map<int64_t, Graph>& graphs, const Pass& pass) {
    forEachPiece(batch, [&](int64_t sequences) {
      Graph& graph = graphs[sequences];
      if (graph) return;
      if (multiplier_.hasLibrary()) {
        multiplier_.beginTuning();
        pass(sequences);
        stream_.synchronize();
        multiplier_.endTuning();
      }
      graph = stream_.capture([&] { pass(sequences); });
    });
  }

  RunConfig config_;
  ParameterTable table_;
  int64_t sequences_;  // of a piece
  std::vector<TensorPiece> pieces_;
  Stream stream_;
  DeviceMemory runMemory_, sharedMemory_;
  RunArrays run_;
  SharedArrays shared_;
  Multiplier multiplier_;
  Passes passes_;
  std::map<int64_t, Graph> gradientGraphs_, lossGraphs_;  // by sequences; at most a whole piece and the rest of a batch
  Graph updateGraph_;
};

class DeviceBackend : public Backend {
 public:
  DeviceBackend() : about_(deviceAbout()) {
    machine_ = {"cuda-sm" + std::to_string(10 * about_.major + about_.minor), "cuda (" + about_.name + ")", true, 1};
    if (about_.major < 8)
      throw DeviceError(about_.name + " has compute capability " + std::to_string(about_.major) + "." +
                        std::to_string(about_.minor) + "; 8.0 is needed");
  }

  const Machine& machine() const override { return machine_; }

  void requireFit(const RunConfig& config, double extraBytes) const override {
    const ModelConfig& m = config.model;
    if (m.headDim() > kMostHeadDim)
      throw ConfigError("model.heads", std::to_string(m.heads) + " gives a head dimension of " +
                                           std::to_string(m.headDim()) + "; on CUDA the largest is " +
                                           std::to_string(kMostHeadDim));
    if (m.heads > 65535)
      throw ConfigError("model.heads", std::to_string(m.heads) + " is more than 65535, the most on CUDA");
    const double bytes = deviceBytes(config, kMicroTokens);
    if (bytes > about_.freeBytes) {
      char text[160];
      std::snprintf(text, sizeof text, "the run needs %.0f bytes (%.0f MiB) of device memory, %.0f MiB are free", bytes,
                    bytes / 0x1p20, about_.freeBytes / 0x1p20);
      throw MemoryError(text);
    }
    // On the host: the tokens of a batch, initial parameters, and the states of trunk and checkpoint.
    requireMemory(
        8.0 * double(config.tokensPerStep()) + 4.0 * 7.0 * double(makeParameterTable(config).total) + extraBytes,
        "the run");
  }

  std::unique_ptr<Engine> start(const RunConfig& config) const override { return startRun(config, kMicroTokens); }

 private:
  DeviceAbout about_;
  Machine machine_;
};

}  // namespace

std::unique_ptr<Backend> backend() { return std::make_unique<DeviceBackend>(); }

std::unique_ptr<Engine> startRun(const RunConfig& config, int64_t microTokens) {
  return std::make_unique<DeviceEngine>(config, microTokens);
}

// Elements of the largest side of a product.
static double largestSide(const ModelConfig& m, int64_t rows) {
  const int64_t choices = m.experts ? rows * m.topK : rows;
  return double(std::max({choices * std::max(2 * m.hidden, m.width), rows * m.qkvWidth(), headRows(m, rows) * m.vocab,
                          m.vocab * m.width, 2 * m.hidden * m.width, m.qkvWidth() * m.width}));
}

double deviceBytes(const RunConfig& config, int64_t microTokens) {
  const ParameterTable table = makeParameterTable(config);
  const int64_t rows = microSequences(config, microTokens) * config.model.seqLen;
  RunArrays run;
  SharedArrays shared;
  return Multiplier::bytes(largestSide(config.model, rows)) + double(run.layOut(config, table, rows, nullptr)) +
         double(shared.layOut(config, rows, tensorPieceCount(table), nullptr));
}

std::vector<float> lastGradient(Engine& engine) { return dynamic_cast<DeviceEngine&>(engine).gradient(); }

}  // namespace etalon::cuda

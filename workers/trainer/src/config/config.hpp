// The configuration of one job: what run.json says, with every default filled in.
#pragma once
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace etalon {

/// A configuration that cannot be run; the message names the field, its value and the reason.
struct ConfigError : std::runtime_error {
  ConfigError(const std::string& field, const std::string& reason) : std::runtime_error(field + ": " + reason) {}
};

struct ModelConfig {
  int64_t width, depth, heads, kvHeads, hidden, seqLen, vocab;
  bool tiedEmbeddings;
  int64_t experts, topK;  // experts 0: dense
  double balanceLoss, routerZLoss;  // factors of the router's auxiliary losses; 0: none

  int64_t headDim() const { return width / heads; }
  int64_t kvWidth() const { return kvHeads * headDim(); }
  int64_t qkvWidth() const { return width + 2 * kvWidth(); }
};

/// How muP is written down: Granite's multipliers, whose writers to the residual stream start smaller by
/// sqrt(2 depth), or microsoft/mup's tables, where they start as every hidden matrix.
enum class MupStyle { multipliers, microsoft };

struct ParametrizationConfig {
  bool mup;
  MupStyle style;  // of the standard parametrisation: multipliers
  double baseWidth, initStd, embeddingStd, headStd, embeddingMultiplier, residualMultiplier;
  double attentionMultiplier, logitsScaling;  // resolved, never "default"
};

struct OptimizerConfig {
  double beta1, beta2, eps, weightDecay;
  double gradClip;  // 0: no clipping
  bool scaleDecay;  // muP: decay of hidden matrices x m, so that rate x decay does not change with width
};

enum class ScheduleKind { constant, linear, cosine, wsd, power };
enum class DecayShape { exp, linear, oneMinusSqrt, cosine };

struct ScheduleConfig {
  ScheduleKind kind;
  double peakLr;
  double warmupTokens;
  double decayFraction;
  DecayShape decayShape;
  double finalLrFraction;
  double a, b;

  /// wsd and power end in a decay of their own for every token count.
  bool decays() const { return kind == ScheduleKind::wsd || kind == ScheduleKind::power; }
};

enum class DataFormat { u8, u16, u32, llmc, nanogpt, megatron, llmq, synthetic };

struct DataConfig {
  std::string train, val;
  DataFormat format;
  int64_t valWindows;
};

/// bf16: operands of the linear layers are rounded to bf16; parameters, moments, gradients, sums, norms, attention and
/// the router stay fp32.
enum class Precision { fp32, bf16 };

/// When a run is evaluated besides its end: at every multiple of `every` trained tokens, or at the `counts`.
struct EvaluationTimes {
  int64_t every = 0;  // 0: none
  std::vector<int64_t> counts;  // ascending

  /// Whether the step from `before` to `after` trained tokens reaches such a count.
  bool reached(int64_t before, int64_t after) const;
};

struct RunConfig {
  ModelConfig model;
  ParametrizationConfig parametrization;
  OptimizerConfig optimizer;
  ScheduleConfig schedule;
  int64_t batchSeqs;
  std::vector<int64_t> tokens;  // ascending
  EvaluationTimes evalTokens;
  uint64_t seed;
  Precision precision;
  bool emulateBf16;  // round the operands in software where the processor has no bf16
  std::optional<DataConfig> data;
  int64_t logEveryTokens;

  int64_t tokensPerStep() const { return batchSeqs * model.seqLen; }
};

/// Reads and validates a run configuration; throws ConfigError.
RunConfig parseConfig(const Json& document);

/// Reads the file and parses it; an unreadable file and bad JSON are ConfigErrors too.
RunConfig loadConfig(const std::string& path);

/// The resolved configuration, keys as in run.json.
Json configJson(const RunConfig& config);

const char* scheduleKindName(ScheduleKind kind);
const char* decayShapeName(DecayShape shape);
const char* precisionName(Precision precision);
const char* dataFormatName(DataFormat format);
/// Throws ConfigError naming `field`.
DataFormat dataFormatNamed(const std::string& name, const std::string& field);

}  // namespace etalon

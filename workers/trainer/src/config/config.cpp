#include "config/config.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

#include "config/config-fields.hpp"
#include "config/schedule.hpp"

namespace etalon {
namespace {

constexpr NumberRange kPositive{0.0, 1e30, true};
// Far beyond what one processor trains; they keep every product of sizes within 63 bits.
constexpr int64_t kMostWidth = 1 << 17, kMostDepth = 1 << 10, kMostHidden = 1 << 19, kMostSeqLen = 1 << 20;
constexpr int64_t kMostVocab = 1 << 20, kMostExperts = 1 << 10;
constexpr NumberRange kNonNegative{0.0, 1e30};
constexpr double kMostWhole = 0x1p53 - 1;  // whole numbers beyond have no exact double

ModelConfig parseModel(ConfigFields f) {
  ModelConfig m;
  m.width = f.integer("width", {1, kMostWidth});
  m.depth = f.integer("depth", {1, kMostDepth});
  m.heads = f.integer("heads", {1, kMostWidth});
  m.kvHeads = f.integer("kvHeads", {1}, m.heads);
  m.hidden = f.integer("hidden", {1, kMostHidden});
  m.seqLen = f.integer("seqLen", {1, kMostSeqLen});
  m.vocab = f.integer("vocab", {2, kMostVocab}, 256);
  m.tiedEmbeddings = f.boolean("tiedEmbeddings", false);
  m.experts = f.integer("experts", {0, kMostExperts}, 0);
  m.topK = f.integer("topK", {0}, 0);
  m.balanceLoss = f.number("balanceLoss", kNonNegative, 0.0);
  m.routerZLoss = f.number("routerZLoss", kNonNegative, 0.0);
  f.refuseUnknown();

  const auto quote = [](int64_t value) { return std::to_string(value); };
  if (m.heads > m.width)
    throw ConfigError("model.heads", quote(m.heads) + " is more than model.width (" + quote(m.width) + ")");
  if (m.width % m.heads)
    throw ConfigError("model.heads", quote(m.heads) + " does not divide model.width (" + quote(m.width) + ")");
  if (m.headDim() % 2)
    throw ConfigError("model.heads", quote(m.heads) + " gives an odd head dimension (" + quote(m.headDim()) +
                                         "), which rotary embedding cannot pair");
  if (m.kvHeads > m.heads)
    throw ConfigError("model.kvHeads", quote(m.kvHeads) + " is more than model.heads (" + quote(m.heads) + ")");
  if (m.heads % m.kvHeads)
    throw ConfigError("model.kvHeads", quote(m.kvHeads) + " does not divide model.heads (" + quote(m.heads) + ")");
  if (m.experts == 0 && m.topK != 0)
    throw ConfigError("model.topK", quote(m.topK) + " is given for a dense model (model.experts is 0)");
  if (m.experts > 0 && m.topK < 1)
    throw ConfigError("model.topK", quote(m.topK) + " is less than 1 while model.experts is " + quote(m.experts));
  if (m.topK > m.experts)
    throw ConfigError("model.topK", quote(m.topK) + " is more than model.experts (" + quote(m.experts) + ")");
  for (const auto& [key, value] :
       {std::pair("model.balanceLoss", m.balanceLoss), std::pair("model.routerZLoss", m.routerZLoss)})
    if (m.experts == 0 && value != 0)
      throw ConfigError(key, Json(value).dump() + " is given for a dense model (model.experts is 0)");
  return m;
}

ParametrizationConfig parseParametrization(ConfigFields f, const ModelConfig& model) {
  ParametrizationConfig p;
  p.mup = f.choice("kind", {"mup", "standard"}, 0) == 0;
  p.style = MupStyle(f.choice("style", {"multipliers", "microsoft"}, 0));
  if (!p.mup && p.style == MupStyle::microsoft)
    throw ConfigError(f.name("style"), "\"microsoft\" is a style of muP, but the kind is \"standard\"");
  p.baseWidth = double(f.integer("baseWidth", {1}, 64));
  p.initStd = f.number("initStd", kNonNegative, 0.1);
  p.embeddingStd = f.number("embeddingStd", kNonNegative, 1.0);
  p.headStd = f.number("headStd", kNonNegative, 0.1);
  p.embeddingMultiplier = f.number("embeddingMultiplier", kPositive, 1.0);
  p.residualMultiplier = f.number("residualMultiplier", kPositive, 1.0);
  const double headDim = double(model.headDim());
  p.attentionMultiplier =
      f.optionalNumber("attentionMultiplier", kPositive).value_or(p.mup ? 1.0 / headDim : 1.0 / std::sqrt(headDim));
  p.logitsScaling =
      f.optionalNumber("logitsScaling", kPositive).value_or(p.mup ? double(model.width) / p.baseWidth : 1.0);
  f.refuseUnknown();
  return p;
}

OptimizerConfig parseOptimizer(ConfigFields f) {
  OptimizerConfig o;
  const auto beta = [&](const char* key, double fallback) {
    const double value = f.number(key, kNonNegative, fallback);
    if (value >= 1.0) throw ConfigError(f.name(key), Json(value).dump() + " is not less than 1");
    return value;
  };
  o.beta1 = beta("beta1", 0.9);
  o.beta2 = beta("beta2", 0.95);
  o.eps = f.number("eps", kPositive, 1e-8);
  o.weightDecay = f.number("weightDecay", kNonNegative, 0.1);
  o.gradClip = f.number("gradClip", kNonNegative, 1.0);
  o.scaleDecay = f.choice("weightDecayMode", {"scaled", "constant"}, 0) == 0;
  f.refuseUnknown();
  return o;
}

ScheduleConfig parseSchedule(ConfigFields f) {
  ScheduleConfig s;
  s.kind = ScheduleKind(f.choice("kind", {"constant", "linear", "cosine", "wsd", "power"}));
  s.peakLr = f.number("peakLr", kPositive);
  s.warmupTokens = f.number("warmupTokens", kNonNegative, 0.0);
  s.decayFraction = f.number("decayFraction", {0.0, 1.0}, 0.1);
  s.decayShape = DecayShape(f.choice("decayShape", {"exp", "linear", "1-sqrt", "cosine"}, 0));
  s.finalLrFraction = f.number("finalLrFraction", {0.0, 1.0}, 0.0);
  s.a = f.number("a", kPositive, 4.0);
  s.b = f.number("b", {-10.0, 0.0}, -0.51);
  f.refuseUnknown();
  return s;
}

DataConfig parseData(ConfigFields f) {
  DataConfig d;
  d.train = f.text("train");
  d.val = f.text("val");
  d.format =
      DataFormat(f.choice("format", {"u8", "u16", "u32", "llmc", "nanogpt", "megatron", "llmq", "synthetic"}, 0));
  d.valWindows = f.integer("valWindows", {1, int64_t(1) << 32}, 512);
  f.refuseUnknown();
  return d;
}

// A positive whole number that ascends after the one before, if any.
int64_t tokenCount(const char* field, const Json& item, int64_t before) {
  const std::string quoted = item.dump();
  if (item.kind() != Json::Kind::number || item.number() != std::floor(item.number()) || item.number() < 1 ||
      item.number() > kMostWhole)
    throw ConfigError(field, quoted + " is not a positive whole number");
  const auto count = int64_t(item.number());
  if (count <= before) throw ConfigError(field, quoted + " does not ascend after " + std::to_string(before));
  return count;
}

EvaluationTimes parseEvaluationTimes(const Json& value) {
  EvaluationTimes times;
  if (value.kind() != Json::Kind::array) {
    times.every = tokenCount("evalTokens", value, 0);
    return times;
  }
  if (value.items().empty()) throw ConfigError("evalTokens", "[] holds no token count");
  for (const Json& item : value.items())
    times.counts.push_back(tokenCount("evalTokens", item, times.counts.empty() ? 0 : times.counts.back()));
  return times;
}

std::vector<int64_t> parseTokens(const Json& value, const RunConfig& config) {
  if (value.kind() != Json::Kind::array) throw ConfigError("tokens", value.dump() + " is not an array");
  if (value.items().empty()) throw ConfigError("tokens", "[] holds no token count");
  std::vector<int64_t> tokens;
  for (const Json& item : value.items()) {
    const int64_t count = tokenCount("tokens", item, tokens.empty() ? 0 : tokens.back());
    if (count % config.tokensPerStep())
      throw ConfigError("tokens", item.dump() + " is not a multiple of batchSeqs x model.seqLen (" +
                                      std::to_string(config.tokensPerStep()) + ")");
    tokens.push_back(count);
  }
  const ScheduleKind kind = config.schedule.kind;
  if (tokens.size() > 1 && (kind == ScheduleKind::cosine || kind == ScheduleKind::linear))
    throw ConfigError("tokens", value.dump() + " holds several counts, but a " + scheduleKindName(kind) +
                                    " schedule depends on the total and takes exactly one");
  return tokens;
}

}  // namespace

bool EvaluationTimes::reached(int64_t before, int64_t after) const {
  if (every > 0) return after / every > before / every;
  return std::any_of(counts.begin(), counts.end(), [&](int64_t count) { return before < count && count <= after; });
}

RunConfig parseConfig(const Json& document) {
  ConfigFields f(document, "");
  RunConfig config;
  config.model = parseModel(f.object("model"));
  config.parametrization = parseParametrization(f.objectOrEmpty("parametrization"), config.model);
  config.optimizer = parseOptimizer(f.objectOrEmpty("optimizer"));
  config.schedule = parseSchedule(f.object("schedule"));
  config.batchSeqs = f.integer("batchSeqs", {1});
  if (config.batchSeqs > (int64_t(1) << 40) / config.model.seqLen)
    throw ConfigError("batchSeqs", std::to_string(config.batchSeqs) + " gives too many tokens in a step");
  config.tokens = parseTokens(f.required("tokens"), config);
  if (f.has("evalTokens")) config.evalTokens = parseEvaluationTimes(f.required("evalTokens"));
  config.seed = uint64_t(f.integer("seed", {0}, 1));
  config.precision = Precision(f.choice("precision", {"fp32", "bf16"}, 0));
  config.emulateBf16 = f.boolean("emulateBf16", false);
  if (config.emulateBf16 && config.precision != Precision::bf16)
    throw ConfigError("emulateBf16", "true is given, but precision is \"fp32\"");
  if (f.has("data")) config.data = parseData(f.object("data"));
  config.logEveryTokens = f.integer("logEveryTokens", {1}, 4096);
  f.refuseUnknown();
  return config;
}

RunConfig loadConfig(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw ConfigError("config", path + " cannot be read");
  std::ostringstream text;
  text << file.rdbuf();
  try {
    return parseConfig(Json::parse(text.str()));
  } catch (const JsonError& error) {
    throw ConfigError("config", path + " is not JSON: " + error.what());
  }
}

}  // namespace etalon

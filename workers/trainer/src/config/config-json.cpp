#include "config/config.hpp"

namespace etalon {
namespace {

Json modelJson(const ModelConfig& m) {
  Json out = Json::object();
  out.set("width", m.width).set("depth", m.depth).set("heads", m.heads).set("kvHeads", m.kvHeads);
  out.set("hidden", m.hidden).set("seqLen", m.seqLen).set("vocab", m.vocab);
  out.set("tiedEmbeddings", m.tiedEmbeddings).set("experts", m.experts).set("topK", m.topK);
  if (m.experts) out.set("balanceLoss", m.balanceLoss).set("routerZLoss", m.routerZLoss);
  return out;
}

Json parametrizationJson(const ParametrizationConfig& p) {
  Json out = Json::object();
  out.set("kind", p.mup ? "mup" : "standard").set("baseWidth", p.baseWidth).set("initStd", p.initStd);
  if (p.style == MupStyle::microsoft) out.set("style", "microsoft");  // absent in runs from before there were two
  out.set("embeddingStd", p.embeddingStd).set("headStd", p.headStd);
  out.set("embeddingMultiplier", p.embeddingMultiplier).set("residualMultiplier", p.residualMultiplier);
  out.set("attentionMultiplier", p.attentionMultiplier).set("logitsScaling", p.logitsScaling);
  return out;
}

Json optimizerJson(const OptimizerConfig& o) {
  Json out = Json::object();
  out.set("beta1", o.beta1).set("beta2", o.beta2).set("eps", o.eps);
  out.set("weightDecay", o.weightDecay).set("gradClip", o.gradClip);
  out.set("weightDecayMode", o.scaleDecay ? "scaled" : "constant");
  return out;
}

Json scheduleJson(const ScheduleConfig& s) {
  Json out = Json::object();
  out.set("kind", scheduleKindName(s.kind)).set("peakLr", s.peakLr).set("warmupTokens", s.warmupTokens);
  out.set("decayFraction", s.decayFraction).set("decayShape", decayShapeName(s.decayShape));
  out.set("finalLrFraction", s.finalLrFraction).set("a", s.a).set("b", s.b);
  return out;
}

}  // namespace

Json configJson(const RunConfig& config) {
  Json out = Json::object();
  out.set("model", modelJson(config.model)).set("parametrization", parametrizationJson(config.parametrization));
  out.set("optimizer", optimizerJson(config.optimizer)).set("schedule", scheduleJson(config.schedule));
  out.set("batchSeqs", config.batchSeqs);
  Json tokens = Json::array();
  for (const int64_t count : config.tokens) tokens.push(count);
  out.set("tokens", std::move(tokens));
  if (config.evalTokens.every > 0) out.set("evalTokens", config.evalTokens.every);
  if (!config.evalTokens.counts.empty()) {
    Json counts = Json::array();
    for (const int64_t count : config.evalTokens.counts) counts.push(count);
    out.set("evalTokens", std::move(counts));
  }
  out.set("seed", double(config.seed)).set("precision", precisionName(config.precision));
  if (config.emulateBf16) out.set("emulateBf16", true);
  if (config.data) {
    Json data = Json::object();
    data.set("train", config.data->train)
        .set("val", config.data->val)
        .set("format", dataFormatName(config.data->format));
    data.set("valWindows", config.data->valWindows);
    out.set("data", std::move(data));
  }
  out.set("logEveryTokens", config.logEveryTokens);
  return out;
}

const char* scheduleKindName(ScheduleKind kind) {
  constexpr const char* names[] = {"constant", "linear", "cosine", "wsd", "power"};
  return names[int(kind)];
}

const char* precisionName(Precision precision) { return precision == Precision::bf16 ? "bf16" : "fp32"; }

DataFormat dataFormatNamed(const std::string& name, const std::string& field) {
  for (int format = 0; format <= int(DataFormat::synthetic); format++)
    if (name == dataFormatName(DataFormat(format))) return DataFormat(format);
  throw ConfigError(field, name + " is not a data format");
}

const char* dataFormatName(DataFormat format) {
  constexpr const char* names[] = {"u8", "u16", "u32", "llmc", "nanogpt", "megatron", "llmq", "synthetic"};
  return names[int(format)];
}

const char* decayShapeName(DecayShape shape) {
  constexpr const char* names[] = {"exp", "linear", "1-sqrt", "cosine"};
  return names[int(shape)];
}

}  // namespace etalon

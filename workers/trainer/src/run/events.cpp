#include "run/events.hpp"

#include <cstdio>

namespace etalon {

void emitEvent(const char* event, const Json& fields) {
  Json line = Json::object();
  line.set("event", event);
  for (const auto& [key, value] : fields.members()) line.set(key, value);
  const std::string text = line.dump() + "\n";
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

Json branchJson(std::optional<int64_t> branch) { return branch ? Json(*branch) : Json(); }

Json startFields(const RunConfig& config, const ParameterTable& table, const Machine& machine) {
  requirePrecision(config, machine.isa, machine.hasBf16);
  Json params = Json::object();
  params.set("total", table.total).set("non_embedding", table.nonEmbedding).set("active", table.active);
  Json flops = Json::object();
  flops.set("with_attention", flopsPerToken(config, table, true));
  flops.set("without_attention", flopsPerToken(config, table, false));
  Json out = Json::object();
  out.set("config", configJson(config)).set("params", std::move(params)).set("flops_per_token", std::move(flops));
  out.set("parameter_table", parameterTableJson(table))
      .set("isa", machine.isa)
      .set("device", machine.device)
      .set("threads", machine.threads);
  const bool emulated = config.precision == Precision::bf16 && !machine.hasBf16;
  out.set("precision", emulated ? "bf16-emulated" : precisionName(config.precision))
      .set("seed", double(config.seed))
      .set("version", ETALON_TRAINER_VERSION);
  return out;
}

}  // namespace etalon

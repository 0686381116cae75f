// Learning rates and parameter counts against the golden files that every implementation shares.
#include <fstream>
#include <iterator>

#include "check.hpp"
#include "model/parametrization.hpp"
#include "run-config.hpp"
#include "config/schedule.hpp"

using namespace etalon;

namespace {

Json readGolden(const std::string& name) {
  std::ifstream file(std::string(GOLDEN_FOLDER) + "/" + name, std::ios::binary);
  check::isTrue(bool(file), "golden file " + name + " is missing");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return text.empty() ? Json::object() : Json::parse(text);
}

double number(const Json& object, const char* key) { return object.find(key)->number(); }

void testSchedules() {
  const Json golden = readGolden("schedule.json");
  const Json* cases = golden.find("cases");
  check::isTrue(cases && !cases->items().empty(), "schedule.json holds no case");
  if (!cases) return;
  for (const Json& c : cases->items()) {
    Json document = Json::parse(testing::RunText{}.json());
    testing::RunText text;
    const std::string schedule = c.find("schedule")->dump();
    text.schedule = schedule.substr(1, schedule.size() - 2);
    const ScheduleConfig s = text.config().schedule;
    for (const Json& point : c.find("points")->items()) {
      const double n = point.items()[0].number(), expected = point.items()[1].number();
      check::near(learningRate(s, number(c, "totalTokens"), number(c, "batchSeqs"), n), expected,
                  number(c, "relTol") * std::fabs(expected) + 1e-14 * s.peakLr,
                  c.find("name")->string() + " at n = " + Json(n).dump());
    }
  }
}

void testCounts() {
  const Json golden = readGolden("params.json");
  const Json* cases = golden.find("cases");
  check::isTrue(cases && !cases->items().empty(), "params.json holds no case");
  if (!cases) return;
  for (const Json& c : cases->items()) {
    const std::string model = c.find("model")->dump(), name = c.find("name")->string();
    const RunConfig config =
        testing::RunText{.model = model.substr(1, model.size() - 2), .rest = R"("batchSeqs":1,"tokens":[64])"}.config();
    const ParameterTable table = makeParameterTable(config);
    const Json& expected = *c.find("params");
    check::near(double(table.total), number(expected, "total"), 0, name + " total");
    check::near(double(table.nonEmbedding), number(expected, "nonEmbedding"), 0, name + " non-embedding");
    check::near(double(table.active), number(expected, "active"), 0, name + " active");
  }
}

void testFirstDecayStep() {
  ScheduleConfig s = testing::RunText{.schedule = R"("kind":"wsd","peakLr":1,"decayFraction":0.1)"}.config().schedule;
  for (const int64_t perStep : {128, 512, 2048})
    for (const int64_t total : {131072, 262144, 1048576}) {
      const int64_t step = firstDecayStep(s, total, perStep);
      const double start = double(total) - 0.1 * double(total);
      check::isTrue(double(step * perStep) > start && double((step - 1) * perStep) <= start,
                    "first decay step of " + std::to_string(total));
      check::isTrue(learningRate(s, double(total), 8, double((step - 1) * perStep)) == 1.0,
                    "the step before the decay has the peak rate");
      check::isTrue(learningRate(s, double(total), 8, double(step * perStep)) < 1.0,
                    "the first decay step has less than the peak rate");
    }
  s.kind = ScheduleKind::constant;
  check::isTrue(firstDecayStep(s, 4096, 128) == 32, "a constant schedule has no decay");
}

// At width = baseWidth the two parametrisations are one.
void testParametrizations() {
  const auto table = [](const char* kind, int base) {
    return makeParameterTable(testing::RunText{.parametrization = std::string(R"("kind":")") + kind +
                                                                  R"(","baseWidth":)" + std::to_string(base)}
                                  .config());
  };
  check::equal(parameterTableJson(table("mup", 8)).dump(), parameterTableJson(table("standard", 8)).dump(),
               "muP at the base width is standard");
  const ParameterTable wide = table("mup", 2);  // m = 4
  for (const Tensor& t : wide.tensors) {
    const bool hidden = t.name.find("layers.") == 0 && !t.gain,
               output = hidden && (t.name.ends_with(".o") || t.name.ends_with(".down"));
    check::near(t.lrMultiplier, hidden ? 0.25 : 1.0, 0, t.name + " rate");
    check::near(t.weightDecay, t.gain ? 0.0 : hidden ? 0.4 : 0.1, 1e-12, t.name + " decay");
    if (hidden) check::near(t.std, output ? 0.025 : 0.05, 1e-12, t.name + " std");
    if (t.name == "head")
      check::near(t.std, 0.1, 0, "head std"), check::near(t.forwardMultiplier, 0.25, 0, "logits are divided by m");
  }
  check::near(table("standard", 2).tensors.back().std, 0.05, 1e-12, "standard head std");
}

}  // namespace

int main() {
  testSchedules();
  testCounts();
  testFirstDecayStep();
  testParametrizations();
  return check::finish("schedule");
}

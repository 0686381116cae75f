// Every refused configuration names its field and quotes its value.
#include <fstream>
#include <sstream>

#include "check.hpp"
#include "model/parametrization.hpp"
#include "run-config.hpp"

using namespace etalon;

namespace {

const std::string kGood =
    R"({"model":{"width":8,"depth":1,"heads":2,"hidden":8,"seqLen":4,"vocab":16},"schedule":{"kind":"wsd","peakLr":0.01},"batchSeqs":2,"tokens":[8,16],)"
    R"("data":{"train":"t","val":"v","format":"u8","valWindows":4}})";

struct Refusal {
  const char* from;  // text of kGood to replace
  const char* to;
  const char* field;
  const char* quoted;
};

const Refusal kRefusals[] = {
    {"\"width\":8", "\"width\":\"8\"", "model.width", "\"8\""},
    {"\"width\":8", "\"width\":8.5", "model.width", "8.5"},
    {"\"width\":8", "\"width\":0", "model.width", "0"},
    {"\"width\":8,", "", "model.width", "missing"},
    {"\"width\":8", "\"width\":1e9", "model.width", "1000000000 is more than"},
    {"\"depth\":1", "\"depth\":100000", "model.depth", "100000 is more than"},
    {"\"heads\":2", "\"heads\":64", "model.heads", "64 is more than model.width (8)"},
    {"\"heads\":2", "\"heads\":3", "model.heads", "3 does not divide model.width (8)"},
    {"\"heads\":2", "\"heads\":8", "model.heads", "odd head dimension (1)"},
    {"\"heads\":2", "\"heads\":2,\"kvHeads\":4", "model.kvHeads", "4 is more than"},
    {"\"heads\":2", "\"heads\":4,\"kvHeads\":3", "model.kvHeads", "3 does not divide"},
    {"\"vocab\":16", "\"vocab\":1", "model.vocab", "1 is less than 2"},
    {"\"vocab\":16", "\"vocab\":16,\"topK\":2", "model.topK", "2"},
    {"\"vocab\":16", "\"vocab\":16,\"experts\":4", "model.topK", "less than 1"},
    {"\"vocab\":16", "\"vocab\":16,\"experts\":4,\"topK\":5", "model.topK", "5 is more than model.experts (4)"},
    {"\"vocab\":16", "\"vocab\":16,\"tiedEmbeddings\":1", "model.tiedEmbeddings", "1 is not true or false"},
    {"\"vocab\":16", "\"vocab\":16,\"layers\":3", "model.layers", "unknown"},
    {"\"wsd\"", "\"wds\"", "schedule.kind", "\"wds\" is not one of"},
    {"\"wsd\"", "\"cosine\"", "tokens", "exactly one"},
    {"\"vocab\":16", "\"vocab\":16,\"balanceLoss\":0.1", "model.balanceLoss", "0.1 is given for a dense model"},
    {"\"batchSeqs\":2", "\"batchSeqs\":2,\"optimizer\":{\"weightDecayMode\":\"none\"}", "optimizer.weightDecayMode",
     "\"none\""},
    {"0.01}", "-0.01}", "schedule.peakLr", "-0.01 is less than 0"},
    {"0.01}", "0}", "schedule.peakLr", "0 is not more than 0"},
    {"0.01}", "0.01,\"decayFraction\":1.5}", "schedule.decayFraction", "1.5 is more than 1"},
    {"0.01}", "0.01,\"decayShape\":\"step\"}", "schedule.decayShape", "\"step\""},
    {"0.01}", "0.01,\"warmupTokens\":-1}", "schedule.warmupTokens", "-1"},
    {"0.01}", "0.01,\"warmup\":1}", "schedule.warmup", "unknown"},
    {"\"batchSeqs\":2", "\"batchSeqs\":0", "batchSeqs", "0 is less than 1"},
    {"[8,16]", "[16,8]", "tokens", "8 does not ascend after 16"},
    {"[8,16]", "[8,8]", "tokens", "8 does not ascend after 8"},
    {"[8,16]", "[8,17]", "tokens", "17 is not a multiple"},
    {"[8,16]", "[4]", "tokens", "4 is not a multiple"},
    {"[8,16]", "[]", "tokens", "[]"},
    {"[8,16]", "16", "tokens", "16 is not an array"},
    {"[8,16]", "[8,16],\"evalTokens\":[4,4]", "evalTokens", "4 does not ascend after 4"},
    {"[8,16]", "[8,16],\"evalTokens\":[]", "evalTokens", "[]"},
    {"[8,16]", "[8,16],\"evalTokens\":0", "evalTokens", "0 is not a positive whole number"},
    {"[8,16]", "[8,16],\"evalTokens\":\"8\"", "evalTokens", "\"8\" is not a positive whole number"},
    {"\"u8\"", "\"u7\"", "data.format", "\"u7\""},
    {"\"valWindows\":4", "\"valWindows\":0", "data.valWindows", "0"},
    {"\"batchSeqs\":2", "\"batchSeqs\":2,\"precision\":\"fp8\"", "precision", "\"fp8\""},
    {"\"batchSeqs\":2", "\"batchSeqs\":2,\"emulateBf16\":true", "emulateBf16", "precision is \"fp32\""},
    {"\"batchSeqs\":2", "\"batchSeqs\":2,\"logEveryTokens\":0", "logEveryTokens", "0"},
    {"\"batchSeqs\":2", "\"batchSeqs\":2,\"sede\":1", "sede", "unknown"},
    {"\"batchSeqs\":2", "\"batchSeqs\":2,\"seed\":-1", "seed", "-1"},
    {"\"batchSeqs\":2", "\"batchSeqs\":2,\"optimizer\":{\"beta2\":1}", "optimizer.beta2", "1 is not less than 1"},
    {"\"batchSeqs\":2", "\"batchSeqs\":2,\"optimizer\":[]", "optimizer", "[]"},
    {"\"batchSeqs\":2", "\"batchSeqs\":2,\"parametrization\":{\"style\":\"spectral\"}", "parametrization.style",
     "\"spectral\""},
    {"\"batchSeqs\":2", "\"batchSeqs\":2,\"parametrization\":{\"kind\":\"standard\",\"style\":\"microsoft\"}",
     "parametrization.style", "the kind is \"standard\""},
    {"\"batchSeqs\":2", "\"batchSeqs\":2,\"parametrization\":{\"kind\":\"mu\"}", "parametrization.kind", "\"mu\""},
    {"\"batchSeqs\":2", "\"batchSeqs\":2,\"parametrization\":{\"logitsScaling\":0}", "parametrization.logitsScaling",
     "0"},
};

void testRefusals() {
  for (const Refusal& r : kRefusals) {
    std::string text = kGood;
    const size_t at = text.find(r.from);
    check::isTrue(at != std::string::npos, std::string("the test's own text lacks ") + r.from);
    text.replace(at, std::string(r.from).size(), r.to);
    try {
      parseConfig(Json::parse(text));
      check::isTrue(false, std::string("accepted ") + r.to);
    } catch (const ConfigError& error) {
      const std::string message = error.what();
      check::isTrue(message.rfind(std::string(r.field) + ": ", 0) == 0,
                    "does not name " + std::string(r.field) + ": " + message);
      check::isTrue(message.find(r.quoted) != std::string::npos,
                    "does not say " + std::string(r.quoted) + ": " + message);
    }
  }
}

void testWeightDecayModes() {
  for (const auto& [mode, factor] : {std::pair("scaled", 0.125), std::pair("constant", 1.0)}) {
    std::string text = kGood;
    text.replace(text.find("\"batchSeqs\""), 0, std::string("\"optimizer\":{\"weightDecayMode\":\"") + mode + "\"},");
    const ParameterTable table = makeParameterTable(parseConfig(Json::parse(text)));
    for (const Tensor& tensor : table.tensors) {
      const bool hidden = !tensor.gain && tensor.name != "embedding" && tensor.name != "head";
      check::near(tensor.weightDecay, tensor.gain ? 0 : 0.1 * (hidden ? factor : 1.0), 1e-15,
                  mode + (" decay of " + tensor.name));
    }
  }
}

void testDefaults() {
  const RunConfig c = parseConfig(Json::parse(kGood));
  check::isTrue(c.model.kvHeads == 2 && !c.model.tiedEmbeddings && c.model.experts == 0, "model defaults");
  check::isTrue(c.parametrization.mup && c.parametrization.baseWidth == 64, "parametrization defaults");
  check::near(c.parametrization.attentionMultiplier, 0.25, 0, "muP attention scale is 1/headDim");
  check::near(c.parametrization.logitsScaling, 0.125, 0, "muP logits are divided by m");
  check::isTrue(c.optimizer.beta2 == 0.95 && c.optimizer.gradClip == 1.0, "optimizer defaults");
  check::isTrue(c.seed == 1 && c.logEveryTokens == 4096, "run defaults");
  const Json resolved = configJson(c);
  check::equal(configJson(parseConfig(resolved)).dump(), resolved.dump(),
               "a resolved configuration resolves to itself");
}

Json replaced(const Json& object, const std::string& key, const Json& value) {
  Json out = Json::object();
  for (const auto& [name, member] : object.members())
    if (name != key) out.set(name, member);
  if (value.kind() != Json::Kind::null) out.set(key, value);
  return out;
}

// The document with the member at a path of one or two names replaced, or removed where the value is null.
Json changed(const Json& document, const std::string& path, const Json& value) {
  const size_t dot = path.find('.');
  if (dot == path.npos) return replaced(document, path, value);
  const std::string outer = path.substr(0, dot);
  const Json* within = document.find(outer);
  return replaced(document, outer, replaced(within ? *within : Json::object(), path.substr(dot + 1), value));
}

// A run's config as an agent hands it to the trainer: a list of token counts, and files.
Json asJob(const Json& run) {
  Json job = replaced(run, "tokens", Json::array().push(*run.find("tokens")));
  for (const auto& [key, text] : {std::pair("data.train", "t"), {"data.val", "v"}}) job = changed(job, key, text);
  return job;
}

// The file that lib/protocol/acceptance.test.ts reads too.
void testAcceptance() {
  std::ifstream file(std::string(GOLDEN_FOLDER) + "/run-configs.json", std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  const Json golden = Json::parse(text.str());
  check::isTrue(golden.find("cases")->items().size() > 100, "cases are there");
  for (const Json& item : golden.find("cases")->items()) {
    Json run = *golden.find("base");
    for (const auto& [path, value] : item.find("set")->members()) run = changed(run, path, value);
    const bool accepts = item.find("refused")->kind() == Json::Kind::null || item.find("trainerAccepts");
    std::string refused;
    try {
      parseConfig(asJob(run));
    } catch (const ConfigError& error) {
      refused = std::string(error.what()).substr(0, std::string(error.what()).find(": "));
    }
    check::equal(refused, accepts ? "" : item.find("refused")->string(), item.find("set")->dump());
  }
}

}  // namespace

int main() {
  testRefusals();
  testAcceptance();
  testWeightDecayModes();
  testDefaults();
  return check::finish("config");
}

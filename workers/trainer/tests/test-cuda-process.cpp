// The real program with --device cuda (or linked with the emulation): events, branches, a stop and a resume, refusals.
#include <map>

#include "child-process.hpp"
#include "check.hpp"

using namespace etalon;
using testing::Outcome;
using testing::TemporaryFolder;

namespace {

std::string configText(const std::string& model, const std::string& more = "") {
  return R"({"model":{)" + model +
         R"(},"schedule":{"kind":"wsd","peakLr":0.01,"warmupTokens":128,"decayFraction":0.5},"batchSeqs":4,"tokens":[320,640],"seed":3,"logEveryTokens":64,)" +
         R"("data":{"train":"synthetic:order=1,exponent=1.5,seed=1","val":"synthetic:order=1,exponent=1.5,seed=1","format":"synthetic","valWindows":6})" +
         more + "}";
}

const std::string kModel = R"("width":16,"depth":1,"heads":2,"hidden":24,"seqLen":16,"vocab":30)";

// Every reported number that must not depend on time, by event, branch and step.
std::map<std::string, std::string> results(const std::vector<Json>& events) {
  std::map<std::string, std::string> out;
  for (const Json& e : events) {
    const std::string name = e.find("event")->string();
    if (name == "start" || name == "checkpoint") continue;
    std::string key = name, value;
    for (const char* field : {"branch", "step"}) key += " " + (e.find(field) ? e.find(field)->dump() : "");
    for (const char* field : {"loss", "lr", "grad_norm", "val_loss", "reason"})
      value += (e.find(field) ? e.find(field)->dump() : "") + " ";
    out[key] = value;
  }
  return out;
}

void testTraining(const TemporaryFolder& folder, const std::string& model) {
  const std::string path = folder.write("run.json", configText(model)), checkpoint = folder.file("run.ckpt");
  const Outcome whole = testing::runProgram({"train", "--config", path, "--device", "cuda"}, folder);
  check::isTrue(whole.code == 0, "exit code " + std::to_string(whole.code) + " " + whole.errors);
  if (whole.events.empty()) return;
  check::isTrue(whole.events[0].find("device")->string().rfind("cuda (", 0) == 0,
                "device " + whole.events[0].find("device")->dump());
  check::isTrue(whole.events[0].find("isa")->string().rfind("cuda-sm", 0) == 0,
                "isa " + whole.events[0].find("isa")->dump());
  check::isTrue(results(whole.events).size() > 12, "few events");
  const Outcome first = testing::runProgram({"train", "--config", path, "--device", "cuda", "--checkpoint", checkpoint},
                                            folder, "branch", 1, SIGTERM);
  check::isTrue(first.code == 143, "stopped with exit code " + std::to_string(first.code) + " " + first.errors);
  const Outcome second = testing::runProgram(
      {"train", "--config", path, "--device", "cuda", "--checkpoint", checkpoint, "--resume", checkpoint}, folder);
  std::vector<Json> both = first.events;
  both.insert(both.end(), second.events.begin(), second.events.end());
  check::isTrue(results(both) == results(whole.events), "a stop and a resume change the results " + second.errors);
  // The processor trains the same model: the losses agree until rounding has been amplified by the optimiser.
  const Outcome processor = testing::runProgram({"train", "--config", path}, folder);
  for (size_t i = 1; i < 3; i++) {
    const double expected = processor.events[i].find("loss")->number();
    check::near(whole.events[i].find("loss")->number(), expected, 1e-4 * expected, "loss against the processor's");
  }
}

void testRefusals(const TemporaryFolder& folder) {
  const std::string wide =
      folder.write("wide.json", configText(R"("width":260,"depth":1,"heads":1,"hidden":8,"seqLen":16,"vocab":30)"));
  const Outcome head = testing::runProgram({"train", "--config", wide, "--device", "cuda"}, folder);
  check::isTrue(head.code == 2 && head.errors.find("model.heads: 1 gives a head dimension of 260") != std::string::npos,
                "a wide head: " + head.errors);
  const std::string large = folder.write(
      "large.json", configText(R"("width":131072,"depth":50,"heads":1024,"hidden":4096,"seqLen":16,"vocab":30)"));
  const Outcome memory = testing::runProgram({"bench", "--config", large, "--device", "cuda"}, folder);
  check::isTrue(memory.code == 4 && memory.errors.find("of device memory") != std::string::npos,
                "a large model: " + memory.errors);
}

void testOtherCommands(const TemporaryFolder& folder) {
  const std::string path = folder.write("run.json", configText(kModel, R"(,"precision":"bf16")"));
  const Outcome checked = testing::runProgram({"check", "--config", path, "--device", "auto"}, folder);
  check::isTrue(checked.code == 0 && checked.events[0].find("precision")->string() == "bf16",
                "check: " + checked.errors);
  const Outcome bench =
      testing::runProgram({"bench", "--config", path, "--device", "cuda", "--seconds", "0.01"}, folder);
  check::isTrue(bench.code == 0 && bench.events[0].find("tokens_per_s")->number() > 0 &&
                    bench.events[0].find("device")->string().rfind("cuda (", 0) == 0,
                "bench: " + bench.errors);
}

}  // namespace

int main() {
  check::runnableKernels();  // ends the program where there is no device
  const TemporaryFolder folder;
  testTraining(folder, kModel);
  testTraining(folder, kModel + R"(,"experts":3,"topK":2)");
  testRefusals(folder);
  testOtherCommands(folder);
  return check::finish("cuda process");
}

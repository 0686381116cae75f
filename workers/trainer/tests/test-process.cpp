// The real program: branches, kills and resumes, divergence, exit codes.
#include <map>

#include "check.hpp"
#include "child-process.hpp"

using namespace etalon;
using testing::Outcome;
using testing::TemporaryFolder;

namespace {

using Arguments = std::vector<std::string>;

std::string configText(const TemporaryFolder& folder, const std::string& schedule, const std::string& tokens,
                       const std::string& model = R"("width":16,"depth":1,"heads":2,"hidden":24,"seqLen":16)") {
  return R"({"model":{)" + model + R"(},"schedule":{)" + schedule + R"(},"batchSeqs":4,"tokens":)" + tokens +
         R"(,"seed":3,"logEveryTokens":3200,"data":{"train":")" + folder.file("train.bin") + R"(","val":")" +
         folder.file("val.bin") + R"(","valWindows":20}})";
}

std::string with(std::string config, const std::string& more) { return config.insert(1, more + ","); }

std::string field(const Json& event, const char* key) {
  const Json* value = event.find(key);
  return value ? value->dump() : "(none)";
}

// Every reported number that must not depend on time, by event, branch and step.
std::map<std::string, std::string> results(const Outcome& outcome) {
  std::map<std::string, std::string> out;
  for (const Json& e : outcome.events) {
    const std::string name = field(e, "event");
    if (name == "\"start\"" || name == "\"checkpoint\"") continue;
    std::string value;
    for (const char* key : {"tokens", "loss", "lr", "grad_norm", "val_loss", "train_tail_loss", "reason"})
      value += field(e, key) + " ";
    out[name + " " + field(e, "branch") + " " + field(e, "step")] = value;
  }
  return out;
}

void sameResults(const Outcome& actual, const Outcome& expected, const std::string& what) {
  check::isTrue(actual.code == expected.code,
                what + ": exit code " + std::to_string(actual.code) + " " + actual.errors);
  const auto a = results(actual), b = results(expected);
  check::isTrue(a.size() == b.size() && !a.empty(),
                what + ": " + std::to_string(a.size()) + " results, expected " + std::to_string(b.size()));
  for (const auto& [key, value] : b) check::equal(a.count(key) ? a.at(key) : "nothing", value, what + ": " + key);
}

const std::string kWsd = R"("kind":"wsd","peakLr":0.01,"warmupTokens":5000,"decayFraction":0.3)";
const std::string kPower =
    R"("kind":"power","peakLr":0.02,"warmupTokens":5000,"decayFraction":0.3,"decayShape":"1-sqrt","a":0.3,"b":-0.5)";
const std::string kConstant = R"("kind":"constant","peakLr":0.01)";

void testBranches(const TemporaryFolder& folder) {
  for (const std::string& schedule : {kWsd, kPower, kConstant}) {
    const std::string path = folder.write("run.json", configText(folder, schedule, "[32000,64000,96000]"));
    const Outcome shared = testing::runProgram({"train", "--config", path}, folder);
    const auto all = results(shared);
    for (const char* tokens : {"32000", "64000", "96000"}) {
      const std::string alone =
          folder.write("alone.json", configText(folder, schedule, "[" + std::string(tokens) + "]"));
      const Outcome single = testing::runProgram({"train", "--config", alone}, folder);
      for (const auto& [key, value] : results(single)) {
        const bool ofBranch = key.find(tokens) != std::string::npos;
        if (!ofBranch) continue;  // trunk events of one run fall on other steps in the other
        check::equal(all.count(key) ? all.at(key) : "nothing", value, "branch against a run of its own: " + key);
      }
    }
    check::isTrue(all.size() > 20, "few events: " + std::to_string(all.size()));
  }
}

// evalTokens adds eval events at the counts it names and changes no other number.
void testEvaluations(const TemporaryFolder& folder) {
  const auto run = [&](const std::string& schedule, const std::string& more) {
    const std::string config = configText(folder, schedule, "[32000,64000]");
    return testing::runProgram(
        {"train", "--config", folder.write("run.json", more.empty() ? config : with(config, more))}, folder);
  };
  for (const std::string& schedule : {kWsd, kConstant}) {
    const auto without = results(run(schedule, ""));
    const auto every = results(run(schedule, R"("evalTokens":16000)"));
    for (const auto& [key, value] : without)
      check::equal(every.count(key) ? every.at(key) : "nothing", value, "with evaluations: " + key);
    // The trunk ends before the decay of 64000 at 44800; its decay branch passes 48000. A constant rate has no branch.
    // Step numbers: 64 tokens a step.
    const std::map<std::string, std::vector<std::string>> expected{{kWsd, {"null 250", "null 500", "64000 750"}},
                                                                   {kConstant, {"null 250", "null 500", "null 750"}}};
    for (const std::string& place : expected.at(schedule))
      check::isTrue(every.count("\"eval\" " + place), "no evaluation at " + place);
    check::isTrue(every.size() == without.size() + 3, "evaluations: " + std::to_string(every.size() - without.size()));
  }
  // 100 tokens are reached by the second step; counts beyond the end are never reached.
  const auto listed = results(run(kWsd, R"("evalTokens":[100,48000,1000000])"));
  for (const char* place : {"null 2", "64000 750"})
    check::isTrue(listed.count(std::string("\"eval\" ") + place), std::string("no evaluation at ") + place);
  check::isTrue(listed.size() == results(run(kWsd, "")).size() + 2, "listed evaluations");
}

void testThreads(const TemporaryFolder& folder) {
  const std::string path = folder.write("run.json", configText(folder, kWsd, "[32000]"));
  const Outcome one = testing::runProgram({"train", "--config", path}, folder);
  for (const char* threads : {"2", "3"})
    sameResults(testing::runProgram({"train", "--config", path, "--threads", threads}, folder), one,
                std::string(threads) + " threads");
}

Outcome joined(const Outcome& before, const Outcome& after) {
  Outcome out = after;
  out.events.insert(out.events.begin(), before.events.begin(), before.events.end());
  return out;
}

// Stops a run at several places, the trunk and decay branches among them, and compares the two halves with a whole run.
void testResume(const TemporaryFolder& folder) {
  const std::string path =
      folder.write("run.json", with(configText(folder, kWsd, "[32000,64000,96000]"), R"("evalTokens":12800)"));
  const std::string checkpoint = folder.file("run.ckpt");
  const Outcome whole = testing::runProgram({"train", "--config", path}, folder);
  struct Stop {
    const char* event;
    int count, signal, code;
  };
  for (const Stop stop :
       {Stop{"start", 1, SIGTERM, 143}, Stop{"step", 3, SIGINT, 130}, Stop{"branch", 1, SIGTERM, 143},
        Stop{"branch", 2, SIGTERM, 143}, Stop{"end", 1, SIGTERM, 143}, Stop{"step", 20, SIGTERM, 143}}) {
    const std::string what = std::string("stopped after ") + stop.event + " " + std::to_string(stop.count);
    const Outcome first = testing::runProgram({"train", "--config", path, "--checkpoint", checkpoint}, folder,
                                              stop.event, stop.count, stop.signal);
    check::isTrue(first.code == stop.code, what + ": exit code " + std::to_string(first.code) + " " + first.errors);
    check::equal(field(first.events.back(), "event"), "\"checkpoint\"", what + ": last event");
    if (std::string(stop.event) == "branch")
      check::isTrue(field(first.events.back(), "branch") != "null", what + ": the checkpoint is not inside a branch");
    const Outcome second =
        testing::runProgram({"train", "--config", path, "--checkpoint", checkpoint, "--resume", checkpoint}, folder);
    check::equal(field(*second.events.front().find("resumed_from"), "tokens"), field(first.events.back(), "tokens"),
                 what + ": resumed_from");
    sameResults(joined(first, second), whole, what);
    check::isTrue(results(first).size() + results(second).size() == results(whole).size(),
                  what + ": an event came twice");
  }
}

// kill -9 loses only the steps since the last timed checkpoint.
void testTimedCheckpoints(const TemporaryFolder& folder) {
  const std::string path = folder.write("run.json", configText(folder, kPower, "[32000,64000]"));
  const std::string checkpoint = folder.file("timed.ckpt");
  const Outcome whole = testing::runProgram({"train", "--config", path}, folder);
  const Arguments timed{"train", "--config", path, "--checkpoint", checkpoint, "--checkpoint-every-seconds", "0.001"};
  const Outcome first = testing::runProgram(timed, folder, "branch", 1, SIGKILL);
  check::isTrue(first.code == -SIGKILL, "not killed: " + std::to_string(first.code));
  Arguments again = timed;
  again.insert(again.end(), {"--resume", checkpoint});
  sameResults(joined(first, testing::runProgram(again, folder)), whole, "resumed after kill -9");
}

void testDivergence(const TemporaryFolder& folder) {
  const std::string path =
      folder.write("run.json", configText(folder, R"("kind":"wsd","peakLr":1e30)", "[32000,64000]"));
  const Outcome outcome = testing::runProgram({"train", "--config", path}, folder);
  check::isTrue(outcome.code == 0, "a diverged run is a result: exit code " + std::to_string(outcome.code));
  int ends = 0;
  for (const Json& e : outcome.events)
    if (field(e, "event") == "\"end\"") {
      ends++;
      check::equal(field(e, "reason"), "\"diverged\"", "reason");
      check::equal(field(e, "val_loss"), "\"NaN\"", "val_loss of a diverged run");
      check::isTrue(e.find("tokens")->number() < 32000, "tokens say where it diverged");
    }
  check::isTrue(ends == 2, "every branch ends: " + std::to_string(ends));
}

void refuses(const TemporaryFolder& folder, const Arguments& arguments, int code, const std::string& says) {
  const Outcome outcome = testing::runProgram(arguments, folder);
  check::isTrue(outcome.code == code, says + ": exit code " + std::to_string(outcome.code));
  check::isTrue(outcome.errors.find(says) != std::string::npos, "expected '" + says + "' in: " + outcome.errors);
}

void testExitCodes(const TemporaryFolder& folder) {
  const std::string good = folder.write("run.json", configText(folder, kWsd, "[32000]"));
  const auto config = [&](const std::string& text) { return folder.write("bad.json", text); };
  refuses(folder,
          {"train", "--config",
           config(configText(folder, kWsd, "[32000]", R"("width":32,"depth":1,"heads":64,"hidden":24,"seqLen":16)"))},
          2, "config error: model.heads: 64 is more than model.width (32)");
  refuses(folder, {"check", "--config", config("{")}, 2, "is not JSON");
  refuses(folder, {"train", "--config", folder.file("none.json")}, 2, "none.json cannot be read");
  refuses(folder, {"train", "--config", good, "--thread", "2"}, 2, "--thread: is an unknown option");
  refuses(folder, {"train", "--config", good, "--threads", "0"}, 2, "--threads: 0 is not between 1");
#ifndef ETALON_WITH_CUDA  // there it depends on the machine
  refuses(folder, {"train", "--config", good, "--device", "cuda"}, 2,
          "--device: cuda is not available: this build has no CUDA backend");
#endif
  refuses(folder, {"train", "--config", good, "--isa", "mmx"}, 2, "mmx");
  refuses(folder, {"train", "--config", good, "--resume", good}, 3, "it is not a checkpoint");
  refuses(folder,
          {"train", "--config",
           config(configText(folder, kWsd, "[32000]",
                             R"("width":16,"depth":1,"heads":2,"hidden":24,"seqLen":16,"vocab":90)"))},
          3, "but model.vocab is 90");
  refuses(
      folder,
      {"train", "--config",
       config(configText(folder, kWsd, "[32000]", R"("width":131072,"depth":50,"heads":2,"hidden":4096,"seqLen":16)"))},
      4, "out of memory: the run needs ");
  refuses(
      folder,
      {"bench", "--config",
       config(configText(folder, kWsd, "[32000]", R"("width":131072,"depth":50,"heads":2,"hidden":4096,"seqLen":16)"))},
      4, " bytes (");
  refuses(
      folder,
      {"train", "--config",
       config(
           R"({"model":{"width":8,"depth":1,"heads":2,"hidden":8,"seqLen":1024},"schedule":{"kind":"constant","peakLr":1},"batchSeqs":1000000000,"tokens":[1024000000000],"data":{"train":"synthetic:seed=1","val":"synthetic:seed=1"}})")},
      4, "out of memory: the run needs 8192");
  const Outcome checked = testing::runProgram({"check", "--config", good}, folder);
  check::isTrue(checked.code == 0 && checked.events.size() == 1 && checked.events[0].find("parameter_table"),
                "check prints one line");
  const Outcome bench = testing::runProgram({"bench", "--config", good, "--seconds", "0.05"}, folder);
  check::isTrue(bench.code == 0 && bench.events[0].find("tokens_per_s")->number() > 0, "bench prints a speed");
}

void testUnusableCheckpoints(const TemporaryFolder& folder) {
  const std::string path = folder.write("run.json", configText(folder, kWsd, "[32000]")),
                    checkpoint = folder.file("c.ckpt");
  testing::runProgram({"train", "--config", path, "--checkpoint", checkpoint}, folder, "start", 1, SIGTERM);
  const std::string bytes = TemporaryFolder::read(checkpoint);
  refuses(folder,
          {"train", "--config", path, "--resume", folder.write("cut.ckpt", bytes.substr(0, bytes.size() - 100))}, 3,
          "it is damaged");
  std::string flipped = bytes;
  flipped[bytes.size() / 2] ^= 1;
  std::string older = bytes;
  older.replace(0, 12, "ETALONCKPT1\n");
  refuses(folder, {"train", "--config", path, "--resume", folder.write("older.ckpt", older)}, 3,
          "it was written by another version of the trainer");
  refuses(folder, {"train", "--config", path, "--resume", folder.write("flipped.ckpt", flipped)}, 3, "it is damaged");
  const std::string other = folder.write("other.json", configText(folder, kConstant, "[32000]"));
  refuses(folder, {"train", "--config", other, "--resume", checkpoint}, 2, "schedule: ");
}

}  // namespace

int main() {
  const TemporaryFolder folder;
  const std::string text = testing::sourceText();
  folder.write("train.bin", text.substr(0, text.size() - 20000));
  folder.write("val.bin", text.substr(text.size() - 20000));
  testBranches(folder);
  testEvaluations(folder);
  testThreads(folder);
  testResume(folder);
  testTimedCheckpoints(folder);
  testDivergence(folder);
  testExitCodes(folder);
  testUnusableCheckpoints(folder);
  return check::finish("process");
}

// The real program on damaged configurations, token files and checkpoints: it ends by itself with the right exit code
// and a message, and holds no more memory than a small run does.
#include <map>
#include <set>

#include "check.hpp"
#include "child-process.hpp"
#include "damaged.hpp"

using namespace etalon;
using testing::TemporaryFolder;

namespace {

constexpr uint64_t kRounds = 40;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr double kMostBytes = 1e10;  // the sanitizer's own
#else
constexpr double kMostBytes = 48e6;
#endif

using Arguments = std::vector<std::string>;

// Runs the program on damaged copies of `good`, written to `path`; it may exit with 0 or one of `codes`.
void survive(const TemporaryFolder& folder, const std::string& what, const std::string& good, const std::string& name,
             const std::set<int>& codes, const Arguments& arguments) {
  int refused = 0;
  for (uint64_t round = 0; round < kRounds; round++) {
    folder.write(name, testing::damaged(good, round));
    const testing::Outcome outcome = testing::runProgram(arguments, folder);
    const std::string at = what + ", round " + std::to_string(round) + ": exit code " + std::to_string(outcome.code) +
                           ", " + outcome.errors;
    check::isTrue(outcome.code == 0 || codes.count(outcome.code), at);
    check::isTrue(outcome.peakBytes < kMostBytes, at + ", bytes " + std::to_string(outcome.peakBytes));
    if (outcome.code == 0) continue;
    refused++;
    check::isTrue(outcome.errors.find(": ") != std::string::npos, at + "no message");
  }
  check::isTrue(refused > int(kRounds) / 10, what + ": only " + std::to_string(refused) + " refusals");
}

std::string runText(const TemporaryFolder& folder, const std::string& format, const std::string& train) {
  return R"({"model":{"width":8,"depth":1,"heads":2,"hidden":8,"seqLen":8,"vocab":300},"schedule":{"kind":"constant","peakLr":0.01},"batchSeqs":2,"tokens":[64],"data":{"train":")" +
         folder.file(train) + R"(","val":")" + folder.file("val.bin") + R"(","format":")" + format +
         R"(","valWindows":4}})";
}

std::string words(std::vector<int32_t> values) {
  values.resize(256);
  return {reinterpret_cast<const char*>(values.data()), 1024};
}

void testTokenFiles(const TemporaryFolder& folder) {
  const std::string tokens(600, '\0');
  std::string llmq = words({0, 0, 2, 4, 150}) + tokens;
  llmq.replace(0, 8, "BIN.TOK\n");
  std::string index("MMIDIDX\0\0\1\0\0\0\0\0\0\0\1", 18);
  const uint64_t counts[2] = {1, 1};
  const int32_t length = 600;
  index += std::string(reinterpret_cast<const char*>(counts), 16) +
           std::string(reinterpret_cast<const char*>(&length), 4) + std::string(16, '\0');
  const std::map<std::string, std::string> files{
      {"llmc", words({20240520, 1, 300}) + tokens}, {"llmq", llmq}, {"u16", tokens}};
  for (const auto& [format, good] : files) {
    folder.write("val.bin", good);
    const std::string config = folder.write("run.json", runText(folder, format, "train.bin"));
    survive(folder, "train on " + format, good, "train.bin", {3}, {"train", "--config", config});
    folder.write("train.bin", good);
    if (format != "u16")
      survive(folder, "inspect " + format, good, "train.bin", {3}, {"data", "inspect", folder.file("train.bin")});
  }
  folder.write("m.bin", tokens);
  folder.write("val.bin", tokens);
  survive(folder, "inspect Megatron", index, "m.idx", {3},
          {"data", "inspect", "--format", "megatron", folder.file("m.idx")});
}

void testConfigsAndCheckpoints(const TemporaryFolder& folder) {
  folder.write("train.bin", std::string(600, 'a'));
  folder.write("val.bin", std::string(600, 'a'));
  const std::string good = runText(folder, "u8", "train.bin");
  survive(folder, "configuration", good, "bad.json", {2}, {"check", "--config", folder.file("bad.json")});
  const std::string config = folder.write("run.json", good), checkpoint = folder.file("run.ckpt");
  testing::runProgram({"train", "--config", config, "--checkpoint", checkpoint, "--checkpoint-every-seconds", "1e-9"},
                      folder);
  survive(folder, "checkpoint", TemporaryFolder::read(checkpoint), "bad.ckpt", {3},
          {"train", "--config", config, "--resume", folder.file("bad.ckpt")});
}

}  // namespace

int main() {
  const TemporaryFolder folder;
  testTokenFiles(folder);
  testConfigsAndCheckpoints(folder);
  return check::finish("process fuzz");
}

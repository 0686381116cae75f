// Damaged configurations, token files, merges and checkpoints: an error of the right kind, never a crash.
#include "data/bpe.hpp"
#include "check.hpp"
#include "model/checkpoint.hpp"
#include "damaged.hpp"
#include "run-config.hpp"
#include "base/sha256.hpp"
#include "temporary-folder.hpp"
#include "data/token-layouts.hpp"

using namespace etalon;
using testing::TemporaryFolder;

namespace {

constexpr uint64_t kRounds = 1500;

// Runs `use` on damaged copies; Expected (or a subclass) is the only exception it may throw. Returns the refusals.
template <class... Expected, class Use>
int survive(const std::string& good, const std::string& what, Use use) {
  int refused = 0;
  for (uint64_t round = 0; round < kRounds; round++) {
    const auto isExpected = [](const std::exception& error) {
      return (... || (dynamic_cast<const Expected*>(&error) != nullptr));
    };
    try {
      use(testing::damaged(good, round));
    } catch (const std::exception& error) {
      refused++;
      check::isTrue(isExpected(error), what + ", round " + std::to_string(round) + ": " + error.what());
    }
  }
  check::isTrue(refused > int(kRounds) / 10, what + ": only " + std::to_string(refused) + " refusals");
  return refused;
}

void testConfigs() {
  const std::string good =
      configJson(testing::RunText{.rest = R"("batchSeqs":3,"tokens":[21,42],"data":{"train":"t","val":"v"})"}.config())
          .dump();
  survive<ConfigError, JsonError>(good, "configuration",
                                  [](const std::string& text) { parseConfig(Json::parse(text)); });
  std::string deep(2000000, '[');
  try {
    Json::parse(deep);
    check::isTrue(false, "accepted open brackets");
  } catch (const JsonError&) {
    check::isTrue(true, "deep nesting is refused");
  }
}

std::string words(std::vector<int32_t> values) {
  values.resize(256);
  return {reinterpret_cast<const char*>(values.data()), 1024};
}

void testTokenFiles(const TemporaryFolder& f) {
  const std::string tokens(400, '\1');
  const auto read = [&](DataFormat format) {
    return [&, format](const std::string& bytes) {
      const std::string path = f.write("tokens.bin", bytes);
      const TokenFile data = readTokenFile(path, 10, 300, format);
      check::isTrue(data.tokens.size() <= bytes.size() * 4, "more tokens than bytes");
    };
  };
  survive<DataError>(words({20240520, 1, 200}) + tokens, "llm.c", read(DataFormat::llmc));
  survive<DataError>(words({20240801, 7, 100}) + std::string(400, '\0'), "llm.c Llama-3", read(DataFormat::llmc));
  std::string llmq = words({0, 0, 2, 4, 100}) + std::string(400, '\0');
  llmq.replace(0, 8, "BIN.TOK\n");
  survive<DataError>(llmq, "LLMQ", read(DataFormat::llmq));
  std::string index("MMIDIDX\0\0\1\0\0\0\0\0\0\0\1", 18);
  const uint64_t counts[2] = {1, 1};
  const int32_t length = 400;
  index += std::string(reinterpret_cast<const char*>(counts), 16) +
           std::string(reinterpret_cast<const char*>(&length), 4) + std::string(16, '\0');
  survive<DataError>(index, "Megatron index", [&](const std::string& bytes) {
    f.write("m.bin", tokens);
    f.write("m.idx", bytes);
    readTokenFile(f.file("m"), 10, 300, DataFormat::megatron);
  });
}

// The content is damaged behind a right checksum, so that the parser itself is reached.
void testCheckpoints(const TemporaryFolder& f) {
  Checkpoint c;
  c.isa = "portable";
  c.config = Json::object();
  c.trunk.losses = {1, 2, 3};
  c.trunkState.assign(30, 0.5f);
  writeCheckpoint(f.file("good.ckpt"), c);
  const std::string good = TemporaryFolder::read(f.file("good.ckpt"));
  check::isTrue(readCheckpoint(f.file("good.ckpt")).trunkState == c.trunkState, "the undamaged checkpoint reads back");
  survive<CheckpointError>(good, "checkpoint",
                           [&](const std::string& bytes) { readCheckpoint(f.write("bad.ckpt", bytes)); });
  survive<CheckpointError>(good.substr(0, good.size() - 64), "signed checkpoint", [&](const std::string& bytes) {
    Sha256 hash;
    hash.add(bytes.data(), bytes.size());
    readCheckpoint(f.write("bad.ckpt", bytes + hash.finish()));
  });
}

void testMerges() {
  const std::string good = BytePairEncoding::train({testing::sourceText().substr(0, 5000)}, 300).text();
  survive<DataError>(good, "merges", [](const std::string& text) { BytePairEncoding::parse(text, "merges"); });
}

}  // namespace

int main() {
  const TemporaryFolder folder;
  testConfigs();
  testTokenFiles(folder);
  testCheckpoints(folder);
  testMerges();
  return check::finish("fuzz");
}

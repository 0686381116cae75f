// Sampling of windows, and preparation of text.
#include <set>

#include "check.hpp"
#include "tools/data-inspect.hpp"
#include "tools/data-prepare.hpp"
#include "data/sampler.hpp"
#include "data/token-file.hpp"
#include "temporary-folder.hpp"

using namespace etalon;

namespace {

TokenFile countingTokens(size_t count) {
  TokenFile data;
  for (size_t i = 0; i < count; i++) data.tokens.push_back(uint8_t(i % 251));
  return data;
}

void testSampler() {
  const int64_t seqLen = 4;
  const TokenFile data = countingTokens(4 * 37 + 3);
  const TrainSampler sampler(data, seqLen, 5), other(data, seqLen, 6);
  std::set<int64_t> first, second;
  bool sameOrder = true, sameSeed = true;
  for (int64_t i = 0; i < 37; i++) {
    first.insert(sampler.window(i));
    second.insert(sampler.window(37 + i));
    sameOrder = sameOrder && sampler.window(i) == sampler.window(37 + i);
    sameSeed = sameSeed && sampler.window(i) == other.window(i);
  }
  check::isTrue(first.size() == 37 && *first.begin() == 0 && *first.rbegin() == 36, "an epoch reads every window once");
  check::isTrue(second.size() == 37, "the second epoch reads every window once");
  check::isTrue(!sameOrder, "epochs have different orders");
  check::isTrue(!sameSeed, "seeds have different orders");
  Batch small, large;
  sampler.fill(0, 6, large);
  for (int64_t i = 0; i < 6; i += 2) {
    sampler.fill(i, 2, small);
    check::isTrue(std::equal(small.inputs.begin(), small.inputs.end(), large.inputs.begin() + i * seqLen),
                  "the stream does not depend on the batch");
  }
  for (size_t i = 0; i < large.inputs.size(); i++)
    check::isTrue(large.targets[i] == (large.inputs[i] + 1) % 251, "a target is the next token");
}

void testPermutations() {
  for (const uint64_t size : {1u, 2u, 3u, 64u, 1000u}) {
    std::set<uint64_t> seen;
    for (uint64_t i = 0; i < size; i++) seen.insert(Permutation(size, 99)(i));
    check::isTrue(seen.size() == size && *seen.rbegin() == size - 1, "permutation of " + std::to_string(size));
  }
}

void testEvaluation() {
  const TokenFile data = countingTokens(4 * 10 + 1);
  Batch batch;
  EvaluationSampler(data, 4, 5).fill(0, 5, batch);
  for (size_t i = 0; i < 5; i++)
    check::isTrue(batch.inputs[i * 4] == int32_t(i * 8), "held-out windows are spread evenly");
  try {
    EvaluationSampler(data, 4, 11);
    check::isTrue(false, "accepted more held-out windows than the file has");
  } catch (const DataError& error) {
    check::isTrue(std::string(error.what()).find("11") != std::string::npos, "the message names the number of windows");
  }
}

void testTokenFile(const testing::TemporaryFolder& folder) {
  const std::string path = folder.write("tokens.bin", std::string("\x01\x02\x09\x03\x04", 5));
  check::isTrue(readTokenFile(path, 4, 10).windows(4) == 1, "five tokens hold one window of four");
  const auto refuses = [&](const std::string& file, int64_t seqLen, int64_t vocab, const std::string& says) {
    try {
      readTokenFile(file, seqLen, vocab);
      check::isTrue(false, "accepted data although " + says);
    } catch (const DataError& error) {
      check::isTrue(std::string(error.what()).find(says) != std::string::npos,
                    std::string("wrong message: ") + error.what());
    }
  };
  refuses(path, 5, 10, "fewer than one window of 6");
  refuses(path, 4, 9, "the token 9");
  refuses(folder.file("none.bin"), 4, 10, "cannot be read");
}

void testPrepare(const testing::TemporaryFolder& folder) {
  std::filesystem::create_directory(folder.file("texts"));
  for (int i = 0; i < 40; i++)
    folder.write("texts/" + std::to_string(i) + ".txt", std::string(size_t(i + 1), char('a' + i % 26)));
  folder.write("texts/ignored.json", "{}");
  const Json result = prepareData(folder.file("out"), {folder.file("texts")}, 0.3);
  const std::string train = testing::TemporaryFolder::read(folder.file("out/train.bin")),
                    val = testing::TemporaryFolder::read(folder.file("out/val.bin"));
  check::near(result.find("train_bytes")->number(), double(train.size()), 0, "train bytes");
  check::near(result.find("val_bytes")->number(), double(val.size()), 0, "held-out bytes");
  check::near(double(train.size() + val.size()), 40 * 41 / 2 + 40, 0,
              "every byte is kept, with one newline a document");
  check::near(result.find("train_documents")->number() + result.find("val_documents")->number(), 40, 0, "documents");
  check::isTrue(result.find("val_documents")->number() > 3 && result.find("val_documents")->number() < 25,
                "about the wanted share is held out");
  const Json again = prepareData(folder.file("again"), {folder.file("texts")}, 0.3);
  check::equal(again.dump(), result.dump(), "preparing twice gives the same");
  std::filesystem::remove(folder.file("texts/7.txt"));
  prepareData(folder.file("fewer"), {folder.file("texts")}, 0.3);
  const std::string fewer = testing::TemporaryFolder::read(folder.file("fewer/val.bin"));
  check::isTrue(fewer == val || fewer.size() == val.size() - 9, "taking one document away moves no other");
}

void testInspect(const testing::TemporaryFolder& folder) {
  const Json info = inspectData(folder.write("abab.bin", "abababab"));
  check::near(info.find("bytes")->number(), 8, 0, "bytes");
  check::near(info.find("distinct_bytes")->number(), 2, 0, "distinct bytes");
  check::near(info.find("unigram_entropy")->number(), std::log(2.0), 1e-12, "unigram entropy of abab");
  check::isTrue(info.find("bigram_entropy")->number() < 0.02, "after a comes b");
}

}  // namespace

int main() {
  const testing::TemporaryFolder folder;
  testSampler();
  testPermutations();
  testEvaluation();
  testTokenFile(folder);
  testPrepare(folder);
  testInspect(folder);
  return check::finish("data");
}

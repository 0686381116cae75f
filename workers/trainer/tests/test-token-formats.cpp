// Every token file layout, built byte by byte here, read back; wrong ones are refused with file, position and value.
#include <cstring>

#include "check.hpp"
#include "tools/data-inspect.hpp"
#include "data/data-source.hpp"
#include "run-config.hpp"
#include "data/synthetic-source.hpp"
#include "temporary-folder.hpp"
#include "data/token-file.hpp"

using namespace etalon;
using testing::TemporaryFolder;

namespace {

const std::vector<int64_t> kTokens = {3, 300, 7, 299, 0, 41, 5};

template <class T>
std::string packed(const std::vector<int64_t>& values) {
  std::string out;
  for (const int64_t value : values) {
    const T element = T(value);
    out.append(reinterpret_cast<const char*>(&element), sizeof element);
  }
  return out;
}

std::string header(std::vector<int64_t> words) {
  words.resize(256);
  return packed<int32_t>(words);
}

std::string llmqHeader(int64_t version, int64_t size, int64_t count) {
  std::string out = header({0, 0, version, size, count, 400, 0});
  return out.replace(0, 8, "BIN.TOK\n");
}

// Three sequences of 2, 4 and 1 tokens, two documents.
std::string megatronIndex(int code, int64_t size, int64_t wrongPointer = 0) {
  return std::string("MMIDIDX\0\0", 9) + packed<uint64_t>({1}) + char(code) + packed<uint64_t>({3, 3}) +
         packed<int32_t>({2, 4, 1}) + packed<int64_t>({0, 2 * size + wrongPointer, 6 * size}) +
         packed<int64_t>({0, 2, 3});
}

void readsBack(const std::string& path, DataFormat format, const std::string& what, int64_t vocab = 301) {
  const TokenFile data = readTokenFile(path, 6, vocab, format);
  std::vector<int32_t> window(7);
  check::isTrue(data.windows(6) == 1 && data.count() == 7, what + ": counts");
  data.readWindow(0, 6, window.data());
  check::isTrue(std::equal(window.begin(), window.end(), kTokens.begin(), kTokens.end()), what + ": tokens");
}

void refuses(const std::string& path, DataFormat format, const std::string& says, int64_t vocab = 301) {
  try {
    readTokenFile(path, 2, vocab, format);
    check::isTrue(false, std::string(dataFormatName(format)) + " accepted although it " + says);
  } catch (const DataError& error) {
    check::isTrue(std::string(error.what()).find(says) != std::string::npos,
                  "expected '" + says + "' in: " + error.what());
  }
}

void testLayouts(const TemporaryFolder& f) {
  readsBack(f.write("u16.bin", packed<uint16_t>(kTokens)), DataFormat::u16, "u16");
  readsBack(f.write("u32.bin", packed<uint32_t>(kTokens)), DataFormat::u32, "u32");
  readsBack(f.file("u16.bin"), DataFormat::nanogpt, "nanoGPT of two bytes");
  readsBack(f.file("u32.bin"), DataFormat::nanogpt, "nanoGPT of four bytes", 100000);
  readsBack(f.write("gpt2.bin", header({20240520, 1, 7}) + packed<uint16_t>(kTokens)), DataFormat::llmc, "llm.c GPT-2");
  readsBack(f.write("llama.bin", header({20240801, 7, 7}) + packed<uint32_t>(kTokens)), DataFormat::llmc,
            "llm.c Llama-3");
  readsBack(f.write("llmq1.bin", llmqHeader(1, 4, 7) + packed<int32_t>(kTokens)), DataFormat::llmq, "LLMQ 1");
  readsBack(f.write("llmq2.bin", llmqHeader(2, 4, 7) + packed<int32_t>(kTokens) + "m"), DataFormat::llmq,
            "LLMQ 2 with masks");
  for (const auto& [code, bytes] : std::vector<std::pair<int, std::string>>{{3, packed<int16_t>(kTokens)},
                                                                            {4, packed<int32_t>(kTokens)},
                                                                            {5, packed<int64_t>(kTokens)},
                                                                            {8, packed<uint16_t>(kTokens)}}) {
    f.write("m.bin", bytes);
    f.write("m.idx", megatronIndex(code, int64_t(bytes.size() / 7)));
    for (const char* name : {"m.bin", "m.idx", "m"})
      readsBack(f.file(name), DataFormat::megatron, "Megatron type " + std::to_string(code) + " as " + name);
  }
  f.write("shard-1.bin", packed<uint16_t>({kTokens.begin(), kTokens.begin() + 3}));
  f.write("shard-2.bin", packed<uint16_t>({kTokens.begin() + 3, kTokens.end()}));
  readsBack(f.file("shard-*.bin"), DataFormat::u16, "shards by pattern");
}

void testRefusals(const TemporaryFolder& f) {
  refuses(f.file("u16.bin"), DataFormat::u16, "holds the token 300 at position 1, but model.vocab is 300", 300);
  refuses(f.file("none-*.bin"), DataFormat::u16, "matches no file");
  refuses(f.file("."), DataFormat::u8, "not a regular file");
  refuses("/dev/zero", DataFormat::u8, "not a regular file");
  refuses(f.write("odd.bin", "abc"), DataFormat::u16, "3 bytes, not a whole number of 2-byte tokens");
  refuses(f.file("u16.bin"), DataFormat::llmc, "is not an llm.c token file");
  refuses(f.write("v.bin", header({20240520, 3, 7}) + packed<uint16_t>(kTokens)), DataFormat::llmc, "version 3, not 1");
  refuses(f.write("n.bin", header({20240520, 1, 8}) + packed<uint16_t>(kTokens)), DataFormat::llmc,
          "says it has 8 tokens");
  refuses(f.write("n.bin", header({20240520, 1, 2147483647}) + packed<uint16_t>(kTokens)), DataFormat::llmc,
          "says it has 2147483647");
  refuses(f.write("n.bin", header({20240520, 1, -1}) + packed<uint16_t>(kTokens)), DataFormat::llmc, "says it has -1");
  refuses(f.file("gpt2.bin"), DataFormat::nanogpt, "header of the format llmc");
  refuses(f.write("q.bin", llmqHeader(2, 2, 7) + packed<int32_t>(kTokens)), DataFormat::llmq, "tokens of 2 bytes");
  refuses(f.write("q.bin", llmqHeader(4, 4, 7) + packed<int32_t>(kTokens)), DataFormat::llmq, "version 4");
  refuses(f.write("q.bin", llmqHeader(2, 4, 1 << 30)), DataFormat::llmq, "says it has 1073741824");
  f.write("x.bin", packed<int32_t>(kTokens));
  refuses(f.file("x.bin"), DataFormat::megatron, "x.idx cannot be read");
  f.write("x.idx", megatronIndex(4, 4, 4));
  refuses(f.file("x.bin"), DataFormat::megatron, "sequence 1 of length 4 at byte 12, expected at 8");
  f.write("x.idx", megatronIndex(7, 4));
  refuses(f.file("x.bin"), DataFormat::megatron, "type code 7");
  f.write("x.idx", megatronIndex(8, 2));
  refuses(f.file("x.bin"), DataFormat::megatron, "28 bytes, but its index describes 14");
  f.write("x.idx",
          std::string("MMIDIDX\0\0", 9) + packed<uint64_t>({1}) + char(4) + packed<uint64_t>({int64_t(1) << 60, 3}));
  refuses(f.file("x.bin"), DataFormat::megatron, "more than its");
  f.write("x.bin", packed<int32_t>({1, 2, -3, 4, 5, 6, 7}));
  f.write("x.idx", megatronIndex(4, 4));
  refuses(f.file("x.bin"), DataFormat::megatron, "negative or huge token at position 2");
}

void testInspection(const TemporaryFolder& f) {
  const auto format = [&](const char* name) { return inspectData(f.file(name)).find("format")->string(); };
  check::equal(format("gpt2.bin"), "llmc", "inspect of llm.c");
  check::equal(format("llmq2.bin"), "llmq", "inspect of LLMQ");
  check::equal(format("m.idx"), "megatron", "inspect of a Megatron index");
  check::equal(format("m.bin"), "megatron", "inspect of Megatron tokens");
  check::equal(format("u16.bin"), "u8", "inspect of headerless tokens");
  const Json info = inspectData(f.file("llama.bin"));
  check::near(info.find("largest_token")->number(), 300, 0, "largest token");
  check::near(info.find("unigram_entropy")->number(), std::log(7.0), 1e-12, "entropy of seven tokens");
  std::vector<int64_t> many(100);
  for (size_t i = 0; i < many.size(); i++) many[i] = int64_t(i) + 1;
  check::equal(inspectData(f.write("many.bin", packed<uint16_t>(many))).find("looks_like")->string(), "u16", "hint");
  try {
    inspectData(f.write("eval.bin", header({20240522, 1, 7})));
    check::isTrue(false, "an evaluation file is no training data");
  } catch (const DataError& error) {
    check::isTrue(std::string(error.what()).find("evaluation file") != std::string::npos,
                  "message for an evaluation file");
  }
}

// The empirical conditional entropy of many tokens, and that no two windows or sides repeat each other.
void testSynthetic() {
  const int64_t vocab = 12, seqLen = 50;
  const SyntheticSource train("synthetic:order=1,exponent=1.2,seed=4", "data.train", vocab, false);
  const SyntheticSource val("synthetic:order=1,exponent=1.2,seed=4", "data.val", vocab, true);
  std::vector<double> pairs(size_t(vocab * vocab)), valPairs(pairs.size());
  std::vector<int32_t> window(size_t(seqLen + 1)), other(window.size());
  for (int64_t w = 0; w < 4000; w++) {
    train.readWindow(w, seqLen, window.data());
    val.readWindow(w, seqLen, other.data());
    check::isTrue(window != other, "training and held-out windows are the same");
    for (size_t t = 0; t < size_t(seqLen); t++) {
      pairs[size_t(window[t] * vocab + window[t + 1])]++;
      valPairs[size_t(other[t] * vocab + other[t + 1])]++;
    }
  }
  double entropy = 0, difference = 0;
  const double total = 4000.0 * double(seqLen);
  for (int64_t a = 0; a < vocab; a++) {
    double row = 0, valRow = 0;
    for (int64_t b = 0; b < vocab; b++) row += pairs[size_t(a * vocab + b)], valRow += valPairs[size_t(a * vocab + b)];
    for (int64_t b = 0; b < vocab; b++) {
      const double n = pairs[size_t(a * vocab + b)];
      if (n > 0) entropy -= n / total * std::log(n / row);
      difference = std::max(difference, std::fabs(n / row - valPairs[size_t(a * vocab + b)] / valRow));
    }
  }
  check::near(entropy, train.entropy(), 0.01, "empirical against known entropy");
  check::isTrue(difference < 0.03, "both sides follow one chain");
  check::near(SyntheticSource("synthetic:exponent=0", "data.train", 8, false).entropy(), std::log(8.0), 1e-12,
              "uniform tokens");
  for (const char* bad : {"synthetic:order=9", "synthetic:exponent=-1", "synthetic:orders=1",
                          "synthetic:order=", "synthetic:order=1.5"}) {
    try {
      SyntheticSource(bad, "data.train", 8, false);
      check::isTrue(false, std::string("accepted ") + bad);
    } catch (const ConfigError& error) {
      check::isTrue(std::string(error.what()).rfind("data.train: order", 0) == 0 ||
                        std::string(error.what()).rfind("data.train: exponent", 0) == 0,
                    std::string("message: ") + error.what());
    }
  }
}

}  // namespace

int main() {
  const TemporaryFolder folder;
  testLayouts(folder);
  testRefusals(folder);
  testInspection(folder);
  testSynthetic();
  return check::finish("token formats");
}

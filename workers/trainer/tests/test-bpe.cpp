// Byte-pair encoding: the merges of small texts worked out by hand, losslessness, and shards from text files.
#include "data/bpe.hpp"
#include "check.hpp"
#include "tools/data-prepare.hpp"
#include "temporary-folder.hpp"
#include "data/token-file.hpp"

using namespace etalon;
using testing::TemporaryFolder;

namespace {

std::string roundTrip(BytePairEncoding& encoding, const std::string& text, size_t& tokens) {
  std::vector<int32_t> out;
  encoding.encode(text, out);
  tokens = out.size();
  return encoding.decode(out);
}

void testMerges() {
  // "aab" x 3, "ab" x 2: ab comes 5 times, then a+ab 3 times.
  const BytePairEncoding encoding = BytePairEncoding::train({"aab\naab\naab\nab\nab\n"}, 300);
  check::equal(encoding.text(), "etalon-bpe 1\n97 98\n97 256\n", "merges of a small text");
  check::equal(BytePairEncoding::train({"cd\nab\ncd\nab\n"}, 300).text(), "etalon-bpe 1\n97 98\n99 100\n",
               "equal counts go by token number");
}

void testWords() {
  std::string joined;
  for (const std::string_view word : splitWords("It's  12 o'clock\n\n at caf\xc3\xa9."))
    joined += "[" + std::string(word) + "]";
  check::equal(joined, "[It]['][s][ ][ 12][ o]['][clock][\n\n][ at][ caf\xc3\xa9][.]", "words");
}

void testRoundTrip() {
  const std::string text = testing::sourceText();
  BytePairEncoding encoding = BytePairEncoding::train({text.substr(0, text.size() / 2)}, 600);
  check::isTrue(encoding.vocab() == 600, "vocabulary size");
  check::isTrue(encoding.text() == BytePairEncoding::train({text.substr(0, text.size() / 2)}, 600).text(),
                "training twice differs");
  size_t tokens = 0;
  check::isTrue(roundTrip(encoding, text, tokens) == text, "source text does not survive");
  check::isTrue(double(text.size()) / double(tokens) > 1.8,
                "little compression: " + std::to_string(tokens) + " tokens of " + std::to_string(text.size()));
  std::string noise;
  for (uint64_t i = 0; i < 5000; i++) noise += char(mixBits(i));
  check::isTrue(roundTrip(encoding, noise, tokens) == noise, "random bytes do not survive");
  BytePairEncoding again = BytePairEncoding::parse(encoding.text(), "merges");
  std::vector<int32_t> a, b;
  encoding.encode(text, a);
  again.encode(text, b);
  check::isTrue(a == b, "a parsed encoding encodes otherwise");
  for (const char* bad : {"", "etalon-bpe 2\n", "etalon-bpe 1\n1 256\n", "etalon-bpe 1\n1\n", "etalon-bpe 1\n1 2",
                          "etalon-bpe 1\n-1 2\n", "etalon-bpe 1\n1 2\n1 2\n"}) {
    bool refused = false;
    try {
      BytePairEncoding::parse(bad, "merges");
    } catch (const DataError&) {
      refused = true;
    }
    check::isTrue(refused, std::string("accepted merges: ") + bad);
  }
}

void testShards(const TemporaryFolder& f) {
  std::filesystem::create_directory(f.file("texts"));
  const std::string text = testing::sourceText();
  for (size_t i = 0; i < 30; i++) f.write("texts/" + std::to_string(i) + ".txt", text.substr(i * 2000, 2000));
  const Json result = prepareData(f.file("out"), {f.file("texts")}, 0.3, 400);
  check::equal(prepareData(f.file("again"), {f.file("texts")}, 0.3, 400).dump(), result.dump(), "preparing twice");
  prepareData(f.file("bytes"), {f.file("texts")}, 0.3);
  for (const char* side : {"train.bin", "val.bin"})
    check::isTrue(
        decodeShard(f.file("out/") + side, f.file("out/merges.bpe")) == TemporaryFolder::read(f.file("bytes/") + side),
        std::string("decoded ") + side);
  const TokenFile train = readTokenFile(f.file("out/train.bin"), 64, 400, DataFormat::u16);
  check::near(result.find("train_tokens")->number(), double(train.count()), 0, "tokens");
  check::near(result.find("vocab")->number(), 400, 0, "vocabulary");
}

}  // namespace

int main() {
  const TemporaryFolder folder;
  testMerges();
  testWords();
  testRoundTrip();
  testShards(folder);
  return check::finish("bpe");
}

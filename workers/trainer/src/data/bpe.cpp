#include "data/bpe.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <queue>
#include <set>

namespace etalon {
namespace {

constexpr const char* kHeader = "etalon-bpe 1";
constexpr size_t kMostCachedWords = 1 << 20;

uint64_t pairKey(int32_t left, int32_t right) { return uint64_t(uint32_t(left)) << 32 | uint32_t(right); }

enum class ByteClass { letter, digit, space, sign };

ByteClass classOf(char c) {
  const auto b = uint8_t(c);
  if (b >= 128 || (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z')) return ByteClass::letter;
  if (b >= '0' && b <= '9') return ByteClass::digit;
  return b == ' ' || (b >= '\t' && b <= '\r') ? ByteClass::space : ByteClass::sign;
}

// The words of a corpus with their counts, and where every pair occurs.
class PairCounter {
 public:
  explicit PairCounter(const std::vector<std::string>& documents) {
    std::map<std::string_view, int64_t> counts;  // ordered, so that word numbers do not depend on a hash
    for (const std::string& document : documents)
      for (const std::string_view word : splitWords(document)) counts[word]++;
    for (const auto& [word, count] : counts) {
      Word entry{{}, count};
      for (const char c : word) entry.tokens.push_back(uint8_t(c));
      words_.push_back(std::move(entry));
    }
    for (size_t w = 0; w < words_.size(); w++) countPairs(w, 1);
    for (const auto& [key, pair] : pairs_) heap_.push({pair.count, key});
  }

  // The most frequent pair; a count below two ends the training.
  bool best(uint64_t& key) {
    while (!heap_.empty()) {
      const Candidate top = heap_.top();
      if (const int64_t now = pairs_[top.key].count; now == top.count) return key = top.key, top.count >= 2;
      heap_.pop();
    }
    return false;
  }

  void merge(uint64_t key, int32_t token) {
    const auto left = int32_t(key >> 32), right = int32_t(key & 0xFFFFFFFFu);
    changed_.clear();
    const std::set<size_t> places = std::move(pairs_[key].words);
    for (const size_t w : places) {
      countPairs(w, -1);
      std::vector<int32_t>& t = words_[w].tokens;
      size_t to = 0;
      for (size_t i = 0; i < t.size(); i++) {
        const bool joined = i + 1 < t.size() && t[i] == left && t[i + 1] == right;
        t[to++] = joined ? token : t[i];
        i += joined;
      }
      t.resize(to);
      countPairs(w, 1);
    }
    for (const uint64_t changed : changed_)
      if (const int64_t count = pairs_[changed].count; count > 0) heap_.push({count, changed});
  }

 private:
  struct Word {
    std::vector<int32_t> tokens;
    int64_t count;
  };
  struct Pair {
    int64_t count = 0;
    std::set<size_t> words;
  };
  struct Candidate {
    int64_t count;
    uint64_t key;
    bool operator<(const Candidate& other) const {
      return count != other.count ? count < other.count : key > other.key;
    }
  };

  void countPairs(size_t w, int sign) {
    const Word& word = words_[w];
    for (size_t i = 0; i + 1 < word.tokens.size(); i++) {
      const uint64_t key = pairKey(word.tokens[i], word.tokens[i + 1]);
      Pair& pair = pairs_[key];
      pair.count += sign * word.count;
      if (sign > 0) pair.words.insert(w);
      changed_.insert(key);
    }
  }

  std::vector<Word> words_;
  std::unordered_map<uint64_t, Pair> pairs_;
  std::set<uint64_t> changed_;
  std::priority_queue<Candidate> heap_;
};

}  // namespace

std::vector<std::string_view> splitWords(std::string_view text) {
  std::vector<std::string_view> words;
  for (size_t at = 0; at < text.size();) {
    size_t end = at + 1;
    ByteClass kind = classOf(text[at]);
    if (text[at] == ' ' && end < text.size() && classOf(text[end]) != ByteClass::space) kind = classOf(text[end++]);
    while (end < text.size() && classOf(text[end]) == kind) end++;
    // The last space of a run goes with the word behind it.
    if (kind == ByteClass::space && end - at > 1 && end < text.size() && text[end - 1] == ' ') end--;
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

BytePairEncoding BytePairEncoding::train(const std::vector<std::string>& documents, int64_t vocab) {
  PairCounter counter(documents);
  BytePairEncoding out = parse(std::string(kHeader) + "\n", "");
  uint64_t key = 0;
  while (out.vocab() < vocab && counter.best(key)) {
    counter.merge(key, int32_t(out.vocab()));
    out.add({int32_t(key >> 32), int32_t(key & 0xFFFFFFFFu)});
  }
  return out;
}

BytePairEncoding BytePairEncoding::parse(const std::string& text, const std::string& path) {
  BytePairEncoding out;
  for (int b = 0; b < 256; b++) out.bytes_.push_back(std::string(1, char(b)));
  const std::string header = std::string(kHeader) + "\n";
  if (text.rfind(header, 0) != 0) throw DataError(path + " is not a merges file (first line " + kHeader + ")");
  const char *at = text.data() + header.size(), *end = text.data() + text.size();
  while (at < end) {
    int32_t left = -1, right = -1;
    const auto [space, error] = std::from_chars(at, end, left);
    bool good = error == std::errc() && space < end && *space == ' ';
    if (good) {
      const auto [stop, error2] = std::from_chars(space + 1, end, right);
      good = error2 == std::errc() && stop < end && *stop == '\n';
      at = stop + 1;
    }
    if (!good || left < 0 || right < 0 || left >= out.vocab() || right >= out.vocab() ||
        out.ranks_.count(pairKey(left, right)) ||
        out.bytes_[size_t(left)].size() + out.bytes_[size_t(right)].size() > (1 << 16))
      throw DataError(path + " has no usable merge in line " + std::to_string(out.merges_.size() + 2));
    out.add({left, right});
  }
  return out;
}

std::string BytePairEncoding::text() const {
  std::string out = std::string(kHeader) + "\n";
  for (const auto& [left, right] : merges_) out += std::to_string(left) + " " + std::to_string(right) + "\n";
  return out;
}

void BytePairEncoding::add(Merge merge) {
  ranks_[pairKey(merge.first, merge.second)] = int32_t(vocab());
  bytes_.push_back(bytes_[size_t(merge.first)] + bytes_[size_t(merge.second)]);
  merges_.push_back(merge);
}

// Applies the earliest merge that fits, everywhere in the word, until none does: what training did.
std::vector<int32_t> BytePairEncoding::encodeWord(std::string_view word) const {
  std::vector<int32_t> tokens;
  for (const char c : word) tokens.push_back(uint8_t(c));
  while (tokens.size() > 1) {
    int32_t best = INT32_MAX;
    for (size_t i = 0; i + 1 < tokens.size(); i++)
      if (const auto found = ranks_.find(pairKey(tokens[i], tokens[i + 1])); found != ranks_.end())
        best = std::min(best, found->second);
    if (best == INT32_MAX) break;
    const auto [left, right] = merges_[size_t(best - 256)];
    size_t to = 0;
    for (size_t i = 0; i < tokens.size(); i++) {
      const bool joined = i + 1 < tokens.size() && tokens[i] == left && tokens[i + 1] == right;
      tokens[to++] = joined ? best : tokens[i];
      i += joined;
    }
    tokens.resize(to);
  }
  return tokens;
}

void BytePairEncoding::encode(std::string_view text, std::vector<int32_t>& tokens) {
  for (const std::string_view word : splitWords(text)) {
    if (words_.size() > kMostCachedWords) words_.clear();
    const auto [found, fresh] = words_.try_emplace(std::string(word));
    if (fresh) found->second = encodeWord(word);
    tokens.insert(tokens.end(), found->second.begin(), found->second.end());
  }
}

std::string BytePairEncoding::decode(const std::vector<int32_t>& tokens) const {
  std::string out;
  for (const int32_t token : tokens) {
    if (token < 0 || token >= vocab())
      throw DataError("the token " + std::to_string(token) + " is outside a vocabulary of " + std::to_string(vocab()));
    out += bytes_[size_t(token)];
  }
  return out;
}

}  // namespace etalon

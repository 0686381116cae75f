// Byte-level byte-pair encoding (Sennrich et al. 2016): tokens 0 to 255 are the bytes, every merge makes the next one.
#pragma once
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "data/token-source.hpp"

namespace etalon {

/// Cuts text into words: a run of letters (every byte from 128 on counts as one), of digits or of other signs, each
/// with the one space before it, or a run of white space. Joined, the words are the text. No merge crosses a word.
std::vector<std::string_view> splitWords(std::string_view text);

class BytePairEncoding {
 public:
  using Merge = std::pair<int32_t, int32_t>;

  /// Learns merges from the text until there are `vocab` tokens or no pair comes twice. Each merge takes the most
  /// frequent pair, the smallest pair of token numbers among equals: the same text gives the same merges.
  static BytePairEncoding train(const std::vector<std::string>& documents, int64_t vocab);

  /// Reads what text() wrote; throws DataError naming `path` on anything else.
  static BytePairEncoding parse(const std::string& text, const std::string& path);
  std::string text() const;

  int64_t vocab() const { return 256 + int64_t(merges_.size()); }
  /// Appends the tokens of the text; words are cached, so one object serves one thread.
  void encode(std::string_view text, std::vector<int32_t>& tokens);
  /// The bytes of the tokens; throws DataError for a token outside the vocabulary.
  std::string decode(const std::vector<int32_t>& tokens) const;

 private:
  void add(Merge merge);
  std::vector<int32_t> encodeWord(std::string_view word) const;

  std::vector<Merge> merges_;
  std::vector<std::string> bytes_;  // of every token
  std::unordered_map<uint64_t, int32_t> ranks_;  // pair to the token it becomes
  std::unordered_map<std::string, std::vector<int32_t>> words_;
};

}  // namespace etalon

// Files of tokens, in the layouts that other trainers write. All of them are little-endian.
#pragma once
#include <vector>

#include "config/config.hpp"
#include "data/token-source.hpp"

namespace etalon {

/// Tokens in memory, `tokenBytes` (1, 2 or 4) bytes each, lowest byte first.
struct TokenFile : TokenSource {
  explicit TokenFile(std::vector<uint8_t> bytes = {}, int tokenBytes = 1)
      : tokens(std::move(bytes)), tokenBytes(tokenBytes) {}

  std::vector<uint8_t> tokens;
  int tokenBytes;

  int64_t count() const { return int64_t(tokens.size()) / tokenBytes; }
  uint32_t at(int64_t index) const;
  int64_t windows(int64_t seqLen) const override { return count() < 1 ? 0 : (count() - 1) / seqLen; }
  void readWindow(int64_t window, int64_t seqLen, int32_t* out) const override;
  std::string hash() const override;
  Json description() const override;
};

/// Reads a file, or the files that a `*` pattern matches one after the other in order of name. For `nanogpt` a token
/// is 4 bytes when vocab is more than 65536 and 2 otherwise. `path` of a Megatron file is its .bin, its .idx or their
/// common prefix. Throws DataError when a file is unreadable or not of the format, when a token is not less than vocab
/// (names file, position and value), or when there is no whole window.
TokenFile readTokenFile(const std::string& path, int64_t seqLen, int64_t vocab, DataFormat format = DataFormat::u8);

}  // namespace etalon

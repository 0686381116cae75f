// Files of tokens: one byte a token.
#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace etalon {

/// Training data that cannot be used.
struct DataError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct TokenFile {
  std::vector<uint8_t> tokens;

  /// Non-overlapping windows of seqLen inputs, each with one more token as last target.
  int64_t windows(int64_t seqLen) const { return (int64_t(tokens.size()) - 1) / seqLen; }
};

/// Reads the file; throws DataError when it is unreadable, holds no whole window or a token >= vocab.
TokenFile readTokenFile(const std::string& path, int64_t seqLen, int64_t vocab);

}  // namespace etalon

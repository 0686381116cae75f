#include "token-file.hpp"

#include <algorithm>
#include <fstream>

namespace etalon {

TokenFile readTokenFile(const std::string& path, int64_t seqLen, int64_t vocab) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const std::streamoff size = file ? std::streamoff(file.tellg()) : -1;
  if (size < 0) throw DataError(path + " cannot be read");
  TokenFile data;
  data.tokens.resize(size_t(size));
  file.seekg(0);
  if (!file.read(reinterpret_cast<char*>(data.tokens.data()), size)) throw DataError(path + " cannot be read");
  if (size <= seqLen)
    throw DataError(path + " holds " + std::to_string(size) + " tokens, fewer than one window of " +
                    std::to_string(seqLen + 1));
  const int largest = *std::max_element(data.tokens.begin(), data.tokens.end());
  if (largest >= vocab)
    throw DataError(path + " holds the token " + std::to_string(largest) + ", but model.vocab is " + std::to_string(vocab));
  return data;
}

}  // namespace etalon

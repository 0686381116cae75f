#include "data/token-file.hpp"

#include <glob.h>

#include <cstring>

#include "base/sha256.hpp"
#include "data/token-layouts.hpp"

namespace etalon {
namespace {

// glob sorts by the locale's order; the program never sets one, so that is the order of bytes.
std::vector<std::string> matchingFiles(const std::string& path) {
  if (path.find('*') == std::string::npos) return {path};
  glob_t found{};
  const int failed = glob(path.c_str(), 0, nullptr, &found);
  std::vector<std::string> files;
  if (!failed) files.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  globfree(&found);
  if (files.empty()) throw DataError(path + " matches no file");
  return files;
}

void requireTokensBelow(const TokenFile& data, int64_t vocab, const std::string& path) {
  for (int64_t i = 0; i < data.count(); i++)
    if (int64_t(data.at(i)) >= vocab)
      throw DataError(path + " holds the token " + std::to_string(data.at(i)) + " at position " + std::to_string(i) +
                      ", but model.vocab is " + std::to_string(vocab));
}

}  // namespace

TokenFile readTokenFile(const std::string& path, int64_t seqLen, int64_t vocab, DataFormat format) {
  TokenFile all;
  bool first = true;
  for (const std::string& match : matchingFiles(path)) {
    const std::string file = format == DataFormat::megatron ? megatronTokensPath(match) : match;
    TokenFile part = cutTokens(file, readWholeFile(file), format, vocab > 65536 ? 4 : 2);
    requireTokensBelow(part, vocab, file);
    if (first) {
      all = std::move(part);
    } else {
      if (part.tokenBytes != all.tokenBytes)
        throw DataError(file + " has tokens of " + std::to_string(part.tokenBytes) + " bytes, the files before it of " +
                        std::to_string(all.tokenBytes));
      all.tokens.insert(all.tokens.end(), part.tokens.begin(), part.tokens.end());
    }
    first = false;
  }
  if (all.count() <= seqLen)
    throw DataError(path + " holds " + std::to_string(all.count()) + " tokens, fewer than one window of " +
                    std::to_string(seqLen + 1));
  return all;
}

uint32_t TokenFile::at(int64_t index) const {
  uint32_t value = 0;
  std::memcpy(&value, tokens.data() + index * tokenBytes, size_t(tokenBytes));
  return value;
}

void TokenFile::readWindow(int64_t window, int64_t seqLen, int32_t* out) const {
  for (int64_t t = 0; t <= seqLen; t++) out[t] = int32_t(at(window * seqLen + t));
}

std::string TokenFile::hash() const {
  Sha256 hash;
  hash.add(tokens.data(), tokens.size());
  return hash.finish();
}

Json TokenFile::description() const { return Json::object().set("tokens", count()).set("token_bytes", tokenBytes); }

}  // namespace etalon

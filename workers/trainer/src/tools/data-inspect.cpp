#include "tools/data-inspect.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "data/token-layouts.hpp"

namespace etalon {
namespace {

double entropyTerm(int64_t count, double total) {
  return count > 0 ? -double(count) / total * std::log(double(count) / total) : 0.0;
}

// Little-endian tokens leave the high bytes of every group nearly constant.
std::string headerlessHint(const std::vector<uint8_t>& bytes) {
  for (const size_t size : {size_t(4), size_t(2)}) {
    if (bytes.size() % size || bytes.size() < 64) continue;
    size_t high = 0, zero = 0;
    for (size_t i = size - 1; i < bytes.size(); i += size)
      high++, zero += bytes[i] == 0 && (size == 2 || bytes[i - 1] == 0);
    if (zero * 10 > high * 9) return size == 2 ? "u16" : "u32";
  }
  return "";
}

double bigramEntropy(const TokenFile& data) {
  std::vector<int64_t> pairs(256 * 256);
  for (int64_t i = 1; i < data.count(); i++) pairs[data.at(i - 1) * 256 + data.at(i)]++;
  double sum = 0;
  for (const int64_t n : pairs) sum += entropyTerm(n, double(data.count() - 1));
  return sum;
}

}  // namespace

Json inspectData(const std::string& path, std::optional<DataFormat> format) {
  std::vector<uint8_t> bytes = readWholeFile(path);
  if (!format) format = recognizeFormat(path, bytes);
  const std::string hint = format ? "" : headerlessHint(bytes);
  const DataFormat used = format.value_or(DataFormat::u8);
  const std::string file = used == DataFormat::megatron ? megatronTokensPath(path) : path;
  if (file != path) bytes = readWholeFile(file);
  const auto fileBytes = int64_t(bytes.size());
  const TokenFile data = cutTokens(file, std::move(bytes), used, 2);
  if (data.count() < 2) throw DataError(path + " holds fewer than two tokens");

  std::unordered_map<uint32_t, int64_t> counts;
  uint32_t largest = 0;
  for (int64_t i = 0; i < data.count(); i++) {
    counts[data.at(i)]++;
    largest = std::max(largest, data.at(i));
  }
  std::vector<std::pair<uint32_t, int64_t>> sorted(counts.begin(), counts.end());
  std::sort(sorted.begin(), sorted.end());
  double unigram = 0;
  for (const auto& [token, count] : sorted) unigram += entropyTerm(count, double(data.count()));

  Json out = Json::object();
  out.set("path", path).set("format", dataFormatName(used)).set("bytes", fileBytes);
  if (!hint.empty()) out.set("looks_like", hint);
  out.set("tokens", data.count()).set("token_bytes", data.tokenBytes).set("largest_token", int64_t(largest));
  out.set(data.tokenBytes == 1 ? "distinct_bytes" : "distinct_tokens", int64_t(sorted.size()));
  out.set("unigram_entropy", unigram);
  if (data.tokenBytes == 1) out.set("bigram_entropy", std::max(0.0, bigramEntropy(data) - unigram));
  return out.set("sha256", data.hash());
}

}  // namespace etalon

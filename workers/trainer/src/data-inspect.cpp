#include "data-inspect.hpp"

#include <cmath>
#include <vector>

#include "sha256.hpp"
#include "token-file.hpp"

namespace etalon {
namespace {

double entropy(const std::vector<int64_t>& counts, double total) {
  double sum = 0.0;
  for (const int64_t n : counts)
    if (n > 0) sum -= double(n) / total * std::log(double(n) / total);
  return sum;
}

}  // namespace

Json inspectData(const std::string& path) {
  const std::vector<uint8_t> bytes = readTokenFile(path, 1, 256).tokens;
  std::vector<int64_t> single(256), pairs(256 * 256);
  int64_t distinct = 0;
  for (size_t i = 0; i < bytes.size(); i++) {
    distinct += single[bytes[i]]++ == 0;
    if (i > 0) pairs[size_t(bytes[i - 1]) * 256 + bytes[i]]++;
  }
  const double unigram = entropy(single, double(bytes.size()));
  Sha256 hash;
  hash.add(bytes.data(), bytes.size());
  Json out = Json::object();
  out.set("path", path).set("bytes", int64_t(bytes.size())).set("distinct_bytes", distinct);
  out.set("unigram_entropy", unigram);
  out.set("bigram_entropy", std::max(0.0, entropy(pairs, double(bytes.size() - 1)) - unigram));
  return out.set("sha256", hash.finish());
}

}  // namespace etalon

#include "data/synthetic-source.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/random.hpp"
#include "base/sha256.hpp"

namespace etalon {
namespace {

constexpr std::string_view kPrefix = "synthetic:";
constexpr uint64_t kStride = 0x9E3779B97F4A7C15ull;

double parameter(const std::string& field, const std::string& pair, double least, double most, bool whole) {
  const size_t equals = pair.find('=');
  double value = 0;
  const char *begin = pair.data() + equals + 1, *end = pair.data() + pair.size();
  const auto [stop, error] = std::from_chars(begin, end, value);
  if (error != std::errc() || stop != end) throw ConfigError(field, pair + " has no number");
  if (!(value >= least && value <= most) || (whole && value != std::floor(value)))
    throw ConfigError(field, pair + " is not " + (whole ? "a whole number " : "") + "between " + Json(least).dump() +
                                 " and " + Json(most).dump());
  return value;
}

double unitInterval(uint64_t bits) { return double(mixBits(bits) >> 11) * 0x1p-53; }

}  // namespace

bool isSyntheticPath(const std::string& path) { return path.rfind(kPrefix, 0) == 0; }

SyntheticSource::SyntheticSource(const std::string& path, const std::string& field, int64_t vocab, bool heldOut)
    : order_(1), vocab_(vocab), exponent_(1.5), seed_(1), draws_(hashText(heldOut ? "held out" : "train")) {
  if (!isSyntheticPath(path)) throw ConfigError(field, path + " does not start with synthetic:");
  for (size_t at = kPrefix.size(); at < path.size();) {
    const size_t end = std::min(path.find(',', at), path.size());
    const std::string pair = path.substr(at, end - at), key = pair.substr(0, pair.find('='));
    if (key == "order") order_ = int64_t(parameter(field, pair, 0, 8, true));
    else if (key == "exponent") exponent_ = parameter(field, pair, 0, 8, false);
    else if (key == "seed") seed_ = uint64_t(parameter(field, pair, 0, 0x1p53, true));
    else throw ConfigError(field, pair + " is not one of order=, exponent=, seed=");
    at = end + 1;
  }
  double total = 0;
  for (int64_t r = 1; r <= vocab_; r++) cumulative_.push_back(total += std::pow(double(r), -exponent_));
  for (double& value : cumulative_) value /= total;
  cumulative_.back() = 1.0;
}

double SyntheticSource::entropy() const {
  double sum = 0, before = 0;
  for (const double up : cumulative_) {
    const double p = up - before;
    if (p > 0) sum -= p * std::log(p);
    before = up;
  }
  return sum;
}

// So many that no run reaches the end, and few enough for every product with a sequence length.
int64_t SyntheticSource::windows(int64_t) const { return int64_t(1) << 40; }

uint64_t SyntheticSource::rankOf(double uniform) const {
  return uint64_t(std::upper_bound(cumulative_.begin(), cumulative_.end(), uniform) - cumulative_.begin());
}

void SyntheticSource::readWindow(int64_t window, int64_t seqLen, int32_t* out) const {
  const uint64_t stream = mixBits(mixBits(seed_ + draws_) + uint64_t(window) * kStride);
  // The context before the window is drawn uniformly; it is a context like any other.
  std::vector<int32_t> context(static_cast<size_t>(order_));
  for (size_t i = 0; i < context.size(); i++)
    context[i] = int32_t(unitInterval(stream - (i + 1) * kStride) * double(vocab_));
  for (int64_t t = 0; t <= seqLen; t++) {
    uint64_t key = mixBits(seed_ + kStride);
    for (int64_t back = 1; back <= order_; back++)
      key = mixBits(key * kStride + uint64_t(t >= back ? out[t - back] : context[size_t(back - t - 1)]));
    const uint64_t rank = rankOf(unitInterval(stream + uint64_t(t + 1) * kStride));
    out[t] = int32_t(Permutation(uint64_t(vocab_), key)(rank));
  }
}

std::string SyntheticSource::hash() const {
  const std::string text = description().dump() + std::to_string(vocab_) + std::to_string(draws_);
  Sha256 hash;
  hash.add(text.data(), text.size());
  return hash.finish();
}

Json SyntheticSource::description() const {
  Json out = Json::object();
  out.set("order", order_).set("exponent", exponent_).set("generator_seed", double(seed_));
  return out.set("entropy", entropy());
}

}  // namespace etalon

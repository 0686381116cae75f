#include "cuda/multiplier.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace etalon::cuda {
namespace {

constexpr int kTimedRuns = 10;
constexpr int64_t kSampledRows = 8;  // at each end of a result
// Of the largest element: finds a wrong layout and, in fp32, operands rounded to tf32; allows another order of the sum.
constexpr double kAgreement = 3e-5, kAgreementBf16 = 1e-3;

std::string cachePath() {
  const auto variable = [](const char* name) { return std::string(std::getenv(name) ? std::getenv(name) : ""); };
  if (const std::string path = variable("ETALON_CUBLASLT_CACHE"); !path.empty()) return path;
  std::string folder = variable("XDG_CACHE_HOME");
  if (folder.empty() && !variable("HOME").empty()) folder = variable("HOME") + "/.cache";
  return folder.empty() ? "" : folder + "/etalon/cublaslt";
}

// Rows of memory and elements of each.
int64_t lines(const Side& side, int64_t rows, int64_t depth) { return side.rowsContiguous ? depth : rows; }
int64_t lineLength(const Side& side, int64_t rows, int64_t depth) { return side.rowsContiguous ? rows : depth; }

std::string keyOf(const Product& p) {
  std::ostringstream out;
  out << p.m << ',' << p.n << ',' << p.k << ',' << p.a.ld << ',' << p.a.rowsContiguous << ',' << p.b.ld << ','
      << p.b.rowsContiguous << ',' << p.ldc << ',' << p.bf16 << ','
      << (p.add == nullptr ? 0
          : p.add == p.c   ? 1
                           : 2)
      << ',' << alignmentOf(p.c) << ',' << alignmentOf(p.add);
  if (!p.bf16) out << ',' << alignmentOf(p.a.values) << ',' << alignmentOf(p.b.values);
  return out.str();
}

// A stand-in for an array: as large, as aligned, filled with numbers between -1 and 1.
struct Scratch {
  DeviceMemory memory;
  float* values;
  int64_t count;

  Scratch(Stream& stream, const void* of, int64_t count) : memory(size_t(count) * sizeof(float) + 512), count(count) {
    const uintptr_t offset = alignmentOf(of) % 256;
    values = memory.as<float>(offset);
    fill(stream);
  }
  void fill(Stream& stream) { fillPattern({stream.get(), 1, 0}, values, count); }
};

}  // namespace

Multiplier::Multiplier(Stream& stream, std::string device, std::unique_ptr<CublasLt> library)
    : stream_(stream), library_(std::move(library)) {
  if (!library_) return;
  std::replace(device.begin(), device.end(), ' ', '_');
  prefix_ = device + " " + std::to_string(library_->version());
  path_ = cachePath();
  workspace_ = DeviceMemory(kLtWorkspace);
  readFile();
}

// Lines: device, version, key, then "own" or the workspace and the eight words of an algorithm. The first of a key
// counts.
void Multiplier::readFile() {
  std::ifstream file(path_);
  for (std::string line; std::getline(file, line);) {
    if (line.rfind(prefix_ + " ", 0) != 0) continue;
    std::istringstream fields(line.substr(prefix_.size() + 1));
    std::string key, kind;
    fields >> key >> kind;
    if (kind == "own") choices_.try_emplace(key, std::nullopt);
    LtAlgorithm algorithm{};
    if (kind != "lt" || !(fields >> algorithm.workspace)) continue;
    for (uint64_t& word : algorithm.words) fields >> word;
    if (fields && algorithm.workspace <= kLtWorkspace) choices_.try_emplace(key, algorithm);
  }
}

// A file that cannot be written costs the next process its time only.
void Multiplier::appendToFile(const std::string& key, const Choice& choice) const {
  if (path_.empty()) return;
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(path_).parent_path(), ignored);
  std::ostringstream line;
  line << prefix_ << ' ' << key << (choice ? " lt" : " own");
  if (choice) line << ' ' << choice->workspace;
  if (choice)
    for (const uint64_t word : choice->words) line << ' ' << word;
  std::ofstream(path_, std::ios::app) << line.str() + "\n";
}

void Multiplier::multiply(const Launch& on, const Product& product) {
  if (!library_ || on.runs > 1 || product.groups.axis != GroupAxis::none || product.m * product.n * product.k == 0)
    return cuda::multiply(on, product);
  const std::string key = keyOf(product);
  auto found = choices_.find(key);
  if (found == choices_.end()) {
    if (!tuning_) return cuda::multiply(on, product);
    found = choices_.emplace(key, tune(on, product)).first;
    appendToFile(key, found->second);
  }
  if (tuning_ && product.bf16 && found->second) prepare(on, product);  // sizes the buffers that a recording will use
  run(on, product, found->second);
}

LtProduct Multiplier::prepare(const Launch& on, const Product& p) {
  LtProduct out{p, p.a.values, p.b.values, p.a.ld, p.b.ld};
  if (!p.bf16) return out;
  const Side* sides[] = {&p.a, &p.b};
  const int64_t rows[] = {p.m, p.n};
  for (int i = 0; i < 2; i++) {
    const int64_t ld = (lineLength(*sides[i], rows[i], p.k) + 7) / 8 * 8;
    const size_t bytes = size_t(lines(*sides[i], rows[i], p.k) * ld) * sizeof(uint16_t);
    if (bytes > roundedBytes_[i]) {
      if (!tuning_) throw DeviceError("a product that was not tuned needs more memory");
      stream_.synchronize();
      retired_.push_back(std::move(rounded_[i]));  // recordings go on reading it
      rounded_[i] = DeviceMemory(bytes);
      roundedBytes_[i] = bytes;
    }
    roundSide(on, *sides[i], rows[i], p.k, rounded_[i].as<uint16_t>(), ld);
    (i == 0 ? out.a : out.b) = rounded_[i].as<void>();
    (i == 0 ? out.lda : out.ldb) = ld;
  }
  return out;
}

void Multiplier::run(const Launch& on, const Product& product, const Choice& choice) {
  if (!choice) return cuda::multiply(on, product);
  library_->multiply(on.stream, prepare(on, product), *choice, workspace_.as<void>());
}

// The first and the last rows of a result.
std::vector<float> Multiplier::sample(const Product& p) {
  const int64_t rows = std::min(p.m, kSampledRows);
  std::vector<float> out(size_t(2 * rows * p.n));
  for (int64_t i = 0; i < 2 * rows; i++)
    stream_.toHost(out.data() + i * p.n, p.c + (i < rows ? i : p.m - 2 * rows + i) * p.ldc,
                   size_t(p.n) * sizeof(float));
  stream_.synchronize();
  return out;
}

Multiplier::Choice Multiplier::tune(const Launch& on, const Product& product) {
  Product p = product;
  const auto size = [&](const Side& side, int64_t rows) {
    return (lines(side, rows, p.k) - 1) * side.ld + lineLength(side, rows, p.k);
  };
  const int64_t result = (p.m - 1) * p.ldc + p.n;
  Scratch a(stream_, p.a.values, size(p.a, p.m)), b(stream_, p.b.values, size(p.b, p.n)), c(stream_, p.c, result);
  Scratch add(stream_, p.add, p.add && p.add != p.c ? result : 1);
  p.add = p.add == nullptr ? nullptr : p.add == p.c ? c.values : add.values;
  p.a.values = a.values;
  p.b.values = b.values;
  p.c = c.values;
  run(on, p, std::nullopt);
  const std::vector<float> expected = sample(p);
  double scale = 0;
  for (const float x : expected) scale = std::max(scale, double(std::fabs(x)));
  const auto agrees = [&](const Choice& choice) {
    c.fill(stream_);
    run(on, p, choice);
    const std::vector<float> actual = sample(p);
    for (size_t i = 0; i < actual.size(); i++)
      if (!(std::fabs(double(actual[i]) - double(expected[i])) <= (p.bf16 ? kAgreementBf16 : kAgreement) * scale))
        return false;
    return true;
  };
  const auto seconds = [&](const Choice& choice) {
    stream_.synchronize();
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kTimedRuns; i++) run(on, p, choice);
    stream_.synchronize();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  Choice best;
  double fastest = seconds(best);
  for (const LtAlgorithm& algorithm : library_->algorithms(prepare(on, p))) {
    if (!agrees(algorithm)) continue;
    const double took = seconds(algorithm);
    if (took < fastest) best = algorithm, fastest = took;
  }
  return best;
}

int64_t Multiplier::libraryChoices() const {
  return std::count_if(choices_.begin(), choices_.end(), [](const auto& entry) { return entry.second.has_value(); });
}

}  // namespace etalon::cuda

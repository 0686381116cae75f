// What muP promises: a learning rate that holds for every width, and sizes that do not grow with width. The standard
// parametrisation, which is the control, must fail both.
//
// Everything here was fixed before the results were seen (docs/trainer.md says what an earlier version had shown):
// - Model: depth 2, head dimension 16, hidden 2 width, context 32, byte vocabulary, base width 64; every other setting
// at
//   its default. Data: the synthetic source at its defaults, which never repeats a window and does not change when a
//   file of the repository does.
// - Transfer: the optimum of a width is the vertex of the parabola (in log2 of the rate) through the lowest mean of
// three
//   seeds on a factor-2 grid and its two neighbours. From width 64 to 256 it may move by at most one step of the grid
//   under muP and must move by more under the control.
// - Coordinates: widths 64 x {1, 2, 4, 8}, three seeds, six steps at a constant rate: the grid's best for muP at width
//   64. The head starts at zero, since the logits of a random head fall with width under muP whatever the rate
//   (appendix D.2 of Yang et al. 2022). Slopes of residual stream and logits, and of their change, lie within +-0.1;
//   the control's logits must change with a slope above 0.4.
#include <algorithm>
#include <future>
#include <map>

#include "check.hpp"
#include "tools/coord-check.hpp"
#include "data/data-source.hpp"
#include "held-out-loss.hpp"
#include "run-config.hpp"
#include "temporary-folder.hpp"

using namespace etalon;

namespace {

constexpr double kMostShift = 1, kLeastControlSlope = 0.4;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;  // the same code in a few small runs, whose results say nothing about width
#else
constexpr bool kSanitized = false;
#endif
constexpr int kSeeds = kSanitized ? 1 : 3, kFirstRate = -7, kLowestRate = -14, kHighestRate = -2;  // log2 of the rate
constexpr int64_t kBaseWidth = 64;

testing::RunText runText(int64_t width, const std::string& parametrization, const std::string& schedule, int seed) {
  return {.model = R"("width":)" + std::to_string(width) + R"(,"depth":2,"heads":)" + std::to_string(width / 16) +
                   R"(,"hidden":)" + std::to_string(2 * width) + R"(,"seqLen":32)",
          .parametrization = parametrization + R"(,"baseWidth":)" + std::to_string(kBaseWidth),
          .schedule = schedule,
          .rest = R"("batchSeqs":8,"tokens":[24576],"seed":)" + std::to_string(seed) +
                  R"(,"data":{"train":"synthetic:","val":"synthetic:"})"};
}

double lossAt(const std::string& parametrization, int64_t width, int rate, int seed) {
  const std::string schedule = R"("kind":"linear","warmupTokens":4096,"peakLr":)" + Json(std::exp2(rate)).dump();
  const RunConfig config = runText(width, parametrization, schedule, seed).config();
  const auto train = openData(config, DataSide::train), val = openData(config, DataSide::heldOut);
  const double loss = testing::heldOutLoss(config, *train, *val);
  return std::isfinite(loss) ? loss : 1e30;
}

/// Mean held-out loss of the seeds, in nats a token.
double meanLoss(const std::string& parametrization, int64_t width, int rate) {
  std::vector<std::future<double>> losses;
  for (int seed = 1; seed <= kSeeds; seed++)
    losses.push_back(std::async(std::launch::async, lossAt, parametrization, width, rate, seed));
  double sum = 0;
  for (auto& loss : losses) sum += loss.get();
  return sum / kSeeds;
}

struct Optimum {
  int grid;  // log2 of the grid's best rate
  double vertex;  // log2 of the rate at the parabola's vertex
};

// Walks downhill from `first` until both neighbours are worse, so that a width takes three rates or a few more.
Optimum bestRate(const std::string& parametrization, int64_t width, int first) {
  std::map<int, double> losses;
  const auto loss = [&](int rate) {
    const auto [entry, fresh] = losses.try_emplace(rate, 0.0);
    if (fresh) entry->second = meanLoss(parametrization, width, rate);
    return entry->second;
  };
  int best = first;
  for (bool moved = true; moved && best > kLowestRate && best < kHighestRate;) {
    const int next = loss(best - 1) < loss(best + 1) ? best - 1 : best + 1;
    moved = loss(next) < loss(best);
    if (moved) best = next;
  }
  std::printf("%s width %3lld:", parametrization.c_str(), static_cast<long long>(width));
  for (const auto& [rate, value] : losses) std::printf("  2^%d %.4f", rate, value);
  const bool inside = best > kLowestRate && best < kHighestRate;
  check::isTrue(inside, parametrization + ": no optimum between 2^-14 and 2^-2");
  if (!inside) return {best, NAN};
  const double below = loss(best - 1), above = loss(best + 1);
  const double vertex = best + 0.5 * (below - above) / (below - 2 * loss(best) + above);
  std::printf("  best 2^%.2f\n", vertex);
  return {best, vertex};
}

/// Checks the transfer; returns log2 of the grid's best rate for muP at the base width.
int testTransfer() {
  int rateOfBase = 0;
  // `toNext`: where the walk of the next width starts, which saves it the rates in between.
  const auto shift = [&](const std::string& parametrization, int toNext) {
    std::vector<double> vertices;
    int first = kFirstRate;
    for (const int64_t width : {kBaseWidth, 2 * kBaseWidth, 4 * kBaseWidth}) {
      const Optimum best = bestRate(parametrization, width, first);
      if (vertices.empty()) rateOfBase = best.grid;
      vertices.push_back(best.vertex);
      first = best.grid + toNext;
    }
    return std::fabs(vertices.back() - vertices.front());
  };
  const double standard = shift(R"("kind":"standard")", -1), mup = shift(R"("kind":"mup")", 0);
  std::printf("the optimum moves by %.2f steps under muP, by %.2f under the standard parametrisation\n", mup, standard);
  check::isTrue(mup <= kMostShift, "the optimum shifts with width under muP");
  check::isTrue(standard > kMostShift, "the control's optimum should shift more");
  return rateOfBase;
}

CoordinateSlopes slopesOf(const std::string& parametrization, int rate) {
  const std::string schedule = R"("kind":"constant","peakLr":)" + Json(std::exp2(rate)).dump();
  const RunConfig config = runText(kBaseWidth, parametrization + R"(,"headStd":0)", schedule, 1).config();
  const testing::TemporaryFolder folder;
  std::FILE* out = std::fopen(folder.file("coordinates.txt").c_str(), "w");
  std::vector<int64_t> widths{kBaseWidth, 2 * kBaseWidth};
  if (!kSanitized) widths.insert(widths.end(), {4 * kBaseWidth, 8 * kBaseWidth});
  const CoordinateCheck coordinates{widths, 6, kSeeds};
  const CoordinateSlopes slopes = coordinateCheck(config, selectKernels(), coordinates, out);
  std::fclose(out);
  std::ifstream lines(folder.file("coordinates.txt"));
  size_t count = 0;
  std::string last;
  for (std::string line; std::getline(lines, line); count++) last = line;
  check::isTrue(count == widths.size() * kSeeds * 7 + 1, "lines of the check: " + std::to_string(count));
  check::isTrue(Json::parse(last).find("flat")->boolean() == slopes.flat(), "the last line says whether it is flat");
  std::printf("%s at 2^%d: residual %.3f, its change %.3f, logits %.3f, their change %.3f\n", parametrization.c_str(),
              rate, slopes.rms.at("residual"), slopes.change.at("residual"), slopes.rms.at("logits"),
              slopes.change.at("logits"));
  return slopes;
}

void testCoordinates(int rate) {
  for (const char* style : {R"("kind":"mup")", R"("kind":"mup","style":"microsoft")"})
    check::isTrue(slopesOf(style, rate).flat(), std::string(style) + " is not flat in width");
  const CoordinateSlopes standard = slopesOf(R"("kind":"standard")", rate);
  check::isTrue(!standard.flat(), "the control passes the check");
  check::isTrue(standard.change.at("logits") > kLeastControlSlope,
                "the control's logits should move more in wider models");
}

}  // namespace

int main() {
  if (kSanitized) {
    for (const char* kind : {R"("kind":"standard")", R"("kind":"mup","style":"microsoft")"}) {
      check::isTrue(meanLoss(kind, kBaseWidth, kFirstRate) < std::log(256.0), std::string(kind) + " learns nothing");
      slopesOf(kind, kFirstRate);
    }
  } else {
    testCoordinates(testTransfer());
  }
  return check::finish("parametrization");
}

// What muP promises: sizes that do not grow with width, and a learning rate that holds for every width. The standard
// parametrisation, which is the control, must fail both.
#include <algorithm>

#include "check.hpp"
#include "coord-check.hpp"
#include "held-out-loss.hpp"
#include "run-config.hpp"
#include "temporary-folder.hpp"
#include "token-file.hpp"

using namespace etalon;

namespace {

constexpr double kLeastControlSlope = 0.4, kLeastRate = 0x1p-9;

CoordinateSlopes slopesOf(const std::string& parametrization) {
  const testing::RunText run{.model = R"("width":64,"depth":2,"heads":4,"hidden":128,"seqLen":32,"vocab":64)",
                             .parametrization = parametrization + R"(,"baseWidth":64,"headStd":0)",
                             .schedule = R"("kind":"constant","peakLr":0.01)",
                             .rest = R"("batchSeqs":8,"tokens":[256],"data":{"train":"synthetic:seed=5","val":"synthetic:seed=5"})"};
  const testing::TemporaryFolder folder;
  std::FILE* out = std::fopen(folder.file("coordinates.txt").c_str(), "w");
  const CoordinateSlopes slopes = coordinateCheck(run.config(), selectKernels(), {{64, 128, 256, 512}, 6, 2}, out);
  std::fclose(out);
  std::ifstream lines(folder.file("coordinates.txt"));
  size_t count = 0;
  std::string last;
  for (std::string line; std::getline(lines, line); count++) last = line;
  check::isTrue(count == 4 * 2 * 7 + 1, "lines of the check: " + std::to_string(count));
  check::isTrue(Json::parse(last).find("flat")->boolean() == slopes.flat(), "the last line says whether it is flat");
  std::printf("%s: residual %.3f, its change %.3f, logits %.3f, their change %.3f\n", parametrization.c_str(), slopes.rms.at("residual"),
              slopes.change.at("residual"), slopes.rms.at("logits"), slopes.change.at("logits"));
  return slopes;
}

void testCoordinates() {
  for (const char* style : {R"("kind":"mup")", R"("kind":"mup","style":"microsoft")"})
    check::isTrue(slopesOf(style).flat(), std::string(style) + " is not flat in width");
  const CoordinateSlopes standard = slopesOf(R"("kind":"standard")");
  check::isTrue(!standard.flat(), "the control passes the check");
  check::isTrue(standard.change.at("logits") > kLeastControlSlope, "the control's logits should move more in wider models");
}

// log2 of the rate with the lowest held-out loss: the vertex of the parabola through the best of a factor-2 grid and its
// neighbours.
double bestRate(const std::string& kind, int64_t width, const std::string& text) {
  const TokenFile train({text.begin(), text.end() - 16000}), val({text.end() - 16000, text.end()});
  std::vector<double> losses;
  std::printf("%s width %3lld:", kind.c_str(), static_cast<long long>(width));
  for (double rate = kLeastRate; rate < 0.1; rate *= 2) {
    const std::string size = std::to_string(width);
    const testing::RunText run{.model = R"("width":)" + size + R"(,"depth":2,"heads":)" + std::to_string(width / 16) + R"(,"hidden":)" +
                                        std::to_string(2 * width) + R"(,"seqLen":32)",
                               .parametrization = R"("kind":")" + kind + R"(","baseWidth":64)",
                               .schedule = R"("kind":"linear","warmupTokens":4096,"peakLr":)" + Json(rate).dump(),
                               .rest = R"("batchSeqs":8,"tokens":[24576])"};
    const double loss = testing::heldOutLoss(run.config(), train, val);
    losses.push_back(std::isfinite(loss) ? loss : 1e30);
    std::printf(" %.3f", losses.back());
  }
  const size_t best = size_t(std::min_element(losses.begin(), losses.end()) - losses.begin());
  const bool inside = best > 0 && best + 1 < losses.size();
  check::isTrue(inside, kind + ": the optimum lies on the edge of the grid");
  if (!inside) return NAN;
  const double below = losses[best - 1], above = losses[best + 1];
  const double vertex = double(best) + 0.5 * (below - above) / (below - 2 * losses[best] + above);
  std::printf(" best 2^%.2f\n", std::log2(kLeastRate) + vertex);
  return std::log2(kLeastRate) + vertex;
}

// Distance between the widths' optima, in factors of 2.
void testTransfer() {
  const std::string text = testing::sourceText();
  const auto shift = [&](const std::string& kind) {
    std::vector<double> best;
    for (const int64_t width : {64, 128, 256}) best.push_back(bestRate(kind, width, text));
    return *std::max_element(best.begin(), best.end()) - *std::min_element(best.begin(), best.end());
  };
  const double mup = shift("mup"), standard = shift("standard");
  check::isTrue(mup <= 1, "the optimum shifts with width under muP");
  check::isTrue(standard > 1 && standard > 1.5 * mup, "the control's optimum should shift more");
}

}  // namespace

int main() {
  testCoordinates();
  testTransfer();
  return check::finish("parametrization");
}

// The model learns text, and learns nothing from text whose order was destroyed (else it would see its targets).
#include "check.hpp"
#include "data/data-source.hpp"
#include "held-out-loss.hpp"
#include "run-config.hpp"
#include "data/synthetic-source.hpp"
#include "temporary-folder.hpp"
#include "data/token-file.hpp"

using namespace etalon;

namespace {

// Trains on the first nine tenths of the text.
double textLoss(const std::string& text, const char* experts) {
  const testing::RunText run{
      .model = std::string(R"("width":32,"depth":2,"heads":2,"hidden":48,"seqLen":32)") + experts,
      .parametrization = R"("kind":"mup","baseWidth":64)",
      .schedule = R"("kind":"wsd","peakLr":0.008,"warmupTokens":20000)",
      .rest = R"("batchSeqs":8,"tokens":[102400])"};
  const size_t cut = text.size() / 10 * 9;
  const TokenFile train({text.begin(), text.begin() + long(cut)}), val({text.begin() + long(cut), text.end()});
  return testing::heldOutLoss(run.config(), train, val);
}

// A model of a source with known entropy comes close to that floor, and not below it.
void testFloor() {
  const testing::RunText run{
      .model = R"("width":32,"depth":1,"heads":2,"hidden":48,"seqLen":32,"vocab":16)",
      .parametrization = R"("kind":"mup","baseWidth":64)",
      .schedule = R"("kind":"wsd","peakLr":0.01,"warmupTokens":10000,"decayFraction":0.3)",
      .rest = R"("batchSeqs":16,"tokens":[153600],"data":{"train":"synthetic:seed=5","val":"synthetic:seed=5"})"};
  const RunConfig config = run.config();
  const auto train = openData(config, DataSide::train), val = openData(config, DataSide::heldOut);
  const double floor = SyntheticSource(config.data->val, "data.val", 16, true).entropy();
  const double loss = testing::heldOutLoss(config, *train, *val);
  std::printf("known entropy %.4f, held-out loss %.4f\n", floor, loss);
  // 6400 held-out tokens: the sample's own entropy is within about 0.015 (one standard error) of the chain's.
  check::isTrue(loss > floor - 0.04, "the loss is below the known entropy");
  check::isTrue(loss < floor + 0.05, "the loss stays far above the known entropy");
}

double unigramEntropy(const std::string& text) {
  std::vector<double> counts(256);
  for (const char c : text) counts[uint8_t(c)]++;
  double entropy = 0;
  for (const double n : counts)
    if (n > 0) entropy -= n / double(text.size()) * std::log(n / double(text.size()));
  return entropy;
}

}  // namespace

int main() {
  const std::string text = testing::sourceText();
  std::string shuffled = text;
  for (size_t i = shuffled.size(); i > 1; i--) std::swap(shuffled[i - 1], shuffled[mixBits(i) % i]);
  testFloor();
  const double entropy = unigramEntropy(text);
  for (const char* experts : {"", R"(,"experts":4,"topK":2)"}) {
    const double learnt = textLoss(text, experts), blind = textLoss(shuffled, experts);
    std::printf("unigram entropy %.4f, text %.4f, shuffled %.4f%s\n", entropy, learnt, blind, experts);
    check::isTrue(learnt < entropy - 0.6, "text is not learnt");
    check::isTrue(blind > entropy - 0.02, "shuffled text falls below its entropy: a leak");
    check::isTrue(blind < entropy + 0.1, "shuffled text stays far above its entropy");
  }
  return check::finish("learning");
}

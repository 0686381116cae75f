// The model learns text, and learns nothing from text whose order was destroyed (else it would see its targets).
#include "check.hpp"
#include "coord-check.hpp"
#include "data-source.hpp"
#include "optimizer.hpp"
#include "run-config.hpp"
#include "schedule.hpp"
#include "synthetic-source.hpp"
#include "temporary-folder.hpp"
#include "token-file.hpp"

using namespace etalon;

namespace {

// Held-out loss after training.
double heldOutLoss(const RunConfig& config, const TokenSource& train, const TokenSource& val) {
  ThreadPool pool(1);
  Model model(config, selectKernels(), pool);
  Optimizer optimizer(config, model.table(), model.kernels(), pool);
  const TrainSampler sampler(train, config.model.seqLen, 1);
  Batch batch;
  for (int64_t step = 0; step * config.tokensPerStep() < config.tokens[0]; step++) {
    sampler.fill(step * config.batchSeqs, config.batchSeqs, batch);
    model.lossAndGradients(batch);
    optimizer.update(model.params(), model.gradients(), model.reduceGradients(),
                     learningRate(config.schedule, double(config.tokens[0]), double(config.batchSeqs),
                                  double(step * config.tokensPerStep())), step);
    model.repack();
  }
  EvaluationSampler(val, config.model.seqLen, 200).fill(0, 200, batch);
  return model.lossSum(batch) / double(200 * config.model.seqLen);
}

// Trains on the first nine tenths of the text.
double textLoss(const std::string& text, const char* experts) {
  const testing::RunText run{.model = std::string(R"("width":32,"depth":2,"heads":2,"hidden":48,"seqLen":32)") + experts,
                             .parametrization = R"("kind":"mup","baseWidth":64)",
                             .schedule = R"("kind":"wsd","peakLr":0.008,"warmupTokens":20000)",
                             .rest = R"("batchSeqs":8,"tokens":[102400])"};
  const size_t cut = text.size() / 10 * 9;
  const TokenFile train({text.begin(), text.begin() + long(cut)}), val({text.begin() + long(cut), text.end()});
  return heldOutLoss(run.config(), train, val);
}

// A model of a source with known entropy comes close to that floor, and not below it.
void testFloor() {
  const testing::RunText run{.model = R"("width":32,"depth":1,"heads":2,"hidden":48,"seqLen":32,"vocab":16)",
                             .parametrization = R"("kind":"mup","baseWidth":64)",
                             .schedule = R"("kind":"wsd","peakLr":0.01,"warmupTokens":10000,"decayFraction":0.3)",
                             .rest = R"("batchSeqs":16,"tokens":[153600],"data":{"train":"synthetic:seed=5","val":"synthetic:seed=5"})"};
  const RunConfig config = run.config();
  const auto train = openData(config, DataSide::train), val = openData(config, DataSide::heldOut);
  const double floor = SyntheticSource(config.data->val, "data.val", 16, true).entropy();
  const double loss = heldOutLoss(config, *train, *val);
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

// Change of the logits after a few steps, by width.
std::vector<double> logitChanges(const testing::TemporaryFolder& folder, const char* kind) {
  const testing::RunText run{.model = R"("width":32,"depth":2,"heads":2,"hidden":48,"seqLen":32)",
                             .parametrization = std::string(R"("baseWidth":32,"attentionMultiplier":0.0625,"kind":")") + kind + "\"",
                             .schedule = R"("kind":"constant","peakLr":0.008)",
                             .rest = R"("batchSeqs":4,"tokens":[128],"data":{"train":")" + folder.file("text.bin") + R"(","val":"none"})"};
  std::FILE* out = std::fopen(folder.file("coordinates.txt").c_str(), "w");
  coordinateCheck(run.config(), selectKernels(), {32, 128}, 5, out);
  std::fclose(out);
  std::ifstream lines(folder.file("coordinates.txt"));
  std::vector<double> changes;
  for (std::string line; std::getline(lines, line);) {
    const Json event = Json::parse(line);
    if (event.find("step")->number() == 5) changes.push_back(event.find("logits_change")->number());
  }
  return changes;
}

// Four times the width: muP moves the logits about as much, the standard parametrisation several times as much.
void testCoordinates(const std::string& text) {
  const testing::TemporaryFolder folder;
  folder.write("text.bin", text);
  const std::vector<double> mup = logitChanges(folder, "mup"), standard = logitChanges(folder, "standard");
  check::isTrue(mup.size() == 2 && standard.size() == 2, "a line per width");
  std::printf("growth of the logit change from width 32 to 128: muP %.2f, standard %.2f\n", mup[1] / mup[0], standard[1] / standard[0]);
  check::isTrue(mup[1] / mup[0] < 1.5, "muP does not hold the logits' change");
  check::isTrue(standard[1] / standard[0] > 1.5, "the standard parametrisation should move wider logits more");
  check::near(mup[0], standard[0], 0, "both are the same at the base width");
}

}  // namespace

int main() {
  const std::string text = testing::sourceText();
  std::string shuffled = text;
  for (size_t i = shuffled.size(); i > 1; i--) std::swap(shuffled[i - 1], shuffled[mixBits(i) % i]);
  testCoordinates(text);
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

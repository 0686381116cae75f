// The model learns text, and learns nothing from text whose order was destroyed (else it would see its targets).
#include "check.hpp"
#include "coord-check.hpp"
#include "optimizer.hpp"
#include "run-config.hpp"
#include "schedule.hpp"
#include "temporary-folder.hpp"

using namespace etalon;

namespace {

// Held-out loss after training on the first nine tenths of the text.
double heldOutLoss(const std::string& text, const char* experts) {
  const testing::RunText run{.model = std::string(R"("width":32,"depth":2,"heads":2,"hidden":48,"seqLen":32)") + experts,
                             .parametrization = R"("kind":"mup","baseWidth":64)",
                             .schedule = R"("kind":"wsd","peakLr":0.008,"warmupTokens":20000)",
                             .rest = R"("batchSeqs":8,"tokens":[102400])"};
  const RunConfig config = run.config();
  ThreadPool pool(1);
  Model model(config, selectKernels(), pool);
  Optimizer optimizer(config, model.table(), model.kernels(), pool);
  const size_t cut = text.size() / 10 * 9;
  const TokenFile train{{text.begin(), text.begin() + long(cut)}}, val{{text.begin() + long(cut), text.end()}};
  const TrainSampler sampler(train, 32, 1);
  Batch batch;
  for (int64_t step = 0; step * config.tokensPerStep() < config.tokens[0]; step++) {
    sampler.fill(step * 8, 8, batch);
    model.lossAndGradients(batch);
    optimizer.update(model.params(), model.gradients(), model.reduceGradients(),
                     learningRate(config.schedule, 102400, 8, double(step * 256)), step);
    model.repack();
  }
  EvaluationSampler(val, 32, 200).fill(0, 200, batch);
  return model.lossSum(batch) / (200 * 32);
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
  const double entropy = unigramEntropy(text);
  for (const char* experts : {"", R"(,"experts":4,"topK":2)"}) {
    const double learnt = heldOutLoss(text, experts), blind = heldOutLoss(shuffled, experts);
    std::printf("unigram entropy %.4f, text %.4f, shuffled %.4f%s\n", entropy, learnt, blind, experts);
    check::isTrue(learnt < entropy - 0.6, "text is not learnt");
    check::isTrue(blind > entropy - 0.02, "shuffled text falls below its entropy: a leak");
    check::isTrue(blind < entropy + 0.1, "shuffled text stays far above its entropy");
  }
  return check::finish("learning");
}

// The operations of the CUDA backend behind the interface of the processor's kernels, so that both run the same tests:
// every call copies its arrays to the device and the results back.
#include <cstdlib>
#include <cstring>

#include "check.hpp"
#include "cuda/operations.hpp"
#include "cuda/runtime.hpp"

using namespace etalon;
using namespace etalon::cuda;

namespace {

Stream& stream() {
  static Stream one;
  return one;
}

Launch launch() { return {stream().get(), 1, 0}; }

// A copy of a host array on the device. Fresh device memory that nothing is copied to is filled with NaN.
template <class T>
class OnDevice {
 public:
  explicit OnDevice(size_t count) : count_(count), memory_(count * sizeof(T)) {
    const std::vector<unsigned char> ones(count * sizeof(T), 0xFF);
    stream().toDevice(memory_.as(), ones.data(), ones.size());
    stream().synchronize();
  }
  OnDevice(const T* host, size_t count) : count_(count), memory_(count * sizeof(T)) {
    stream().toDevice(memory_.as(), host, count * sizeof(T));
  }
  OnDevice(const T* host, int64_t count) : OnDevice(host, size_t(count)) {}
  T* get() const { return memory_.as<T>(); }
  void read(T* host) const {
    stream().toHost(host, memory_.as(), count_ * sizeof(T));
    stream().synchronize();
  }
  std::vector<T> values() const {
    std::vector<T> out(count_);
    read(out.data());
    return out;
  }

 private:
  size_t count_;
  DeviceMemory memory_;
};

constexpr int64_t kPanel = 16;

double probe(int64_t, bool, float*) { return 0; }

void packPlain(const float* b, int64_t ld, int64_t k, int64_t n, float* packed) {
  for (int64_t j = 0; j < n; j += kPanel)
    for (int64_t p = 0; p < k; p++)
      for (int64_t c = 0; c < kPanel; c++) packed[j * k + p * kPanel + c] = j + c < n ? b[p * ld + j + c] : 0.0f;
}

void packTransposed(const float* w, int64_t ld, int64_t n, int64_t k, float* packed) {
  for (int64_t j = 0; j < n; j += kPanel)
    for (int64_t p = 0; p < k; p++)
      for (int64_t c = 0; c < kPanel; c++) packed[j * k + p * kPanel + c] = j + c < n ? w[(j + c) * ld + p] : 0.0f;
}

// Packed operands are given to the device as [n, k], others as [k, n]: both orders are tested.
void gemm(const GemmCall& g) {
  const bool packed = g.ldb == kPanel && g.panelStride == kPanel * g.k;
  std::vector<float> a(size_t(g.m * g.k)), b(size_t(g.n * g.k)), c(size_t(g.m * g.n));
  for (int64_t p = 0; p < g.k; p++) {
    for (int64_t i = 0; i < g.m; i++)
      a[size_t(g.transposeA ? p * g.m + i : i * g.k + p)] = g.transposeA ? g.a[p * g.lda + i] : g.a[i * g.lda + p];
    for (int64_t j = 0; j < g.n; j++)
      b[size_t(packed ? j * g.k + p : p * g.n + j)] = g.b[j / kPanel * g.panelStride + p * g.ldb + j % kPanel];
  }
  for (int64_t i = 0; i < g.m; i++)
    for (int64_t j = 0; j < g.n; j++) c[size_t(i * g.n + j)] = g.accumulate ? g.c[i * g.ldc + j] : NAN;
  const OnDevice<float> onA(a.data(), a.size()), onB(b.data(), b.size()), onC(c.data(), c.size());
  multiply(launch(), {.a = {onA.get(), g.transposeA ? g.m : g.k, g.transposeA},
                      .b = {onB.get(), packed ? g.k : g.n, !packed},
                      .c = onC.get(),
                      .ldc = g.n,
                      .m = g.m,
                      .n = g.n,
                      .k = g.k,
                      .alpha = g.alpha,
                      .add = g.accumulate ? onC.get() : nullptr,
                      .bf16 = g.bf16});
  onC.read(c.data());
  for (int64_t i = 0; i < g.m; i++) std::memcpy(g.c + i * g.ldc, c.data() + i * g.n, size_t(g.n) * sizeof(float));
}

void normForward(const float* x, const float* gain, float* y, float* rstd, int64_t rows, int64_t width) {
  const OnDevice<float> onX(x, rows * width), onGain(gain, width), onY(size_t(rows * width)), onRstd(size_t(rows) * 1);
  rmsNormForward(launch(), onX.get(), onGain.get(), onY.get(), onRstd.get(), rows, width);
  onY.read(y);
  onRstd.read(rstd);
}

void normBackward(const float* x, const float* gain, const float* rstd, const float* dy, float* dx, float* dGain,
                  int64_t rows, int64_t width, bool accumulate) {
  const OnDevice<float> onX(x, rows * width), onGain(gain, width), onRstd(rstd, rows), onDy(dy, rows * width),
      onDx(dx, rows * width), onDGain(dGain, width);
  const OnDevice<float> scratch(size_t(rmsNormScratch(rows, width)));
  rmsNormBackward(launch(), onX.get(), onGain.get(), onRstd.get(), onDy.get(), onDx.get(), onDGain.get(), rows, width,
                  accumulate, scratch.get());
  onDx.read(dx);
  onDGain.read(dGain);
}

void rotate(float* x, int64_t rowStride, int64_t rows, int64_t seqLen, int64_t heads, int64_t headDim,
            const float* cosine, const float* sine, float direction) {
  const OnDevice<float> onX(x, rows * rowStride), onCosine(cosine, seqLen * headDim / 2),
      onSine(sine, seqLen * headDim / 2);
  rope(launch(), onX.get(), rowStride, rows, seqLen, heads, headDim, onCosine.get(), onSine.get(), direction);
  onX.read(x);
}

void attend(const AttentionShape& s, const float* qkv, float* out, float* lse, float*) {
  const OnDevice<float> onQkv(qkv, s.seqLen * s.rowStride), onOut(size_t(s.seqLen * s.heads * s.headDim)),
      onLse(size_t(s.heads * s.seqLen));
  cuda::attentionForward(launch(), s, 1, onQkv.get(), onOut.get(), onLse.get());
  onOut.read(out);
  onLse.read(lse);
}

void attendBackward(const AttentionShape& s, const float* qkv, const float* out, const float* dOut, const float* lse,
                    float* dqkv, float*) {
  const int64_t outputs = s.seqLen * s.heads * s.headDim;
  const OnDevice<float> onQkv(qkv, s.seqLen * s.rowStride), onOut(out, outputs), onDOut(dOut, outputs),
      onLse(lse, s.heads * s.seqLen);
  const OnDevice<float> onDqkv(size_t(s.seqLen * s.rowStride)), delta(size_t(s.heads * s.seqLen));
  cuda::attentionBackward(launch(), s, 1, onQkv.get(), onOut.get(), onDOut.get(), onLse.get(), onDqkv.get(),
                          delta.get());
  onDqkv.read(dqkv);
}

int64_t noScratch(const AttentionShape&) { return 0; }

void gate(const float* gateUp, float* act, int64_t rows, int64_t hidden) {
  const OnDevice<float> onGateUp(gateUp, 2 * rows * hidden), onAct(size_t(rows * hidden));
  swigluForward(launch(), onGateUp.get(), onAct.get(), rows, hidden);
  onAct.read(act);
}

void gateBackward(const float* gateUp, const float* dAct, float* dGateUp, int64_t rows, int64_t hidden) {
  const OnDevice<float> onGateUp(gateUp, 2 * rows * hidden), onDAct(dAct, rows * hidden),
      onDGateUp(size_t(2 * rows * hidden));
  swigluBackward(launch(), onGateUp.get(), onDAct.get(), onDGateUp.get(), rows, hidden);
  onDGateUp.read(dGateUp);
}

double loss(float* logits, int64_t ld, const int32_t* targets, int64_t rows, int64_t vocab, float gradScale,
            bool gradient) {
  const OnDevice<float> onLogits(logits, rows * ld);
  const OnDevice<int32_t> onTargets(targets, rows);
  const OnDevice<double> rowLoss(size_t(rows) * 1);
  double sum = 0;
  const OnDevice<double> total(&sum, int64_t(1));
  crossEntropy(launch(), onLogits.get(), ld, onTargets.get(), rowLoss.get(), rows, vocab, gradScale, gradient);
  addTotal(launch(), rowLoss.get(), rows, total.get());
  onLogits.read(logits);
  total.read(&sum);
  return sum;
}

double lossAndGradient(float* logits, int64_t ld, const int32_t* targets, int64_t rows, int64_t vocab,
                       float gradScale) {
  return loss(logits, ld, targets, rows, vocab, gradScale, true);
}

double lossOnly(const float* logits, int64_t ld, const int32_t* targets, int64_t rows, int64_t vocab) {
  std::vector<float> copy(logits, logits + rows * ld);
  const double sum = loss(copy.data(), ld, targets, rows, vocab, 1.0f, false);
  for (int64_t i = 0; i < rows * ld; i++)
    if (std::memcmp(&copy[size_t(i)], logits + i, sizeof(float)) != 0)
      return NAN;  // the logits must be left as they are
  return sum;
}

void adam(const AdamCall& c) {
  const OnDevice<float> params(c.param, c.count), m(c.moment1, c.count), v(c.moment2, c.count),
      gradient(c.grad, c.count);
  std::vector<TensorPiece> pieces;
  for (int64_t begin = 0; begin < c.count; begin += 1000)
    pieces.push_back({begin, int32_t(std::min<int64_t>(1000, c.count - begin)), 0});
  const TensorRates rates{1.0, c.weightDecay};
  const StepInput input{c.learningRate, 0, c.beta1, c.beta2, c.eps, 0, 1};
  const StepReport report{0, 0, 1, c.gradScale, c.correction1, c.correction2};
  const OnDevice<TensorPiece> onPieces(pieces.data(), pieces.size());
  const OnDevice<TensorRates> onRates(&rates, int64_t(1));
  const OnDevice<StepInput> onInput(&input, int64_t(1));
  const OnDevice<StepReport> onReport(&report, int64_t(1));
  adamW(launch(), onPieces.get(), int64_t(pieces.size()), onRates.get(), onInput.get(), onReport.get(), params.get(),
        m.get(), v.get(), gradient.get());
  params.read(c.param);
  m.read(c.moment1);
  v.read(c.moment2);
}

// roundPanels, addScaled, dot and reduceSlots serve the processor's way of sharing work; the device has no such
// operations.
const Kernels kTable = {
#ifdef ETALON_CUDA_EMULATED
    "cuda-emulated",
#else
    "cuda",
#endif
    true,
    kPanel,
    probe,
    gemm,
    packTransposed,
    packPlain,
    nullptr,
    normForward,
    normBackward,
    rotate,
    attend,
    attendBackward,
    noScratch,
    gate,
    gateBackward,
    lossAndGradient,
    lossOnly,
    nullptr,
    nullptr,
    nullptr,
    adam,
};

}  // namespace

std::vector<const Kernels*> check::runnableKernels() {
  try {
    std::printf("device: %s\n", deviceAbout().name.c_str());
    return {&kTable};
  } catch (const DeviceError& error) {
    std::printf("skipped: no CUDA device (%s)\n", error.what());
    std::exit(kSkipped);
  }
}

#include "model/workspace.hpp"

#include <sys/mman.h>

#include <limits>
#include <new>

namespace etalon {
namespace {

constexpr int64_t kAlignFloats = 16;

// Hands out consecutive aligned arrays; with a null base it only counts.
class Layout {
 public:
  explicit Layout(float* base) : base_(base) {}

  float* take(int64_t count) {
    float* here = base_ ? base_ + used_ : nullptr;
    // An odd number of cache lines between arrays keeps equal-sized ones off the same cache sets.
    used_ += (count + kOverread + kAlignFloats - 1) / kAlignFloats * kAlignFloats + kAlignFloats;
    return here;
  }

  int64_t used() const { return used_; }

 private:
  float* base_;
  int64_t used_ = 0;
};

// A fault for every 4 KiB costs more than the first steps of a small run. A wish: the system may not grant it.
void askForHugePages([[maybe_unused]] uintptr_t begin, [[maybe_unused]] uintptr_t end) {
#ifdef MADV_HUGEPAGE
  constexpr uintptr_t page = uintptr_t(1) << 21;
  begin = (begin + page - 1) / page * page;
  end = end / page * page;
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
#endif
}

void layOutExperts(const ModelConfig& m, int64_t rows, Layout& layout, LayerActivations& a) {
  const int64_t choices = rows * m.topK;
  a.routerLogits = layout.take(rows * m.experts);
  a.choiceWeight = layout.take(choices);
  a.gathered = layout.take(choices * m.width);
  a.expertOut = layout.take(choices * m.width);
}

void sizeRouting(const ModelConfig& m, int64_t rows, Routing& routing) {
  const auto choices = size_t(rows * m.topK);
  routing.expert.resize(choices);
  routing.position.resize(choices);
  routing.row.resize(choices);
  routing.begin.resize(size_t(m.experts + 1));
}

}  // namespace

AlignedFloats allocateFloats(int64_t count) {
  constexpr int64_t most = std::numeric_limits<int64_t>::max() / 8;
  if (count < 0 || count > most) throw std::bad_alloc();
  constexpr size_t align = kAlignFloats * sizeof(float);
  const size_t bytes = size_t(count + kOverread) * sizeof(float);
  void* const block = std::calloc(bytes + align, 1);
  if (!block) throw std::bad_alloc();
  const auto begin = (reinterpret_cast<uintptr_t>(block) + align - 1) / align * align;
  askForHugePages(begin, begin + bytes);
  return AlignedFloats(reinterpret_cast<float*>(begin), {block});
}

int64_t Workspace::layOut(const ModelConfig& m, const Kernels& kernels, int64_t rows, float* base) {
  Layout layout(base);
  const int64_t choices = m.experts ? rows * m.topK : rows;
  layers.resize(size_t(m.depth));
  for (LayerActivations& a : layers) {
    a.input = layout.take(rows * m.width);
    a.rstd1 = layout.take(rows);
    a.norm1 = layout.take(rows * m.width);
    a.qkv = layout.take(rows * m.qkvWidth());
    a.attention = layout.take(rows * m.width);
    a.lse = layout.take(rows * m.heads);
    a.middle = layout.take(rows * m.width);
    a.rstd2 = layout.take(rows);
    a.norm2 = layout.take(rows * m.width);
    a.gateUp = layout.take(choices * 2 * m.hidden);
    a.act = layout.take(choices * m.hidden);
    if (m.experts) layOutExperts(m, rows, layout, a);
  }
  output = layout.take(rows * m.width);
  rstdFinal = layout.take(rows);
  normFinal = layout.take(rows * m.width);
  logits = layout.take(kHeadRows * m.vocab);
  dResidual = layout.take(rows * m.width);
  dNorm = layout.take(rows * m.width);
  dQkv = layout.take(rows * m.qkvWidth());
  dAttention = layout.take(rows * m.width);
  dGateUp = layout.take(choices * 2 * m.hidden);
  dAct = layout.take(choices * m.hidden);
  attentionScratch =
      layout.take(kernels.attentionScratch({m.seqLen, m.heads, m.kvHeads, m.headDim(), m.qkvWidth(), 1.0f}));
  dGathered = layout.take(m.experts ? choices * m.width : 0);
  dExpertOut = layout.take(m.experts ? choices * m.width : 0);
  dRouter = layout.take(m.experts ? rows * m.experts : 0);
  return layout.used();
}

Workspace::Workspace(const ModelConfig& model, const Kernels& kernels, int64_t rows)
    : memory_(allocateFloats(floats(model, kernels, rows))) {
  layOut(model, kernels, rows, memory_.get());
  if (model.experts)
    for (LayerActivations& a : layers) sizeRouting(model, rows, a.routing);
}

int64_t Workspace::floats(const ModelConfig& model, const Kernels& kernels, int64_t rows) {
  Workspace counted;
  return counted.layOut(model, kernels, rows, nullptr);
}

}  // namespace etalon

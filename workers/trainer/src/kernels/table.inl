// Everything of one instruction set, and its table. The including file sets ETALON_LANES, ETALON_TILE_ROWS,
// ETALON_NAMESPACE, ETALON_NAME and, where there is the instruction, ETALON_BF16. No standard header with inline
// functions may appear here (see kernels.hpp).
#include <cstdint>
#ifdef ETALON_BF16
#include <immintrin.h>
#endif

#include "kernels/kernels.hpp"

namespace etalon {
namespace ETALON_NAMESPACE {
#include "kernels/vector.inl"
#include "kernels/gemm.inl"
#include "kernels/pack.inl"
#include "kernels/normalization.inl"
#include "kernels/rope.inl"
#include "kernels/swiglu.inl"
#include "kernels/cross-entropy.inl"
#include "kernels/attention.inl"
#include "kernels/update.inl"

#ifdef ETALON_BF16
constexpr bool kHasBf16 = true;
#else
constexpr bool kHasBf16 = false;
#endif

extern const Kernels kTable;
const Kernels kTable = {
    ETALON_NAME,
    kHasBf16,
    kPanel,
    probe,
    gemm,
    packTransposed,
    packPlain,
    roundPanels,
    rmsNormForward,
    rmsNormBackward,
    rope,
    attentionForward,
    attentionBackward,
    attentionScratch,
    swigluForward,
    swigluBackward,
    crossEntropy,
    crossEntropyLoss,
    addScaled,
    dot,
    reduceSlots,
    adamW,
};
}  // namespace ETALON_NAMESPACE
}  // namespace etalon

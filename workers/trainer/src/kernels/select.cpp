#include "kernels/select.hpp"

#include <stdexcept>
#if defined(ETALON_X86_PATHS) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace etalon {
namespace portable_kernels {
extern const Kernels kTable;
}
#ifdef ETALON_X86_PATHS
namespace avx2_kernels {
extern const Kernels kTable;
}
namespace avx512_kernels {
extern const Kernels kTable;
}
namespace avx512bf16_kernels {
extern const Kernels kTable;
}
namespace amx_kernels {
extern void gemmBf16(const GemmCall& call);
extern double probeBf16(int64_t rounds, float* sink);
}  // namespace amx_kernels

namespace {

// Linux hands out the tile registers on request, to the whole process.
bool requestTiles() {
#ifdef __linux__
  constexpr long kRequestPermission = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  static const bool granted = syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
  return granted;
#else
  return false;
#endif
}

const Kernels& amxTable() {
  static const Kernels table = [] {
    Kernels t = avx512bf16_kernels::kTable;
    t.name = "amx";
    t.gemm = [](const GemmCall& g) {
      (g.bf16 && g.k > 0 ? amx_kernels::gemmBf16 : avx512bf16_kernels::kTable.gemm)(g);
    };
    t.probe = [](int64_t rounds, bool bf16, float* sink) {
      return bf16 ? amx_kernels::probeBf16(rounds, sink) : avx512bf16_kernels::kTable.probe(rounds, false, sink);
    };
    return t;
  }();
  return table;
}

}  // namespace
#endif

const Kernels& selectKernels(const std::string& isa) {
#ifdef ETALON_X86_PATHS
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
  const bool bf16 = avx512 && __builtin_cpu_supports("avx512bf16");
  const bool amx = bf16 && __builtin_cpu_supports("amx-tile") && __builtin_cpu_supports("amx-bf16");
  if (amx && (isa.empty() || isa == "amx") && requestTiles()) return amxTable();
  if (bf16 && (isa.empty() || isa == "avx512bf16")) return avx512bf16_kernels::kTable;
  if (avx512 && (isa.empty() || isa == "avx512")) return avx512_kernels::kTable;
  if (avx2 && (isa.empty() || isa == "avx2")) return avx2_kernels::kTable;
#endif
  if (isa.empty() || isa == "portable") return portable_kernels::kTable;
  throw std::invalid_argument("instruction set \"" + isa + "\" is unknown or not available on this processor");
}

}  // namespace etalon

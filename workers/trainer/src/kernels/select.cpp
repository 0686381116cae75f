#include "kernels/select.hpp"

#include <stdexcept>

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
#endif

const Kernels& selectKernels(const std::string& isa) {
#ifdef ETALON_X86_PATHS
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
  const bool bf16 = avx512 && __builtin_cpu_supports("avx512bf16");
  if (bf16 && (isa.empty() || isa == "avx512bf16")) return avx512bf16_kernels::kTable;
  if (avx512 && (isa.empty() || isa == "avx512")) return avx512_kernels::kTable;
  if (avx2 && (isa.empty() || isa == "avx2")) return avx2_kernels::kTable;
#endif
  if (isa.empty() || isa == "portable") return portable_kernels::kTable;
  throw std::invalid_argument("instruction set \"" + isa + "\" is unknown or not available on this processor");
}

}  // namespace etalon

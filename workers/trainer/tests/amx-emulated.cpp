// The source of the AMX products with the tile instructions in plain code, so that it runs on every processor.
#include "amx-emulation.hpp"
#include "kernels/kernels.hpp"

#define ETALON_LANES 16
namespace etalon {
namespace lanes16_kernels {
extern const Kernels kTable;
}
namespace amx_emulated {
#include "kernels/vector.inl"
#include "kernels/gemm-amx.inl"

extern const Kernels kTable;
const Kernels kTable = [] {
  Kernels table = lanes16_kernels::kTable;
  table.name = "amx-emulated";
  table.gemm = [](const GemmCall& g) { (g.bf16 && g.k > 0 ? gemmBf16 : lanes16_kernels::kTable.gemm)(g); };
  return table;
}();
}  // namespace amx_emulated
}  // namespace etalon

#include <stdexcept>

#include "check.hpp"
#include "kernels/select.hpp"

namespace etalon::lanes16_kernels {
extern const Kernels kTable;
}
namespace etalon::amx_emulated {
extern const Kernels kTable;
}

std::vector<const etalon::Kernels*> check::runnableKernels() {
  std::vector<const etalon::Kernels*> out{&etalon::lanes16_kernels::kTable, &etalon::amx_emulated::kTable};
  for (const char* isa : {"portable", "avx2", "avx512", "avx512bf16", "amx"}) {
    try {
      out.push_back(&etalon::selectKernels(isa));
    } catch (const std::exception&) {
      std::printf("note: no %s kernels on this machine\n", isa);
    }
  }
  return out;
}

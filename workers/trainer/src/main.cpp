#include "cli.hpp"
#ifdef ETALON_WITH_CUDA
#include "cuda/device-engine.hpp"
#endif

int main(int argc, char** argv) {
#ifdef ETALON_WITH_CUDA
  return etalon::runCommandLine({argv + 1, argv + argc}, etalon::cuda::backend);
#else
  return etalon::runCommandLine({argv + 1, argv + argc});
#endif
}

// How the sources of kernels start them; included by .cu files only.
#pragma once
#include "cuda/operations.hpp"
#include "cuda/platform.hpp"
#include "cuda/runtime.hpp"

namespace etalon::cuda {

/// Throws DeviceError for anything but success.
void check(int error, const char* call);

constexpr int kWarp = 32;

__host__ __device__ constexpr int64_t ceilDivide(int64_t n, int64_t by) { return (n + by - 1) / by; }

/// Starts kernel(arguments...) on blocks x `rows` x runs blocks. A grid without blocks is no work.
template <class... Parameters, class... Arguments>
void start(const Launch& on, const char* name, void (*kernel)(Parameters...), int64_t blocks, int64_t rows, int threads,
           Arguments... arguments) {
  if (blocks == 0 || rows == 0) return;
  const dim3 grid{unsigned(blocks), unsigned(rows), unsigned(on.runs)};
#ifdef ETALON_CUDA_EMULATED
  (void)name;
  emulation::launch(on.stream, grid, dim3(unsigned(threads)), [=] { kernel(Parameters(arguments)...); });
#else
  kernel<<<grid, dim3(unsigned(threads)), 0, on.stream>>>(Parameters(arguments)...);
  check(cudaGetLastError(), name);
#endif
}

}  // namespace etalon::cuda

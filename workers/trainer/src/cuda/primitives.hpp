// What several kernels share; included by .cu files only.
#pragma once
#include "cuda/launch.hpp"

namespace etalon::cuda {

constexpr unsigned kAllLanes = 0xffffffffu;

/// The array of this block's run (see operations.hpp).
template <class T>
__device__ inline T* ofRun(T* first, int64_t runStride) {
  typedef typename std::conditional<std::is_const<T>::value, const char, char>::type Byte;
  return reinterpret_cast<T*>(reinterpret_cast<Byte*>(first) + int64_t(blockIdx.z) * runStride);
}

/// Sum over the warp, the same bits in every lane.
template <class T>
__device__ inline T warpSum(T value) {
  for (int mask = kWarp / 2; mask > 0; mask /= 2) value += __shfl_xor_sync(kAllLanes, value, mask);
  return value;
}

/// Sum over a block of `Threads` threads, the same bits in every thread.
template <int Threads, class T>
__device__ inline T blockSum(T value) {
  __shared__ T parts[Threads / kWarp];
  value = warpSum(value);
  if (threadIdx.x % kWarp == 0) parts[threadIdx.x / kWarp] = value;
  __syncthreads();
  T sum = parts[0];
  for (int warp = 1; warp < Threads / kWarp; warp++) sum += parts[warp];
  __syncthreads();
  return sum;
}

}  // namespace etalon::cuda

// Stands in for cuda_runtime.h, so that the sources of the CUDA kernels compile as plain C++ and run on the processor:
// every thread of a block is a fiber, blocks run one after the other, "device" memory is host memory. Deterministic.
// What it cannot show: races between blocks, speed, and how the tensor cores round inside one product.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __shared__ static thread_local
#define __launch_bounds__(...)

struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};

inline thread_local dim3 threadIdx, blockIdx, blockDim, gridDim;

// The part of the runtime interface that the backend calls.
typedef int cudaError_t;
typedef struct CUstream_st* cudaStream_t;
typedef struct CUgraph_st* cudaGraph_t;
typedef struct CUgraphExec_st* cudaGraphExec_t;
constexpr cudaError_t cudaSuccess = 0, cudaErrorMemoryAllocation = 2;
enum cudaMemcpyKind { cudaMemcpyHostToDevice, cudaMemcpyDeviceToHost, cudaMemcpyDeviceToDevice };
enum cudaStreamCaptureMode { cudaStreamCaptureModeThreadLocal };
enum { cudaStreamNonBlocking };
struct cudaDeviceProp {
  char name[256];
  int major, minor, multiProcessorCount;
};

const char* cudaGetErrorString(cudaError_t error);
cudaError_t cudaGetLastError();
cudaError_t cudaGetDeviceCount(int* count);
cudaError_t cudaGetDevice(int* device);
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device);
cudaError_t cudaMemGetInfo(size_t* available, size_t* total);
cudaError_t cudaMalloc(void** memory, size_t bytes);
cudaError_t cudaFree(void* memory);
cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream);
cudaError_t cudaMemsetAsync(void* memory, int value, size_t bytes, cudaStream_t stream);
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags);
cudaError_t cudaStreamDestroy(cudaStream_t stream);
cudaError_t cudaStreamSynchronize(cudaStream_t stream);
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode);
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph);
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph, unsigned long long flags);
cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream);
cudaError_t cudaGraphDestroy(cudaGraph_t graph);
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable);

namespace emulation {

/// Runs the kernel now, or records it where the stream is being captured.
void launch(cudaStream_t stream, dim3 grid, dim3 block, std::function<void()> kernel);

/// Does the work now, or records it where the stream is being captured.
void enqueue(cudaStream_t stream, std::function<void()> work);

/// Waits for all threads of the block, or of the warp; a thread that has returned can no longer arrive, and waiting for
/// it ends the program.
void syncBlock();
void syncWarp();

/// Every lane gives `bytes` bytes; returns the warp's contributions, 16 bytes apart, valid until the lane's next
/// exchange.
const unsigned char* exchange(const void* value, size_t bytes);

constexpr size_t kExchangeStride = 32;

inline unsigned lane() { return (threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z)) % 32; }

template <class T>
T fromLane(const unsigned char* values, unsigned lane) {
  T out;
  std::memcpy(&out, values + lane * kExchangeStride, sizeof out);
  return out;
}

}  // namespace emulation

inline void __syncthreads() { emulation::syncBlock(); }
inline void __syncwarp() { emulation::syncWarp(); }

template <class T>
T __shfl_xor_sync(unsigned, T value, int mask) {
  return emulation::fromLane<T>(emulation::exchange(&value, sizeof value), emulation::lane() ^ unsigned(mask));
}
inline unsigned __ballot_sync(unsigned, bool vote) {
  const unsigned char* votes = emulation::exchange(&vote, sizeof vote);
  unsigned bits = 0;
  for (unsigned lane = 0; lane < 32; lane++) bits |= unsigned(emulation::fromLane<bool>(votes, lane)) << lane;
  return bits;
}
inline int __popc(unsigned bits) { return __builtin_popcount(bits); }

inline uint32_t __float_as_uint(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}
inline float __uint_as_float(uint32_t bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

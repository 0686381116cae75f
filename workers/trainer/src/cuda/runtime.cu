#include "cuda/runtime.hpp"

#include <new>

#include "cuda/launch.hpp"

namespace etalon::cuda {

void check(int error, const char* call) {
  if (error == int(cudaSuccess)) return;
  throw DeviceError(std::string(call) + ": " + cudaGetErrorString(cudaError_t(error)));
}

DeviceAbout deviceAbout() {
  int count = 0, device = 0;
  check(cudaGetDeviceCount(&count), "no CUDA device");
  if (count == 0) throw DeviceError("no CUDA device");
  check(cudaGetDevice(&device), "cudaGetDevice");
  cudaDeviceProp properties;
  check(cudaGetDeviceProperties(&properties, device), "cudaGetDeviceProperties");
  size_t available = 0, total = 0;
  check(cudaMemGetInfo(&available, &total), "cudaMemGetInfo");
  return {properties.name, properties.major, properties.minor, properties.multiProcessorCount, double(available)};
}

DeviceMemory::DeviceMemory(size_t bytes) {
  void* memory = nullptr;
  const cudaError_t error = cudaMalloc(&memory, bytes > 0 ? bytes : 1);
  if (error == cudaErrorMemoryAllocation) throw std::bad_alloc();
  check(error, "cudaMalloc");
  memory_.reset(memory);
  check(cudaMemsetAsync(memory, 0, bytes, nullptr), "cudaMemset");
  check(cudaStreamSynchronize(nullptr), "cudaMemset");
}

void DeviceMemory::Free::operator()(void* memory) const { cudaFree(memory); }
void Graph::Destroy::operator()(CUgraphExec_st* executable) const { cudaGraphExecDestroy(executable); }

Stream::Stream() { check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreate"); }
Stream::~Stream() { cudaStreamDestroy(stream_); }

void Stream::toDevice(void* device, const void* host, size_t bytes) {
  check(cudaMemcpyAsync(device, host, bytes, cudaMemcpyHostToDevice, stream_), "copy to the device");
}

void Stream::toHost(void* host, const void* device, size_t bytes) {
  check(cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, stream_), "copy from the device");
}

void Stream::copy(void* to, const void* from, size_t bytes) {
  check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream_), "copy on the device");
}

void Stream::zero(void* device, size_t bytes) { check(cudaMemsetAsync(device, 0, bytes, stream_), "cudaMemset"); }

void Stream::synchronize() { check(cudaStreamSynchronize(stream_), "work on the device"); }

Graph Stream::capture(const std::function<void()>& work) {
  check(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal), "cudaStreamBeginCapture");
  cudaGraph_t graph = nullptr;
  try {
    work();
  } catch (...) {
    if (cudaStreamEndCapture(stream_, &graph) == cudaSuccess && graph) cudaGraphDestroy(graph);
    throw;
  }
  check(cudaStreamEndCapture(stream_, &graph), "cudaStreamEndCapture");
  cudaGraphExec_t executable = nullptr;
  const cudaError_t error = cudaGraphInstantiate(&executable, graph, 0);
  cudaGraphDestroy(graph);
  check(error, "cudaGraphInstantiate");
  return Graph(executable);
}

void Stream::launch(const Graph& graph) { check(cudaGraphLaunch(graph.get(), stream_), "cudaGraphLaunch"); }

}  // namespace etalon::cuda

// Device memory, streams and graphs with checked errors. Plain C++: includes no CUDA header.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

struct CUstream_st;
struct CUgraphExec_st;

namespace etalon::cuda {

/// A call of the CUDA runtime that failed; the message names the call and the reason.
struct DeviceError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The device in use.
struct DeviceAbout {
  std::string name;
  int major = 0, minor = 0;  // compute capability
  int processors = 0;        // streaming multiprocessors
  double freeBytes = 0;
};

/// Describes the current device; throws DeviceError where there is none, with the runtime's reason.
DeviceAbout deviceAbout();

/// Bytes of device memory; zeroed. Throws std::bad_alloc where it does not fit, DeviceError otherwise.
class DeviceMemory {
 public:
  DeviceMemory() = default;
  explicit DeviceMemory(size_t bytes);

  template <class T = float>
  T* as(size_t byteOffset = 0) const {
    return reinterpret_cast<T*>(static_cast<unsigned char*>(memory_.get()) + byteOffset);
  }

 private:
  struct Free {
    void operator()(void* memory) const;
  };
  std::unique_ptr<void, Free> memory_;
};

/// Recorded work, bound to the addresses it was recorded with.
class Graph {
 public:
  Graph() = default;
  explicit Graph(CUgraphExec_st* executable) : executable_(executable) {}
  explicit operator bool() const { return executable_ != nullptr; }
  CUgraphExec_st* get() const { return executable_.get(); }

 private:
  struct Destroy {
    void operator()(CUgraphExec_st* executable) const;
  };
  std::unique_ptr<CUgraphExec_st, Destroy> executable_;
};

/// An ordered queue of device work. Every member throws DeviceError; errors of earlier work appear at synchronize().
class Stream {
 public:
  Stream();
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  CUstream_st* get() const { return stream_; }
  void toDevice(void* device, const void* host, size_t bytes);
  void toHost(void* host, const void* device, size_t bytes);
  void copy(void* to, const void* from, size_t bytes);
  void zero(void* device, size_t bytes);
  void synchronize();

  /// Records what `work` queues on this stream instead of running it.
  Graph capture(const std::function<void()>& work);
  void launch(const Graph& graph);

 private:
  CUstream_st* stream_ = nullptr;
};

}  // namespace etalon::cuda

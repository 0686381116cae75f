// A small pool for fork-join loops.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace etalon {

/// Runs loops over `threads` workers, the caller included. Idle workers spin for a moment, then sleep: on a machine
/// with fewer free cores than workers, long spinning was measured to cost a factor of ten.
class ThreadPool {
 public:
  /// A borrowed callable; unlike std::function it never allocates.
  class Task {
   public:
    template <class F>
    Task(const F& f) : object_(&f), call_([](const void* o, int64_t i, int w) { (*static_cast<const F*>(o))(i, w); }) {}
    void operator()(int64_t index, int worker) const { call_(object_, index, worker); }

   private:
    const void* object_;
    void (*call_)(const void*, int64_t, int);
  };

  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return int(workers_.size()) + 1; }

  /// Calls task(index, worker) for every index in [0, count), each once, in any order; returns when all are done and
  /// rethrows the first exception. With one thread it is a plain loop.
  void run(int64_t count, const Task& task);

 private:
  void workerLoop(int worker);
  void drain(int worker);

  std::vector<std::thread> workers_;
  std::mutex mutex_;
  std::condition_variable wake_, done_;
  std::atomic<uint64_t> generation_{0};
  std::atomic<int64_t> next_{0};
  std::atomic<int> busy_{0};
  std::atomic<bool> stop_{false};
  int64_t count_ = 0;
  const Task* task_ = nullptr;
  std::exception_ptr failure_;
};

}  // namespace etalon

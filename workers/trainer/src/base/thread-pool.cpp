#include "base/thread-pool.hpp"

#include <chrono>

namespace etalon {
namespace {

constexpr auto kSpin = std::chrono::microseconds(30);

// Spins for kSpin; true as soon as the condition holds.
template <class Condition>
bool spinUntil(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + kSpin;
  do {
    for (int i = 0; i < 64; i++)
      if (condition()) return true;
  } while (std::chrono::steady_clock::now() < end);
  return condition();
}

}  // namespace

ThreadPool::ThreadPool(int threads) {
  for (int worker = 1; worker < threads; worker++) workers_.emplace_back([this, worker] { workerLoop(worker); });
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    generation_++;
  }
  wake_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::run(int64_t count, const Task& task) {
  if (workers_.empty() || count <= 1) {
    for (int64_t i = 0; i < count; i++) task(i, 0);
    return;
  }
  count_ = count;
  task_ = &task;
  next_ = 0;
  failure_ = nullptr;
  busy_ = int(workers_.size());
  {
    const std::lock_guard lock(mutex_);
    generation_++;
  }
  wake_.notify_all();
  drain(0);
  const auto isDone = [&] { return busy_ == 0; };
  if (!spinUntil(isDone)) {
    std::unique_lock lock(mutex_);
    done_.wait(lock, isDone);
  }
  if (failure_) std::rethrow_exception(failure_);
}

void ThreadPool::drain(int worker) {
  try {
    for (int64_t i = next_++; i < count_; i = next_++) (*task_)(i, worker);
  } catch (...) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::current_exception();
  }
}

void ThreadPool::workerLoop(int worker) {
  uint64_t seen = 0;
  while (true) {
    const auto isNew = [&] { return generation_ != seen; };
    if (!spinUntil(isNew)) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, isNew);
    }
    seen = generation_;
    if (stop_) return;
    drain(worker);
    if (busy_.fetch_sub(1) > 1) continue;
    const std::lock_guard lock(mutex_);  // else the wait could begin between its test and this notice
    done_.notify_one();
  }
}

}  // namespace etalon

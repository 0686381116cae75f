// How much memory this machine has, and refusing what does not fit before anything is allocated.
#pragma once
#include <new>
#include <string>

namespace etalon {

/// A run or file that needs more memory than there is; the message says how much.
struct MemoryError : std::bad_alloc {
  explicit MemoryError(std::string message) : message_(std::move(message)) {}
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  std::string message_;
};

/// Physical memory, or the limit of this process's control group where that is less, in bytes.
double memoryPresent();

/// Throws MemoryError when `bytes` are more than memoryPresent().
void requireMemory(double bytes, const std::string& what);

}  // namespace etalon

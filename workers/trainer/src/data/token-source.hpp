// Where token windows come from: files, or a generator.
#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>

#include "base/json.hpp"

namespace etalon {

/// Training data that cannot be used.
struct DataError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class TokenSource {
 public:
  virtual ~TokenSource() = default;

  /// Number of windows of seqLen inputs, each with one more token as last target.
  virtual int64_t windows(int64_t seqLen) const = 0;
  /// The seqLen + 1 tokens of a window.
  virtual void readWindow(int64_t window, int64_t seqLen, int32_t* out) const = 0;
  /// SHA-256 of what decides the tokens; a resumed run must find the same.
  virtual std::string hash() const = 0;
  /// What the start event says about this source.
  virtual Json description() const = 0;
};

}  // namespace etalon

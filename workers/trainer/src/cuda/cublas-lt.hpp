// Products by cuBLASLt, which is loaded where it is installed and never linked.
#pragma once
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "cuda/operations.hpp"
#include "cuda/runtime.hpp"

namespace etalon::cuda {

/// An algorithm of the library for one shape, as it describes it itself.
struct LtAlgorithm {
  std::array<uint64_t, 8> words;
  size_t workspace;  // bytes
};

/// A product of one run and without groups, whose sides are float, or bf16 (rounded beforehand).
struct LtProduct {
  Product product;               // its flag bf16 says what the sides are
  const void *a, *b;             // in place of product.a.values and product.b.values
  int64_t lda, ldb;              // in elements
};

class CublasLt {
 public:
  /// ETALON_CUBLASLT names the file, or is `off`; otherwise libcublasLt.so.13 and .12 are looked for as the loader does
  /// and in /usr/local/cuda/lib64. Null where there is none; throws DeviceError where a named file cannot be used.
  static std::unique_ptr<CublasLt> load();
  ~CublasLt();

  size_t version() const;
  /// Algorithms that the library expects to be fast, best first; none where it cannot do the product.
  std::vector<LtAlgorithm> algorithms(const LtProduct& product) const;
  /// Queues the product; workspace holds kLtWorkspace bytes. Throws DeviceError.
  void multiply(CUstream_st* stream, const LtProduct& product, const LtAlgorithm& algorithm, void* workspace) const;

 private:
  struct Library;
  explicit CublasLt(std::unique_ptr<Library> library);
  std::unique_ptr<Library> library_;
};

constexpr size_t kLtWorkspace = size_t(32) << 20;

/// Bytes, a power of two of at most 256, that divide the address.
uint32_t alignmentOf(const void* address);

}  // namespace etalon::cuda

// The bf16 products of processors with AMX; everything else they share with avx512bf16.
#include <cstdint>
#include <immintrin.h>

#include "kernels/kernels.hpp"

#define ETALON_LANES 16
#define ETALON_BF16
namespace etalon {
namespace amx_kernels {
#include "kernels/vector.inl"
#include "kernels/gemm-amx.inl"
}  // namespace amx_kernels
}  // namespace etalon

#define ETALON_LANES 16
#define ETALON_TILE_ROWS 12
#define ETALON_NAMESPACE avx512bf16_kernels
#define ETALON_NAME "avx512bf16"
#define ETALON_BF16
#include "kernels/table.inl"

#define ETALON_LANES 16
#define ETALON_TILE_ROWS 12
#define ETALON_NAMESPACE avx512_kernels
#define ETALON_NAME "avx512"
#include "kernels/table.inl"

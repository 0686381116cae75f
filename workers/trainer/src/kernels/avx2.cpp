#define ETALON_LANES 8
#define ETALON_TILE_ROWS 6
#define ETALON_NAMESPACE avx2_kernels
#define ETALON_NAME "avx2"
#include "kernels/table.inl"

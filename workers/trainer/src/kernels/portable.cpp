#define ETALON_LANES 4
#define ETALON_TILE_ROWS 4
#define ETALON_NAMESPACE portable_kernels
#define ETALON_NAME "portable"
#include "kernels/table.inl"

// The source of the AVX-512 kernels, at their width and tile size but in baseline instructions, so that it runs on
// every processor that runs the tests.
#define ETALON_LANES 16
#define ETALON_TILE_ROWS 12
#define ETALON_NAMESPACE lanes16_kernels
#define ETALON_NAME "lanes16"
#include "kernels/table.inl"

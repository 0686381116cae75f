// A library with the interface of cuBLASLt that multiplies by plain loops on the emulated device. Of its three
// algorithms the first is wrong, the second right, and the third says that it cannot be used.
#include <cstring>

#include "cuda-emulation.hpp"

namespace {

struct Description {
  int turn[2] = {0, 0};
};
struct Layout {
  int type;
  int64_t rows, columns, ld;
};
struct Heuristic {
  uint64_t algorithm[8];
  size_t workspace;
  int state;
  float waves;
  int reserved[4];
};

float element(const void* values, const Layout& layout, int64_t row, int64_t column) {
  const int64_t at = column * layout.ld + row;
  if (layout.type == 0) return static_cast<const float*>(values)[at];
  return __uint_as_float(uint32_t(static_cast<const uint16_t*>(values)[at]) << 16);
}

}  // namespace

extern "C" {

int cublasLtCreate(void** handle) { return *handle = new int, 0; }
int cublasLtDestroy(void* handle) { return delete static_cast<int*>(handle), 0; }
size_t cublasLtGetVersion() { return 1; }

int cublasLtMatmulDescCreate(void** description, int compute, int scale) {
  *description = new Description;
  return compute == 68 && scale == 0 ? 0 : 1;
}
int cublasLtMatmulDescSetAttribute(void* description, int attribute, const void* value, size_t bytes) {
  if (attribute < 3 || attribute > 4 || bytes != 4) return 1;
  std::memcpy(&static_cast<Description*>(description)->turn[attribute - 3], value, bytes);
  return 0;
}
int cublasLtMatmulDescDestroy(void* description) { return delete static_cast<Description*>(description), 0; }

int cublasLtMatrixLayoutCreate(void** layout, int type, uint64_t rows, uint64_t columns, int64_t ld) {
  *layout = new Layout{type, int64_t(rows), int64_t(columns), ld};
  return ld >= int64_t(rows) && (type == 0 || type == 14) ? 0 : 1;
}
int cublasLtMatrixLayoutDestroy(void* layout) { return delete static_cast<Layout*>(layout), 0; }

int cublasLtMatmulPreferenceCreate(void** preference) { return *preference = new int, 0; }
int cublasLtMatmulPreferenceSetAttribute(void*, int attribute, const void*, size_t bytes) {
  return (attribute == 1 && bytes == 8) || (attribute >= 5 && attribute <= 8 && bytes == 4) ? 0 : 1;
}
int cublasLtMatmulPreferenceDestroy(void* preference) { return delete static_cast<int*>(preference), 0; }

int cublasLtMatmulAlgoGetHeuristic(void*, void*, void*, void*, void*, void*, void*, int wanted, Heuristic* found,
                                   int* count) {
  if (wanted < 3) return 1;
  for (uint64_t i = 0; i < 3; i++) found[i] = {{i, 0, 0, 0, 0, 0, 0, 7}, 16, i == 2 ? 15 : 0, 1.0f, {}};
  return *count = 3, 0;
}

int cublasLtMatmul(void*, void* description, const void* alpha, const void* a, void* ofA, const void* b, void* ofB,
                   const void* beta, const void* c, void* ofC, void* d, void* ofD, const void* algorithm, void*, size_t,
                   cudaStream_t stream) {
  const Description how = *static_cast<Description*>(description);
  const Layout la = *static_cast<Layout*>(ofA), lb = *static_cast<Layout*>(ofB), lc = *static_cast<Layout*>(ofC),
               ld = *static_cast<Layout*>(ofD);
  float scale, keep;
  std::memcpy(&scale, alpha, sizeof scale);
  std::memcpy(&keep, beta, sizeof keep);
  uint64_t words[8];
  std::memcpy(words, algorithm, sizeof words);
  const int64_t depth = how.turn[0] ? la.rows : la.columns;
  if (words[0] > 1 || words[7] != 7 || depth != (how.turn[1] ? lb.columns : lb.rows) ||
      ld.rows != (how.turn[0] ? la.columns : la.rows) || ld.columns != (how.turn[1] ? lb.rows : lb.columns))
    return 1;
  emulation::enqueue(stream, [=] {
    for (int64_t j = 0; j < ld.columns; j++)
      for (int64_t i = 0; i < ld.rows; i++) {
        float sum = words[0] == 0 ? 1.0f : 0.0f;
        for (int64_t k = 0; k < depth; k++)
          sum += element(a, la, how.turn[0] ? k : i, how.turn[0] ? i : k) *
                 element(b, lb, how.turn[1] ? j : k, how.turn[1] ? k : j);
        const float old = keep == 0.0f ? 0.0f : keep * static_cast<const float*>(c)[j * lc.ld + i];
        static_cast<float*>(d)[j * ld.ld + i] = scale * sum + old;
      }
  });
  return 0;
}
}

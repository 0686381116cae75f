// Matrix products of any size by tiles in shared memory: fp32 by multiply-adds, bf16 on the tensor cores. The next step
// of the sum is fetched into registers while the present one is multiplied. Sums run over k in ascending order.
#include "cuda/tensor-core.hpp"

namespace etalon::cuda {
namespace {

// What a block works on: the product of its group and run.
struct Task {
  const float *a, *b, *add;
  float* c;
  int64_t m, k, row, column;  // the first of its tile
};

__device__ int64_t at(const Side& side, int64_t row, int64_t depth) {
  return side.rowsContiguous ? depth * side.ld + row : row * side.ld + depth;
}

// False where the group has no such tile.
template <int Tile>
__device__ bool findTask(const Product& p, int64_t runStride, Task& task) {
  const int64_t tileRows = ceilDivide(p.m, Tile);
  task = {ofRun(p.a.values, runStride),
          ofRun(p.b.values, runStride),
          p.add ? ofRun(p.add, runStride) : nullptr,
          ofRun(p.c, runStride),
          p.m,
          p.k,
          int64_t(blockIdx.x) % tileRows * Tile,
          int64_t(blockIdx.x) / tileRows * Tile};
  if (p.groups.axis == GroupAxis::none) return true;
  const int32_t* begin = ofRun(p.groups.begin, runStride) + blockIdx.y;
  const int64_t first = begin[0], count = begin[1] - begin[0], offset = int64_t(blockIdx.y) * p.groups.stride;
  if (p.groups.axis == GroupAxis::rows) {
    task.a += at(p.a, first, 0);
    task.b += offset;
    task.c += first * p.ldc;
    if (task.add) task.add += first * p.ldc;
    task.m = count;
  } else {
    task.a += at(p.a, 0, first);
    task.b += at(p.b, 0, first);
    task.c += offset;
    if (task.add) task.add += offset;
    task.k = count;
  }
  return task.row < task.m;
}

__device__ void storeResult(const Product& p, const Task& task, int64_t i, int64_t j, float sum) {
  if (i >= task.m || j >= p.n) return;
  const float value = p.alpha * sum;
  task.c[i * p.ldc + j] = task.add ? task.add[i * p.ldc + j] + value : value;
}

// A step of kDepth of one side: fetched from memory by the whole block, `Count` elements a thread, zero outside.
template <int Tile, int Threads, int kDepth>
struct Fetched {
  static constexpr int kCount = Tile * kDepth / Threads;
  float values[kCount];

  // Neighbouring threads take neighbours in memory.
  __device__ static void place(bool rowsContiguous, int i, int& row, int& depth) {
    const int slot = threadIdx.x + i * Threads;
    row = rowsContiguous ? slot % Tile : slot / kDepth;
    depth = rowsContiguous ? slot / Tile : slot % kDepth;
  }

  __device__ void fetch(const Side& side, const float* values, int64_t firstRow, int64_t rows, int64_t first,
                        int64_t end) {
#pragma unroll
    for (int i = 0; i < kCount; i++) {
      int row, depth;
      place(side.rowsContiguous, i, row, depth);
      const bool inside = firstRow + row < rows && first + depth < end;
      this->values[i] = inside ? values[at(side, firstRow + row, first + depth)] : 0.0f;
    }
  }
};

template <int Tile>
struct FmaShape {
  static constexpr int kThreads = Tile == 128 ? 256 : 128, kDepth = 16, kRows = 8,
                       kColumns = Tile * Tile / kThreads / kRows;
};

// A thread's columns: fours that lie Tile / 2 apart, so that neighbours read neighbouring words of shared memory.
__device__ inline int columnOf(int thread, int c) { return thread % 16 * 4 + c / 4 * 64 + c % 4; }

template <int Tile>
__global__ void __launch_bounds__(FmaShape<Tile>::kThreads) fmaKernel(Product p, int64_t runStride) {
  typedef FmaShape<Tile> Shape;
  __shared__ float a[2][Shape::kDepth][Tile + 4], b[2][Shape::kDepth][Tile + 4];
  Task task;
  if (!findTask<Tile>(p, runStride, task)) return;
  Fetched<Tile, Shape::kThreads, Shape::kDepth> nextA, nextB;
  const auto fetch = [&](int64_t k) {
    nextA.fetch(p.a, task.a, task.row, task.m, k, task.k);
    nextB.fetch(p.b, task.b, task.column, p.n, k, task.k);
  };
  const auto put = [&](int buffer) {
#pragma unroll
    for (int i = 0; i < nextA.kCount; i++) {
      int row, depth;
      nextA.place(p.a.rowsContiguous, i, row, depth);
      a[buffer][depth][row] = nextA.values[i];
      nextB.place(p.b.rowsContiguous, i, row, depth);
      b[buffer][depth][row] = nextB.values[i];
    }
  };
  const int firstRow = threadIdx.x / 16 * Shape::kRows;
  float sum[Shape::kRows][Shape::kColumns] = {};
  fetch(0);
  int buffer = 0;
  for (int64_t k = 0; k < task.k; k += Shape::kDepth, buffer ^= 1) {
    put(buffer);
    __syncthreads();
    if (k + Shape::kDepth < task.k) fetch(k + Shape::kDepth);
#pragma unroll
    for (int depth = 0; depth < Shape::kDepth; depth++)
#pragma unroll
      for (int i = 0; i < Shape::kRows; i++)
#pragma unroll
        for (int j = 0; j < Shape::kColumns; j++)
          sum[i][j] += a[buffer][depth][firstRow + i] * b[buffer][depth][columnOf(threadIdx.x, j)];
  }
#pragma unroll
  for (int i = 0; i < Shape::kRows; i++)
#pragma unroll
    for (int j = 0; j < Shape::kColumns; j++)
      storeResult(p, task, task.row + firstRow + i, task.column + columnOf(threadIdx.x, j), sum[i][j]);
}

// Every warp has kRowTiles x kColumnTiles results of 16 x 8. Rows of pairs are 20 words apart: the eight rows and four
// words that a warp reads at once then lie in 32 different banks.
template <int Tile>
struct TensorShape {
  static constexpr int kThreads = Tile == 128 ? 256 : 128, kDepth = 32, kPairs = kDepth / 2, kStride = kPairs + 4;
  static constexpr int kWarpColumns = kThreads / 64;  // warps side by side; there are two rows of them
  static constexpr int kRowTiles = Tile / 2 / 16, kColumnTiles = Tile / kWarpColumns / 8;
};

// As Fetched, but pairs of neighbours in depth, rounded to bf16 when they are stored.
template <int Tile>
struct FetchedPairs {
  typedef TensorShape<Tile> Shape;
  static constexpr int kCount = Tile * Shape::kPairs / Shape::kThreads;
  float low[kCount], high[kCount];

  __device__ static void place(bool rowsContiguous, int i, int& row, int& pair) {
    const int slot = threadIdx.x + i * Shape::kThreads;
    row = rowsContiguous ? slot % Tile : slot / Shape::kPairs;
    pair = rowsContiguous ? slot / Tile : slot % Shape::kPairs;
  }

  __device__ void fetch(const Side& side, const float* values, int64_t firstRow, int64_t rows, int64_t first,
                        int64_t end) {
#pragma unroll
    for (int i = 0; i < kCount; i++) {
      int row, pair;
      place(side.rowsContiguous, i, row, pair);
      const int64_t r = firstRow + row, k = first + 2 * pair;
      low[i] = r < rows && k < end ? values[at(side, r, k)] : 0.0f;
      high[i] = r < rows && k + 1 < end ? values[at(side, r, k + 1)] : 0.0f;
    }
  }

  __device__ void put(bool rowsContiguous, uint32_t* shared) const {
#pragma unroll
    for (int i = 0; i < kCount; i++) {
      int row, pair;
      place(rowsContiguous, i, row, pair);
      shared[row * Shape::kStride + pair] = bf16Pair(low[i], high[i]);
    }
  }
};

template <int Tile>
__global__ void __launch_bounds__(TensorShape<Tile>::kThreads) tensorKernel(Product p, int64_t runStride) {
  typedef TensorShape<Tile> Shape;
  __shared__ uint32_t a[2][Tile * Shape::kStride], b[2][Tile * Shape::kStride];
  Task task;
  if (!findTask<Tile>(p, runStride, task)) return;
  FetchedPairs<Tile> nextA, nextB;
  const auto fetch = [&](int64_t k) {
    nextA.fetch(p.a, task.a, task.row, task.m, k, task.k);
    nextB.fetch(p.b, task.b, task.column, p.n, k, task.k);
  };
  const int warp = threadIdx.x / kWarp, g = threadIdx.x % kWarp / 4, t = threadIdx.x % 4;
  const int firstRow = warp / Shape::kWarpColumns * (Tile / 2),
            firstColumn = warp % Shape::kWarpColumns * (Tile / Shape::kWarpColumns);
  float sum[Shape::kRowTiles][Shape::kColumnTiles][4] = {};
  fetch(0);
  int buffer = 0;
  for (int64_t k = 0; k < task.k; k += Shape::kDepth, buffer ^= 1) {
    nextA.put(p.a.rowsContiguous, a[buffer]);
    nextB.put(p.b.rowsContiguous, b[buffer]);
    __syncthreads();
    if (k + Shape::kDepth < task.k) fetch(k + Shape::kDepth);
#pragma unroll
    for (int pair = 0; pair < Shape::kPairs; pair += 8) {
      uint32_t ofB[Shape::kColumnTiles][2];
#pragma unroll
      for (int j = 0; j < Shape::kColumnTiles; j++) {
        const uint32_t* column = b[buffer] + (firstColumn + 8 * j + g) * Shape::kStride + pair + t;
        ofB[j][0] = column[0], ofB[j][1] = column[4];
      }
#pragma unroll
      for (int i = 0; i < Shape::kRowTiles; i++) {
        const uint32_t* row = a[buffer] + (firstRow + 16 * i + g) * Shape::kStride + pair + t;
        const uint32_t ofA[4] = {row[0], row[8 * Shape::kStride], row[4], row[8 * Shape::kStride + 4]};
#pragma unroll
        for (int j = 0; j < Shape::kColumnTiles; j++) multiplyBf16(sum[i][j], ofA, ofB[j]);
      }
    }
  }
#pragma unroll
  for (int i = 0; i < Shape::kRowTiles; i++)
#pragma unroll
    for (int j = 0; j < Shape::kColumnTiles; j++)
#pragma unroll
      for (int e = 0; e < 4; e++)
        storeResult(p, task, task.row + firstRow + 16 * i + g + e / 2 * 8,
                    task.column + firstColumn + 8 * j + 2 * t + e % 2, sum[i][j][e]);
}

// Large tiles read memory less often, but only where there are enough of them to occupy a device.
constexpr int64_t kEnoughTiles = 128;

}  // namespace

void multiply(const Launch& on, const Product& p) {
  const bool large = ceilDivide(p.m, 128) * ceilDivide(p.n, 128) * p.groups.count * on.runs >= kEnoughTiles;
  const int64_t tile = large ? 128 : 64, tiles = ceilDivide(p.m, tile) * ceilDivide(p.n, tile);
  const auto run = [&](void (*kernel)(Product, int64_t)) {
    start(on, "multiply", kernel, tiles, p.groups.count, large ? 256 : 128, p, on.runStride);
  };
  if (p.bf16) run(large ? tensorKernel<128> : tensorKernel<64>);
  else run(large ? fmaKernel<128> : fmaKernel<64>);
}

}  // namespace etalon::cuda

#include "cuda-emulation.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>
#if !defined(__x86_64__)
#include <ucontext.h>
#endif

// A switch between two stacks. ucontext saves the signal mask with a system call at every switch, some fifty times
// slower, so x86-64 has its own: the callee-saved registers of the System V ABI.
#if defined(__x86_64__)
struct Context {
  void* stack = nullptr;
};
extern "C" void etalonSwitchStack(void** from, void* to);
asm(R"(
.text
.globl etalonSwitchStack
.type etalonSwitchStack, @function
etalonSwitchStack:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size etalonSwitchStack, . - etalonSwitchStack
)");
static void switchTo(Context& from, Context& to) { etalonSwitchStack(&from.stack, to.stack); }
static void prepare(Context& context, unsigned char* memory, size_t bytes, void (*entry)()) {
  auto top = (reinterpret_cast<uintptr_t>(memory) + bytes) & ~uintptr_t(15);
  auto* slots = reinterpret_cast<void**>(top) - 8;  // six registers, the return address, and what would be its caller's
  for (int i = 0; i < 8; i++) slots[i] = nullptr;
  slots[6] = reinterpret_cast<void*>(entry);
  context.stack = slots;
}
#else
struct Context {
  ucontext_t context;
};
static void switchTo(Context& from, Context& to) { swapcontext(&from.context, &to.context); }
static void prepare(Context& context, unsigned char* memory, size_t bytes, void (*entry)()) {
  getcontext(&context.context);
  context.context.uc_stack.ss_sp = memory;
  context.context.uc_stack.ss_size = bytes;
  makecontext(&context.context, entry, 0);
}
#endif

namespace {

constexpr size_t kStackBytes = 128 << 10;

enum class Waiting { no, warp, block, done };

struct Fiber {
  Context context;
  std::unique_ptr<unsigned char[]> stack;
  Waiting waiting = Waiting::done;
  dim3 index;
  unsigned exchanges = 0;
};

struct Warp {
  unsigned arrived = 0;
  unsigned char values[2][32 * emulation::kExchangeStride];
};

// The block that this operating-system thread is running.
struct Block {
  std::vector<std::unique_ptr<Fiber>> fibers;
  std::vector<Warp> warps;
  unsigned size = 0, arrived = 0, current = 0;
  Context scheduler;
  const std::function<void()>* kernel = nullptr;
};
thread_local Block block;

// Between two barriers the threads of a block run in ascending order, or in descending order when asked: a barrier that
// is missing shows in one of the two.
const bool kDescending = std::getenv("ETALON_EMULATION_DESCENDING") != nullptr;

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "emulated kernel: %s (block %u,%u,%u thread %u)\n", what, blockIdx.x, blockIdx.y, blockIdx.z,
               threadIdx.x);
  std::abort();
}

void fiberMain() {
  for (;;) {
    (*block.kernel)();
    Fiber& self = *block.fibers[block.current];
    self.waiting = Waiting::done;
    switchTo(self.context, block.scheduler);
  }
}

void pause(Waiting reason) {
  Fiber& self = *block.fibers[block.current];
  self.waiting = reason;
  switchTo(self.context, block.scheduler);
}

void release(unsigned begin, unsigned end, Waiting reason) {
  for (unsigned i = begin; i < end; i++)
    if (block.fibers[i]->waiting == reason) block.fibers[i]->waiting = Waiting::no;
}

void runBlock() {
  for (unsigned i = 0; i < block.size; i++) {
    Fiber& fiber = *block.fibers[i];
    fiber.waiting = Waiting::no;
    fiber.exchanges = 0;
    fiber.index = dim3(i % blockDim.x, i / blockDim.x % blockDim.y, i / (blockDim.x * blockDim.y));
  }
  block.arrived = 0;
  for (Warp& warp : block.warps) warp.arrived = 0;
  for (unsigned left = block.size; left > 0;) {
    bool moved = false;
    for (unsigned step = 0; step < block.size; step++) {
      const unsigned i = kDescending ? block.size - 1 - step : step;
      Fiber& fiber = *block.fibers[i];
      if (fiber.waiting != Waiting::no) continue;
      moved = true;
      block.current = i;
      threadIdx = fiber.index;
      switchTo(block.scheduler, fiber.context);
      if (fiber.waiting == Waiting::done) left--;
    }
    if (!moved && left > 0) fail("threads wait at a barrier that others do not reach");
  }
}

void runGrid(dim3 grid, dim3 threads, const std::function<void()>& kernel) {
  if (grid.x == 0 || grid.y == 0 || grid.z == 0 || grid.y > 65535 || grid.z > 65535) fail("the grid is not valid");
  block.size = threads.x * threads.y * threads.z;
  if (block.size == 0 || block.size > 1024) fail("the block is not valid");
  while (block.fibers.size() < block.size) {
    block.fibers.push_back(std::make_unique<Fiber>());
    Fiber& fiber = *block.fibers.back();
    fiber.stack = std::make_unique<unsigned char[]>(kStackBytes);
    prepare(fiber.context, fiber.stack.get(), kStackBytes, fiberMain);
  }
  block.warps.resize((block.size + 31) / 32);
  block.kernel = &kernel;
  gridDim = grid;
  blockDim = threads;
  for (unsigned z = 0; z < grid.z; z++)
    for (unsigned y = 0; y < grid.y; y++)
      for (unsigned x = 0; x < grid.x; x++) {
        blockIdx = dim3(x, y, z);
        runBlock();
      }
}

}  // namespace

// A graph is what was launched while the stream was captured.
struct CUgraph_st {
  std::vector<std::function<void()>> work;
};
struct CUgraphExec_st : CUgraph_st {};
struct CUstream_st {
  std::unique_ptr<CUgraph_st> captured;
};

static cudaError_t perform(cudaStream_t stream, std::function<void()> work) {
  if (stream && stream->captured) stream->captured->work.push_back(std::move(work));
  else work();
  return cudaSuccess;
}

namespace emulation {

void launch(cudaStream_t stream, dim3 grid, dim3 threads, std::function<void()> kernel) {
  perform(stream, [=] { runGrid(grid, threads, kernel); });
}

void enqueue(cudaStream_t stream, std::function<void()> work) { perform(stream, std::move(work)); }

void syncBlock() {
  if (++block.arrived < block.size) return pause(Waiting::block);
  block.arrived = 0;
  release(0, block.size, Waiting::block);
}

void syncWarp() {
  const unsigned first = block.current / 32 * 32, end = std::min(first + 32, block.size);
  Warp& warp = block.warps[first / 32];
  if (++warp.arrived < end - first) return pause(Waiting::warp);
  warp.arrived = 0;
  release(first, end, Waiting::warp);
}

const unsigned char* exchange(const void* value, size_t bytes) {
  if (bytes > kExchangeStride) fail("an exchange is too large");
  // Two sets in turn: nobody can be two exchanges ahead of a lane that has not read yet.
  unsigned char* values = block.warps[block.current / 32].values[block.fibers[block.current]->exchanges++ % 2];
  std::memcpy(values + block.current % 32 * kExchangeStride, value, bytes);
  syncWarp();
  return values;
}

}  // namespace emulation

const char* cudaGetErrorString(cudaError_t error) { return error == cudaSuccess ? "no error" : "out of memory"; }
cudaError_t cudaGetLastError() { return cudaSuccess; }
cudaError_t cudaGetDeviceCount(int* count) { return *count = 1, cudaSuccess; }
cudaError_t cudaGetDevice(int* device) { return *device = 0, cudaSuccess; }
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int) {
  *properties = {"emulated on the processor", 8, 0, 4};
  return cudaSuccess;
}
cudaError_t cudaMemGetInfo(size_t* available, size_t* total) {
  return *available = *total = size_t(1) << 31, cudaSuccess;
}
// Fresh memory holds NaN, so that nothing passes by reading what was never written.
cudaError_t cudaMalloc(void** memory, size_t bytes) {
  *memory = std::malloc(bytes);
  if (*memory) std::memset(*memory, 0xFF, bytes);
  return *memory ? cudaSuccess : cudaErrorMemoryAllocation;
}
cudaError_t cudaFree(void* memory) { return std::free(memory), cudaSuccess; }
cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind, cudaStream_t stream) {
  if (bytes == 0) return cudaSuccess;  // memcpy must not be given null even then
  return perform(stream, [=] { std::memcpy(to, from, bytes); });
}
cudaError_t cudaMemsetAsync(void* memory, int value, size_t bytes, cudaStream_t stream) {
  return perform(stream, [=] { std::memset(memory, value, bytes); });
}
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) { return *stream = new CUstream_st, cudaSuccess; }
cudaError_t cudaStreamDestroy(cudaStream_t stream) { return delete stream, cudaSuccess; }
cudaError_t cudaStreamSynchronize(cudaStream_t) { return cudaSuccess; }
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
  stream->captured = std::make_unique<CUgraph_st>();
  return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  *graph = stream->captured.release();
  return cudaSuccess;
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph, unsigned long long) {
  *executable = new CUgraphExec_st{*graph};
  return cudaSuccess;
}
cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
  for (const auto& work : executable->work) perform(stream, work);
  return cudaSuccess;
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) { return delete graph, cudaSuccess; }
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) { return delete executable, cudaSuccess; }

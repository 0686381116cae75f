#include "cuda/cublas-lt.hpp"

#include <dlfcn.h>

#include <cstdlib>

namespace etalon::cuda {
namespace {

// The few declarations of cublasLt.h that are needed; values and layouts of versions 12 and 13.
typedef int Status;
typedef void *Handle, *Description, *Layout, *Preference;
constexpr int kComputeFloat = 68, kFloat = 0, kBf16 = 14;                // cublasComputeType_t, cudaDataType_t
constexpr int kTransA = 3, kTransB = 4;                                  // cublasLtMatmulDescAttributes_t
constexpr int kMostWorkspace = 1, kAlignA = 5, kAlignB = 6, kAlignC = 7,
              kAlignD = 8;  // cublasLtMatmulPreferenceAttributes_t
constexpr int kCandidates = 8;

struct Heuristic {  // cublasLtMatmulHeuristicResult_t
  std::array<uint64_t, 8> algorithm;
  size_t workspace;
  Status state;
  float waves;
  int reserved[4];
};
static_assert(sizeof(Heuristic) == 96);

void check(Status status, const char* call) {
  if (status != 0) throw DeviceError(std::string("cuBLASLt: ") + call + " gave status " + std::to_string(status));
}

}  // namespace

struct CublasLt::Library {
  void* file = nullptr;
  Handle handle = nullptr;
  Status (*create)(Handle*);
  Status (*destroy)(Handle);
  size_t (*version)();
  Status (*descriptionCreate)(Description*, int compute, int scale);
  Status (*descriptionSet)(Description, int attribute, const void*, size_t);
  Status (*descriptionDestroy)(Description);
  Status (*layoutCreate)(Layout*, int type, uint64_t rows, uint64_t columns, int64_t ld);
  Status (*layoutDestroy)(Layout);
  Status (*preferenceCreate)(Preference*);
  Status (*preferenceSet)(Preference, int attribute, const void*, size_t);
  Status (*preferenceDestroy)(Preference);
  Status (*heuristic)(Handle, Description, Layout, Layout, Layout, Layout, Preference, int wanted, Heuristic*,
                      int* found);
  Status (*matmul)(Handle, Description, const void* alpha, const void* a, Layout, const void* b, Layout,
                   const void* beta, const void* c, Layout, void* d, Layout, const void* algorithm, void* workspace,
                   size_t bytes, CUstream_st*);

  explicit Library(const char* path) : file(dlopen(path, RTLD_NOW | RTLD_LOCAL)) {
    if (!file) return;
    find(create, "cublasLtCreate");
    find(destroy, "cublasLtDestroy");
    find(version, "cublasLtGetVersion");
    find(descriptionCreate, "cublasLtMatmulDescCreate");
    find(descriptionSet, "cublasLtMatmulDescSetAttribute");
    find(descriptionDestroy, "cublasLtMatmulDescDestroy");
    find(layoutCreate, "cublasLtMatrixLayoutCreate");
    find(layoutDestroy, "cublasLtMatrixLayoutDestroy");
    find(preferenceCreate, "cublasLtMatmulPreferenceCreate");
    find(preferenceSet, "cublasLtMatmulPreferenceSetAttribute");
    find(preferenceDestroy, "cublasLtMatmulPreferenceDestroy");
    find(heuristic, "cublasLtMatmulAlgoGetHeuristic");
    find(matmul, "cublasLtMatmul");
    if (file && create(&handle) != 0) handle = nullptr;
  }
  ~Library() {
    if (handle) destroy(handle);
    if (file) dlclose(file);
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

 private:
  template <class Function>
  void find(Function& function, const char* name) {
    function = file ? reinterpret_cast<Function>(dlsym(file, name)) : nullptr;
    if (function || !file) return;
    dlclose(file);
    file = nullptr;
  }
};

namespace {

// The library's description of a product. It stores matrices by columns, so it is asked for c^T = b a^T: what is a row
// of ours is a column of its own, a side whose elements along k are neighbours is k x rows to it, the other rows x k.
template <class Library>
struct Described {
  const Library& lt;
  Description operation = nullptr;
  Layout a = nullptr, b = nullptr, c = nullptr;

  Described(const Library& library, const LtProduct& product) : lt(library) {
    const Product& p = product.product;
    const int type = p.bf16 ? kBf16 : kFloat;
    const int32_t turnB = p.b.rowsContiguous ? 0 : 1, turnA = p.a.rowsContiguous ? 1 : 0;
    check(lt.descriptionCreate(&operation, kComputeFloat, kFloat), "MatmulDescCreate");
    check(lt.descriptionSet(operation, kTransA, &turnB, sizeof turnB), "MatmulDescSetAttribute");
    check(lt.descriptionSet(operation, kTransB, &turnA, sizeof turnA), "MatmulDescSetAttribute");
    check(lt.layoutCreate(&b, type, uint64_t(turnB ? p.k : p.n), uint64_t(turnB ? p.n : p.k), product.ldb),
          "MatrixLayoutCreate");
    check(lt.layoutCreate(&a, type, uint64_t(turnA ? p.m : p.k), uint64_t(turnA ? p.k : p.m), product.lda),
          "MatrixLayoutCreate");
    check(lt.layoutCreate(&c, kFloat, uint64_t(p.n), uint64_t(p.m), p.ldc), "MatrixLayoutCreate");
  }
  ~Described() {
    for (const Layout layout : {a, b, c})
      if (layout) lt.layoutDestroy(layout);
    if (operation) lt.descriptionDestroy(operation);
  }
  Described(const Described&) = delete;
  Described& operator=(const Described&) = delete;
};

}  // namespace

CublasLt::CublasLt(std::unique_ptr<Library> library) : library_(std::move(library)) {}
CublasLt::~CublasLt() = default;

std::unique_ptr<CublasLt> CublasLt::load() {
  const char* named = std::getenv("ETALON_CUBLASLT");
  if (named && std::string(named) == "off") return nullptr;
#ifdef ETALON_CUDA_EMULATED
  const std::vector<const char*> anywhere;  // its memory is not the emulation's
#else
  const std::vector<const char*> anywhere{"libcublasLt.so.13", "/usr/local/cuda/lib64/libcublasLt.so.13",
                                          "libcublasLt.so.12", "/usr/local/cuda/lib64/libcublasLt.so.12"};
#endif
  for (const char* path : named ? std::vector<const char*>{named} : anywhere) {
    auto library = std::make_unique<Library>(path);
    if (library->file && library->handle) return std::unique_ptr<CublasLt>(new CublasLt(std::move(library)));
  }
  if (named) throw DeviceError("ETALON_CUBLASLT: " + std::string(named) + " is not a library of cuBLASLt");
  return nullptr;
}

size_t CublasLt::version() const { return library_->version(); }

std::vector<LtAlgorithm> CublasLt::algorithms(const LtProduct& product) const {
  const Library& lt = *library_;
  const Described<Library> d(lt, product);
  Preference preference = nullptr;
  check(lt.preferenceCreate(&preference), "MatmulPreferenceCreate");
  const std::unique_ptr<void, Status (*)(Preference)> owner(preference, lt.preferenceDestroy);
  const Product& p = product.product;
  check(lt.preferenceSet(preference, kMostWorkspace, &kLtWorkspace, sizeof kLtWorkspace),
        "MatmulPreferenceSetAttribute");
  for (const auto& [attribute, address] : {std::pair(kAlignA, product.b), std::pair(kAlignB, product.a),
                                           std::pair(kAlignC, static_cast<const void*>(p.add ? p.add : p.c)),
                                           std::pair(kAlignD, static_cast<const void*>(p.c))}) {
    const uint32_t alignment = alignmentOf(address);
    check(lt.preferenceSet(preference, attribute, &alignment, sizeof alignment), "MatmulPreferenceSetAttribute");
  }
  Heuristic found[kCandidates] = {};
  int count = 0;
  std::vector<LtAlgorithm> out;
  if (lt.heuristic(lt.handle, d.operation, d.b, d.a, d.c, d.c, preference, kCandidates, found, &count) != 0) return out;
  for (int i = 0; i < count; i++)
    if (found[i].state == 0 && found[i].workspace <= kLtWorkspace)
      out.push_back({found[i].algorithm, found[i].workspace});
  return out;
}

void CublasLt::multiply(CUstream_st* stream, const LtProduct& product, const LtAlgorithm& algorithm,
                        void* workspace) const {
  const Library& lt = *library_;
  const Described<Library> d(lt, product);
  const Product& p = product.product;
  const float alpha = p.alpha, beta = p.add ? 1.0f : 0.0f;
  check(lt.matmul(lt.handle, d.operation, &alpha, product.b, d.b, product.a, d.a, &beta, p.add ? p.add : p.c, d.c, p.c,
                  d.c, algorithm.words.data(), workspace, algorithm.workspace, stream),
        "Matmul");
}

uint32_t alignmentOf(const void* address) {
  uint32_t alignment = 256;
  while (reinterpret_cast<uintptr_t>(address) % alignment) alignment /= 2;
  return alignment;
}

}  // namespace etalon::cuda

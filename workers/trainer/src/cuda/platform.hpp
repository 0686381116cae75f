// The CUDA runtime, or what stands in for it where the kernels run on the processor (tests/cuda-emulation.hpp).
#pragma once
#ifdef ETALON_CUDA_EMULATED
#include "cuda-emulation.hpp"
#else
#include <cuda_runtime.h>
#endif

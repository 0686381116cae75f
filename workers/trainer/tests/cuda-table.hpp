// The operations of the CUDA backend behind the interface of the processor's kernels, so that both run the same tests:
// every call copies its arrays to the device and the results back.
#pragma once
#include "kernels.hpp"

namespace testing {

/// Null where there is no CUDA device; prints why.
const etalon::Kernels* cudaTable();

}  // namespace testing

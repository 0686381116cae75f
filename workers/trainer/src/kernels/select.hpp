// Chooses the kernel table for this machine.
#pragma once
#include <string>

#include "kernels/kernels.hpp"

namespace etalon {

/// The table called `isa` (portable, avx2, avx512, avx512bf16, amx), or the best one this processor runs when `isa` is
/// empty. Throws std::invalid_argument for a name that is unknown or not runnable here.
const Kernels& selectKernels(const std::string& isa = "");

}  // namespace etalon

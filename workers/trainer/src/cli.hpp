// Command-line arguments and commands.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "model/engine.hpp"

namespace etalon {

constexpr int kExitConfig = 2, kExitData = 3, kExitMemory = 4;

/// Makes the backend of a CUDA device; throws std::runtime_error with the reason where there is none.
using CudaBackend = std::unique_ptr<Backend> (*)();

/// Runs the program; returns the exit code. Never throws. `cuda` is null in a build without CUDA.
int runCommandLine(const std::vector<std::string>& arguments, CudaBackend cuda = nullptr);

}  // namespace etalon

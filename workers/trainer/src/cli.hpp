// Command-line arguments and commands.
#pragma once
#include <map>
#include <string>
#include <vector>

namespace etalon {

constexpr int kExitConfig = 2, kExitData = 3, kExitMemory = 4;

/// Runs the program; returns the exit code. Never throws.
int runCommandLine(const std::vector<std::string>& arguments);

}  // namespace etalon

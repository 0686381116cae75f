#include "base/memory.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

namespace etalon {

double memoryPresent() {
  double present = double(sysconf(_SC_PHYS_PAGES)) * double(sysconf(_SC_PAGESIZE));
  for (const char* path : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    double limit = 0;
    if (std::ifstream(path) >> limit && limit > 0) present = std::min(present, limit);  // "max" is not a number
  }
  return present;
}

void requireMemory(double bytes, const std::string& what) {
  const double present = memoryPresent();
  if (bytes <= present) return;
  char text[160];
  std::snprintf(text, sizeof text, " needs %.0f bytes (%.0f MiB), this machine has %.0f MiB", bytes, bytes / 0x1p20,
                present / 0x1p20);
  throw MemoryError(what + text);
}

}  // namespace etalon

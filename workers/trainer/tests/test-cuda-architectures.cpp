// The program must hold machine code for every wanted compute capability, and PTX for later ones. Reads the fat
// binaries in the file itself (a header of magic 0xBA55ED50, then entries: kind 1 PTX, 2 ELF, compute capability at
// byte 28), so that it needs neither a GPU nor cuobjdump. Arguments: the program, then capabilities such as 80 or, for
// PTX, compute_90.
#include <cstring>
#include <set>

#include "check.hpp"
#include "temporary-folder.hpp"

namespace {

template <class T>
T read(const std::string& bytes, size_t at) {
  T value{};
  if (at + sizeof value <= bytes.size()) std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

// What one fat binary holds, in the form of the arguments.
std::set<std::string> contents(const std::string& bytes, size_t header) {
  std::set<std::string> out;
  const size_t first = header + read<uint16_t>(bytes, header + 6), end = first + read<uint64_t>(bytes, header + 8);
  for (size_t entry = first; entry < end && end <= bytes.size();) {
    const std::string capability = std::to_string(read<uint32_t>(bytes, entry + 28));
    out.insert(read<uint16_t>(bytes, entry) == 1 ? "compute_" + capability : capability);
    entry += read<uint32_t>(bytes, entry + 4) + read<uint64_t>(bytes, entry + 8);
  }
  return out;
}

}  // namespace

int main(int count, char** arguments) {
  const std::set<std::string> wanted(arguments + 2, arguments + count);
  const std::string bytes = testing::TemporaryFolder::read(arguments[1]), magic = "\x50\xED\x55\xBA";
  int complete = 0;
  for (size_t at = bytes.find(magic); at != std::string::npos; at = bytes.find(magic, at + 1))
    complete += contents(bytes, at) == wanted;
  // One fat binary for each .cu file; the runtime library has one of its own, without PTX.
  check::isTrue(complete == CUDA_SOURCES, std::to_string(complete) + " of " + std::to_string(CUDA_SOURCES) +
                                              " CUDA sources are there for every capability");
  return check::finish("cuda architectures");
}

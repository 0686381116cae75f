#include "data/token-layouts.hpp"

#include "base/memory.hpp"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <new>

namespace etalon {
namespace {

namespace fs = std::filesystem;

constexpr size_t kHeaderBytes = 1024;
constexpr int32_t kGpt2Magic = 20240520, kLlama3Magic = 20240801, kEvalMagic = 20240522, kModelMagic = 20240326;
constexpr char kLlmqMagic[] = "BIN.TOK\n";
constexpr char kMegatronMagic[9] = "MMIDIDX\0";

template <class T>
T valueAt(const std::vector<uint8_t>& bytes, size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

int32_t word(const std::vector<uint8_t>& bytes, size_t index) {
  return bytes.size() < 4 * (index + 1) ? 0 : valueAt<int32_t>(bytes, 4 * index);
}

bool startsWith(const std::vector<uint8_t>& bytes, const char* text, size_t length) {
  return bytes.size() >= length && std::memcmp(bytes.data(), text, length) == 0;
}

[[noreturn]] void refuse(const std::string& path, const std::string& reason) { throw DataError(path + " " + reason); }

TokenFile cutRaw(const std::string& path, std::vector<uint8_t> bytes, int tokenBytes) {
  if (bytes.size() % size_t(tokenBytes))
    refuse(path, "has " + std::to_string(bytes.size()) + " bytes, not a whole number of " + std::to_string(tokenBytes) +
                     "-byte tokens");
  return TokenFile(std::move(bytes), tokenBytes);
}

// Drops the header and whatever follows the tokens.
TokenFile cutAfterHeader(const std::string& path, std::vector<uint8_t> bytes, int64_t count, int tokenBytes,
                         bool exact) {
  const auto present = int64_t(bytes.size() - kHeaderBytes);
  if (count < 0 || count > present / tokenBytes || (exact && count * tokenBytes != present))
    refuse(path, "says it has " + std::to_string(count) + " tokens of " + std::to_string(tokenBytes) + " bytes, but " +
                     std::to_string(present) + " bytes follow its header");
  bytes.erase(bytes.begin(), bytes.begin() + kHeaderBytes);
  bytes.resize(size_t(count * tokenBytes));
  return TokenFile(std::move(bytes), tokenBytes);
}

TokenFile cutLlmc(const std::string& path, std::vector<uint8_t> bytes) {
  const int32_t magic = word(bytes, 0), version = word(bytes, 1);
  if (bytes.size() < kHeaderBytes || (magic != kGpt2Magic && magic != kLlama3Magic))
    refuse(path, "is not an llm.c token file (first number " + std::to_string(magic) + ")");
  const int32_t expected = magic == kGpt2Magic ? 1 : 7;
  if (version != expected)
    refuse(path, "is an llm.c token file of version " + std::to_string(version) + ", not " + std::to_string(expected));
  const int32_t count = word(bytes, 2);
  return cutAfterHeader(path, std::move(bytes), count, magic == kGpt2Magic ? 2 : 4, true);
}

TokenFile cutLlmq(const std::string& path, std::vector<uint8_t> bytes) {
  if (bytes.size() < kHeaderBytes || !startsWith(bytes, kLlmqMagic, 8))
    refuse(path, "is not an LLMQ token file (no BIN.TOK)");
  const int32_t version = word(bytes, 2), size = word(bytes, 3), count = word(bytes, 4);
  if (version < 1 || version > 3)
    refuse(path, "is an LLMQ token file of version " + std::to_string(version) + ", not 1 to 3");
  if (size != 4) refuse(path, "has tokens of " + std::to_string(size) + " bytes, not 4");
  return cutAfterHeader(path, std::move(bytes), count, 4, false);
}

// Tokens of signed or 64-bit types become unsigned ones of the nearest size.
TokenFile narrow(const std::string& path, const std::vector<uint8_t>& bytes, int from, int to) {
  std::vector<uint8_t> out(bytes.size() / size_t(from) * size_t(to));
  for (size_t i = 0; i * size_t(from) < bytes.size(); i++) {
    int64_t value = 0;
    std::memcpy(&value, bytes.data() + i * size_t(from), size_t(from));
    const bool negative = value >> (8 * from - 1) & 1;
    if (negative || value > 0xFFFFFFFFll)
      refuse(path, "holds a negative or huge token at position " + std::to_string(i));
    std::memcpy(out.data() + i * size_t(to), &value, size_t(to));
  }
  return TokenFile(std::move(out), to);
}

TokenFile typedTokens(const std::string& path, std::vector<uint8_t> bytes, int code) {
  switch (code) {
    case 1: return TokenFile(std::move(bytes), 1);
    case 2: return narrow(path, bytes, 1, 1);
    case 3: return narrow(path, bytes, 2, 2);
    case 4: return narrow(path, bytes, 4, 4);
    case 5: return narrow(path, bytes, 8, 4);
    case 8: return TokenFile(std::move(bytes), 2);
  }
  refuse(path, "has elements of type code " + std::to_string(code) + ", which are no tokens");
}

TokenFile cutMegatron(const std::string& path, std::vector<uint8_t> bytes) {
  constexpr size_t kIndexHeader = 34;  // magic 9, version 8, type 1, two counts of 8
  const std::string indexPath = fs::path(path).replace_extension(".idx").string();
  const std::vector<uint8_t> index = readWholeFile(indexPath);
  if (index.size() < kIndexHeader || !startsWith(index, kMegatronMagic, 9))
    refuse(indexPath, "is not a Megatron index");
  if (const auto version = valueAt<uint64_t>(index, 9); version != 1)
    refuse(indexPath, "is a Megatron index of version " + std::to_string(version) + ", not 1");
  const int code = index[17];
  constexpr int kSizes[] = {0, 1, 1, 2, 4, 8, 8, 4, 2};
  if (code < 1 || code > 8) refuse(indexPath, "has the unknown type code " + std::to_string(code));
  const auto sequences = valueAt<uint64_t>(index, 18), documents = valueAt<uint64_t>(index, 26);
  const size_t present = index.size() - kIndexHeader;
  if (sequences > present / 12 || documents > (present - sequences * 12) / 8)
    refuse(indexPath, "says it has " + std::to_string(sequences) + " sequences and " + std::to_string(documents) +
                          " document starts, more than its " + std::to_string(index.size()) + " bytes hold");
  uint64_t offset = 0;
  for (uint64_t s = 0; s < sequences; s++) {
    const auto length = valueAt<int32_t>(index, kIndexHeader + 4 * s);
    const auto pointer = valueAt<int64_t>(index, kIndexHeader + 4 * sequences + 8 * s);
    if (length < 0 || pointer < 0 || uint64_t(pointer) != offset)
      refuse(indexPath, "has sequence " + std::to_string(s) + " of length " + std::to_string(length) + " at byte " +
                            std::to_string(pointer) + ", expected at " + std::to_string(offset));
    offset += uint64_t(length) * uint64_t(kSizes[code]);
  }
  if (offset != bytes.size())
    refuse(path, "has " + std::to_string(bytes.size()) + " bytes, but its index describes " + std::to_string(offset));
  return typedTokens(path, std::move(bytes), code);
}

}  // namespace

std::vector<uint8_t> readWholeFile(const std::string& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) throw DataError(path + " cannot be read: it is not a regular file");
  const auto size = fs::file_size(path, error);
  if (error) throw DataError(path + " cannot be read");
  requireMemory(double(size), path);
  std::vector<uint8_t> bytes(static_cast<size_t>(size));
  std::ifstream file(path, std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(bytes.data()), std::streamsize(size)))
    throw DataError(path + " cannot be read");
  return bytes;
}

TokenFile cutTokens(const std::string& path, std::vector<uint8_t> bytes, DataFormat format, int nanogptBytes) {
  switch (format) {
    case DataFormat::u8: return TokenFile(std::move(bytes), 1);
    case DataFormat::u16: return cutRaw(path, std::move(bytes), 2);
    case DataFormat::u32: return cutRaw(path, std::move(bytes), 4);
    case DataFormat::llmc: return cutLlmc(path, std::move(bytes));
    case DataFormat::megatron: return cutMegatron(path, std::move(bytes));
    case DataFormat::llmq: return cutLlmq(path, std::move(bytes));
    case DataFormat::nanogpt:
      if (const auto found = recognizeFormat(path, bytes); found && *found != DataFormat::megatron)
        refuse(path,
               std::string("has the header of the format ") + dataFormatName(*found) + ", nanoGPT files have none");
      return cutRaw(path, std::move(bytes), nanogptBytes);
    case DataFormat::synthetic: break;
  }
  refuse(path, "is a file, but data.format is \"synthetic\"");
}

std::optional<DataFormat> recognizeFormat(const std::string& path, const std::vector<uint8_t>& bytes) {
  const int32_t magic = word(bytes, 0);
  if (startsWith(bytes, kLlmqMagic, 8)) return DataFormat::llmq;
  if (bytes.size() >= kHeaderBytes && (magic == kGpt2Magic || magic == kLlama3Magic)) return DataFormat::llmc;
  if (bytes.size() >= kHeaderBytes && magic == kEvalMagic)
    refuse(path, "is an llm.c evaluation file, not training tokens");
  if (bytes.size() >= kHeaderBytes && magic == kModelMagic) refuse(path, "is an llm.c model, not training tokens");
  if (startsWith(bytes, kMegatronMagic, 9)) return DataFormat::megatron;
  std::error_code error;
  if (fs::is_regular_file(fs::path(path).replace_extension(".idx"), error)) return DataFormat::megatron;
  return {};
}

std::string megatronTokensPath(const std::string& path) {
  const std::string extension = fs::path(path).extension().string();
  if (extension == ".bin") return path;
  return extension == ".idx" ? fs::path(path).replace_extension(".bin").string() : path + ".bin";
}

}  // namespace etalon

#include "data-prepare.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "random.hpp"
#include "sha256.hpp"
#include "token-file.hpp"

namespace etalon {
namespace {

namespace fs = std::filesystem;

struct Shard {
  std::string bytes;
  int64_t documents = 0;
};

std::vector<fs::path> listDocuments(const std::vector<std::string>& inputs) {
  std::vector<fs::path> files;
  for (const std::string& input : inputs) {
    if (fs::is_directory(input)) {
      for (const auto& entry : fs::directory_iterator(input))
        if (entry.is_regular_file() && entry.path().extension() == ".txt") files.push_back(entry.path());
    } else if (fs::is_regular_file(input)) {
      files.push_back(input);
    } else {
      throw DataError(input + " is neither a file nor a folder");
    }
  }
  std::sort(files.begin(), files.end(), [](const fs::path& a, const fs::path& b) {
    return std::pair(a.filename().string(), a.string()) < std::pair(b.filename().string(), b.string());
  });
  if (files.empty()) throw DataError("there is no .txt file to prepare");
  return files;
}

std::string readText(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw DataError(path.string() + " cannot be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

bool isHeldOut(const fs::path& path, double valFraction) {
  const uint64_t hash = mixBits(hashText(path.filename().string()));
  return double(hash >> 11) * 0x1p-53 < valFraction;
}

void writeShard(const fs::path& path, const Shard& shard) {
  std::ofstream file(path, std::ios::binary);
  file.write(shard.bytes.data(), std::streamsize(shard.bytes.size()));
  file.close();
  if (!file) throw DataError(path.string() + " cannot be written");
}

std::string digest(const std::string& bytes) {
  Sha256 hash;
  hash.add(bytes.data(), bytes.size());
  return hash.finish();
}

}  // namespace

Json prepareData(const std::string& outputFolder, const std::vector<std::string>& inputs, double valFraction) {
  Shard train, val;
  for (const fs::path& path : listDocuments(inputs)) {
    Shard& shard = isHeldOut(path, valFraction) ? val : train;
    shard.bytes += readText(path);
    shard.bytes += '\n';
    shard.documents++;
  }
  if (train.bytes.empty() || val.bytes.empty())
    throw DataError("all " + std::to_string(train.documents + val.documents) + " documents fall on one side of the split; " +
                    "give more files or another --val-fraction");
  std::error_code error;
  fs::create_directories(outputFolder, error);
  writeShard(fs::path(outputFolder) / "train.bin", train);
  writeShard(fs::path(outputFolder) / "val.bin", val);
  Json out = Json::object();
  out.set("train_bytes", int64_t(train.bytes.size())).set("val_bytes", int64_t(val.bytes.size()));
  out.set("train_documents", train.documents).set("val_documents", val.documents);
  out.set("train_sha256", digest(train.bytes)).set("val_sha256", digest(val.bytes));
  return out;
}

}  // namespace etalon

#include "tools/data-prepare.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "data/bpe.hpp"
#include "base/random.hpp"
#include "base/sha256.hpp"
#include "data/token-file.hpp"
#include "data/token-layouts.hpp"

namespace etalon {
namespace {

namespace fs = std::filesystem;

struct Shard {
  std::vector<std::string> documents;  // each with its closing newline
  int64_t textBytes = 0;
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

void writeFile(const fs::path& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), std::streamsize(bytes.size()));
  file.close();
  if (!file) throw DataError(path.string() + " cannot be written");
}

std::string digest(const std::string& bytes) {
  Sha256 hash;
  hash.add(bytes.data(), bytes.size());
  return hash.finish();
}

std::string joined(const Shard& shard) {
  std::string out;
  for (const std::string& document : shard.documents) out += document;
  return out;
}

std::string encoded(const Shard& shard, BytePairEncoding& encoding) {
  std::string out;
  std::vector<int32_t> tokens;
  for (const std::string& document : shard.documents) {
    tokens.clear();
    encoding.encode(document, tokens);
    for (const int32_t token : tokens) out += {char(token & 255), char(token >> 8)};
  }
  return out;
}

Json writeBytes(const fs::path& folder, const Shard& train, const Shard& val) {
  const std::string trainBytes = joined(train), valBytes = joined(val);
  writeFile(folder / "train.bin", trainBytes);
  writeFile(folder / "val.bin", valBytes);
  Json out = Json::object();
  out.set("train_bytes", train.textBytes).set("val_bytes", val.textBytes);
  out.set("train_documents", int64_t(train.documents.size())).set("val_documents", int64_t(val.documents.size()));
  return out.set("train_sha256", digest(trainBytes)).set("val_sha256", digest(valBytes));
}

Json writePairs(const fs::path& folder, const Shard& train, const Shard& val, int64_t vocab) {
  BytePairEncoding encoding = BytePairEncoding::train(train.documents, vocab);
  const std::string merges = encoding.text(), trainBytes = encoded(train, encoding), valBytes = encoded(val, encoding);
  writeFile(folder / "merges.bpe", merges);
  writeFile(folder / "train.bin", trainBytes);
  writeFile(folder / "val.bin", valBytes);
  Json out = Json::object();
  out.set("train_bytes", train.textBytes).set("val_bytes", val.textBytes);
  out.set("train_documents", int64_t(train.documents.size())).set("val_documents", int64_t(val.documents.size()));
  out.set("train_sha256", digest(trainBytes)).set("val_sha256", digest(valBytes));
  out.set("format", "u16").set("vocab", encoding.vocab());
  out.set("train_tokens", int64_t(trainBytes.size() / 2)).set("val_tokens", int64_t(valBytes.size() / 2));
  out.set("bytes_per_token",
          double(train.textBytes + val.textBytes) * 2.0 / double(trainBytes.size() + valBytes.size()));
  return out.set("merges_sha256", digest(merges));
}

}  // namespace

Json prepareData(const std::string& outputFolder, const std::vector<std::string>& inputs, double valFraction,
                 int64_t bpeVocab) {
  Shard train, val;
  for (const fs::path& path : listDocuments(inputs)) {
    Shard& shard = isHeldOut(path, valFraction) ? val : train;
    shard.documents.push_back(readText(path) + '\n');
    shard.textBytes += int64_t(shard.documents.back().size());
  }
  if (train.documents.empty() || val.documents.empty())
    throw DataError("all " + std::to_string(train.documents.size() + val.documents.size()) +
                    " documents fall on one side of the split; give more files or another --val-fraction");
  std::error_code error;
  fs::create_directories(outputFolder, error);
  return bpeVocab > 0 ? writePairs(outputFolder, train, val, bpeVocab) : writeBytes(outputFolder, train, val);
}

std::string decodeShard(const std::string& shardPath, const std::string& mergesPath) {
  const std::vector<uint8_t> merges = readWholeFile(mergesPath);
  const BytePairEncoding encoding = BytePairEncoding::parse({merges.begin(), merges.end()}, mergesPath);
  const TokenFile shard = cutTokens(shardPath, readWholeFile(shardPath), DataFormat::u16, 2);
  std::vector<int32_t> tokens;
  for (int64_t i = 0; i < shard.count(); i++) tokens.push_back(int32_t(shard.at(i)));
  return encoding.decode(tokens);
}

}  // namespace etalon

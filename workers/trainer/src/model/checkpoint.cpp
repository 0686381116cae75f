#include "model/checkpoint.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>

#include "base/sha256.hpp"

namespace etalon {
namespace {

// The number changes whenever the layout does, or the bits that the same state trains to: a checkpoint continues bit
// for bit or not at all.
constexpr std::string_view kName = "ETALONCKPT", kMagic = "ETALONCKPT2\n";
constexpr size_t kDigestBytes = 64;

Json progressJson(const Progress& p) {
  Json out = Json::object();
  out.set("step", p.step).set("losses", int64_t(p.losses.size())).set("meter_sum", p.meter.sum);
  out.set("meter_steps", p.meter.steps).set("meter_tokens", p.meter.tokensAtEvent);
  return out;
}

Json headerJson(const Checkpoint& c) {
  Json out = Json::object();
  out.set("config", c.config).set("isa", c.isa).set("data_hash", c.dataHash);
  out.set("branches_done", int64_t(c.branchesDone)).set("wall_seconds", c.wallSeconds);
  out.set("trunk", progressJson(c.trunk)).set("trunk_floats", int64_t(c.trunkState.size()));
  out.set("branch", c.branch ? Json(*c.branch) : Json()).set("branch_progress", progressJson(c.branchProgress));
  out.set("branch_floats", int64_t(c.branchState.size()));
  return out;
}

template <class T>
void append(std::string& out, const std::vector<T>& values) {
  out.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  std::string_view take(size_t count) {
    if (count > bytes_.size()) throw CheckpointError("it ends too early");
    const std::string_view part = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return part;
  }

  template <class T>
  std::vector<T> values(size_t count) {
    if (count > bytes_.size() / sizeof(T)) throw CheckpointError("it ends too early");
    const std::string_view part = take(count * sizeof(T));
    std::vector<T> out(count);
    if (count) std::memcpy(out.data(), part.data(), part.size());
    return out;
  }

 private:
  std::string_view bytes_;
};

double numberOf(const Json& object, const char* key) {
  const Json* value = object.find(key);
  if (!value || value->kind() != Json::Kind::number) throw CheckpointError(std::string("its header lacks ") + key);
  return value->number();
}

const Json& member(const Json& object, const char* key) {
  const Json* value = object.find(key);
  if (!value) throw CheckpointError(std::string("its header lacks ") + key);
  return *value;
}

Progress readProgress(const Json& header, Reader& reader) {
  Progress p;
  p.step = int64_t(numberOf(header, "step"));
  p.losses = reader.values<double>(size_t(numberOf(header, "losses")));
  p.meter = {numberOf(header, "meter_sum"), int64_t(numberOf(header, "meter_steps")),
             int64_t(numberOf(header, "meter_tokens"))};
  return p;
}

Checkpoint parseCheckpoint(std::string_view bytes) {
  if (bytes.size() < kMagic.size() + kDigestBytes || bytes.substr(0, kName.size()) != kName)
    throw CheckpointError("it is not a checkpoint");
  if (bytes.substr(0, kMagic.size()) != kMagic)
    throw CheckpointError("it was written by another version of the trainer");
  const std::string_view content = bytes.substr(0, bytes.size() - kDigestBytes);
  Sha256 hash;
  hash.add(content.data(), content.size());
  if (hash.finish() != bytes.substr(content.size())) throw CheckpointError("it is damaged (checksum)");
  Reader reader(content.substr(kMagic.size()));
  const auto headerBytes = reader.values<uint64_t>(1)[0];
  const Json header = Json::parse(reader.take(size_t(headerBytes)));
  Checkpoint c;
  c.config = member(header, "config");
  c.isa = member(header, "isa").string();
  c.dataHash = member(header, "data_hash").string();
  c.branchesDone = size_t(numberOf(header, "branches_done"));
  c.wallSeconds = numberOf(header, "wall_seconds");
  c.trunk = readProgress(member(header, "trunk"), reader);
  c.branchProgress = readProgress(member(header, "branch_progress"), reader);
  c.trunkState = reader.values<float>(size_t(numberOf(header, "trunk_floats")));
  c.branchState = reader.values<float>(size_t(numberOf(header, "branch_floats")));
  if (const Json& branch = member(header, "branch"); branch.kind() == Json::Kind::number)
    c.branch = int64_t(branch.number());
  return c;
}

void writeAll(const std::string& path, const std::string& bytes) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (!file) throw CheckpointError("checkpoint " + path + " cannot be written: " + std::strerror(errno));
  bool ok = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  ok = std::fflush(file) == 0 && ok;
  ok = fsync(fileno(file)) == 0 && ok;
  ok = std::fclose(file) == 0 && ok;
  if (!ok) throw CheckpointError("checkpoint " + path + " cannot be written: " + std::strerror(errno));
}

}  // namespace

void writeCheckpoint(const std::string& path, const Checkpoint& checkpoint) {
  const std::string header = headerJson(checkpoint).dump();
  std::string bytes(kMagic);
  append(bytes, std::vector<uint64_t>{header.size()});
  bytes += header;
  append(bytes, checkpoint.trunk.losses);
  append(bytes, checkpoint.branchProgress.losses);
  append(bytes, checkpoint.trunkState);
  append(bytes, checkpoint.branchState);
  Sha256 hash;
  hash.add(bytes.data(), bytes.size());
  bytes += hash.finish();
  const std::string temporary = path + ".tmp";
  writeAll(temporary, bytes);
  if (std::rename(temporary.c_str(), path.c_str()) != 0)
    throw CheckpointError("checkpoint " + path + " cannot be written: " + std::strerror(errno));
}

Checkpoint readCheckpoint(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw CheckpointError("checkpoint " + path + " cannot be read");
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  try {
    return parseCheckpoint(bytes);
  } catch (const std::runtime_error& error) {
    throw CheckpointError("checkpoint " + path + " cannot be used: " + error.what());
  }
}

void requireSameConfig(const Json& saved, const Json& current) {
  for (const auto& [key, value] : current.members()) {
    if (key == "data") continue;
    const Json* other = saved.find(key);
    if (!other || other->dump() != value.dump())
      throw ConfigError(key, value.dump() + " differs from the checkpoint's " + (other ? other->dump() : "(nothing)"));
  }
}

}  // namespace etalon

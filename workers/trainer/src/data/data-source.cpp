#include "data/data-source.hpp"

#include "data/synthetic-source.hpp"
#include "data/token-file.hpp"

namespace etalon {

std::unique_ptr<const TokenSource> openData(const RunConfig& config, DataSide side) {
  if (!config.data) throw ConfigError("data", "is missing");
  const bool heldOut = side == DataSide::heldOut;
  const std::string& path = heldOut ? config.data->val : config.data->train;
  if (isSyntheticPath(path) || config.data->format == DataFormat::synthetic)
    return std::make_unique<SyntheticSource>(path, heldOut ? "data.val" : "data.train", config.model.vocab, heldOut);
  return std::make_unique<TokenFile>(readTokenFile(path, config.model.seqLen, config.model.vocab, config.data->format));
}

}  // namespace etalon

// The two token sources of a run.
#pragma once
#include <memory>

#include "config/config.hpp"
#include "data/token-source.hpp"

namespace etalon {

enum class DataSide { train, heldOut };

/// Opens data.train or data.val; throws ConfigError when there is no data in the configuration, and DataError.
std::unique_ptr<const TokenSource> openData(const RunConfig& config, DataSide side);

}  // namespace etalon

// The event stream: one JSON object a line on standard output, flushed a line at a time.
#pragma once
#include <optional>

#include "model/engine.hpp"

namespace etalon {

/// Writes the event as one line; `fields` follow "event".
void emitEvent(const char* event, const Json& fields);

/// Null for the trunk, the token count for a branch.
Json branchJson(std::optional<int64_t> branch);

/// The part of the start event that needs no data: config, counts, FLOPs, parameter table, machine.
/// Throws ConfigError where the machine does not have the precision.
Json startFields(const RunConfig& config, const ParameterTable& table, const Machine& machine);

}  // namespace etalon

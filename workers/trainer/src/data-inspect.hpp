// What is in a file of byte tokens.
#pragma once
#include <string>

#include "json.hpp"

namespace etalon {

/// Bytes, distinct bytes, unigram and bigram conditional entropy in nats a byte, SHA-256. The loss of a trained model
/// lies below the unigram entropy, and of one trained on shuffled bytes at it. Throws DataError.
Json inspectData(const std::string& path);

}  // namespace etalon

// What a file of tokens is, and what is in it.
#pragma once
#include <optional>
#include <string>

#include "config/config.hpp"

namespace etalon {

/// The format (recognised when none is given; a headerless file counts as u8, with a hint when it looks like u16 or
/// u32), tokens, the largest and the number of distinct ones, unigram and, of byte tokens, bigram conditional entropy
/// in nats a token, SHA-256 of the tokens. The loss of a trained model lies below the unigram entropy, and of one
/// trained on shuffled tokens at it. Throws DataError.
Json inspectData(const std::string& path, std::optional<DataFormat> format = {});

}  // namespace etalon

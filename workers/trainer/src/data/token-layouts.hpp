// The layouts of token files: which bytes of a file are its tokens.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "data/token-file.hpp"

namespace etalon {

/// All bytes of a regular file; throws DataError, and std::bad_alloc when it is larger than the machine's memory.
std::vector<uint8_t> readWholeFile(const std::string& path);

/// Cuts the tokens out of a file's bytes. `nanogptBytes` is the token size of a headerless nanoGPT file. Throws
/// DataError when the bytes are not of the format; header counts are checked against the size, never allocated from.
TokenFile cutTokens(const std::string& path, std::vector<uint8_t> bytes, DataFormat format, int nanogptBytes);

/// The format that a file's first bytes, or the index beside it, give away; none for headerless tokens and text.
/// Throws DataError for a file that is recognised but holds no training tokens.
std::optional<DataFormat> recognizeFormat(const std::string& path, const std::vector<uint8_t>& bytes);

/// The .bin of a Megatron pair, from the path of either file or their prefix.
std::string megatronTokensPath(const std::string& path);

}  // namespace etalon

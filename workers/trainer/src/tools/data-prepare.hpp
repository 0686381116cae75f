// Turns text files into token shards: bytes, or byte pairs learnt from the training text.
#pragma once
#include <string>
#include <vector>

#include "base/json.hpp"

namespace etalon {

/// Writes DIR/train.bin and DIR/val.bin from the files, and the .txt files of the folders, in order of file name.
/// A file is one document and goes wholly to one side, by a hash of its name alone: adding files moves no other.
/// Documents are separated by one newline. With bpeVocab > 0 the tokens are byte pairs learnt from the training side
/// (u16 shards, the merges in DIR/merges.bpe). Returns the counts and hashes; throws DataError.
Json prepareData(const std::string& outputFolder, const std::vector<std::string>& inputs, double valFraction,
                 int64_t bpeVocab = 0);

/// The text of a u16 shard that was written with these merges; throws DataError.
std::string decodeShard(const std::string& shardPath, const std::string& mergesPath);

}  // namespace etalon

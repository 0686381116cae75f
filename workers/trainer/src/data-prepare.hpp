// Turns text files into byte-token shards.
#pragma once
#include <string>
#include <vector>

#include "json.hpp"

namespace etalon {

/// Writes DIR/train.bin and DIR/val.bin from the files, and the .txt files of the folders, in order of file name.
/// A file is one document and goes wholly to one side, by a hash of its name alone: adding files moves no other.
/// Documents are separated by one newline. Returns the counts and hashes; throws DataError.
Json prepareData(const std::string& outputFolder, const std::vector<std::string>& inputs, double valFraction);

}  // namespace etalon

// Damaged copies of good files.
#pragma once
#include <string>

#include "base/random.hpp"

namespace testing {

/// One of: cut short, bytes replaced, a piece repeated, an eight-byte count made huge.
inline std::string damaged(const std::string& good, uint64_t round) {
  std::string out = good;
  uint64_t drawn = round * 100;
  const auto draw = [&] { return etalon::mixBits(++drawn); };
  const size_t at = draw() % out.size();
  switch (round % 4) {
    case 0: out.resize(at); break;
    case 1:
      for (uint64_t i = 0; i <= draw() % 4; i++) out[draw() % out.size()] = char(draw());
      break;
    case 2: out.insert(at, out.substr(draw() % out.size(), draw() % 40)); break;
    default: out.replace(at, 8, round % 8 < 4 ? std::string(8, '\xff') : std::string("99999999"));
  }
  return out;
}

}  // namespace testing

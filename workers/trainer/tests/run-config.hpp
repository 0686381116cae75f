// Small run configurations for tests, written as JSON with a few fields replaced.
#pragma once
#include <string>

#include "config/config.hpp"

namespace testing {

struct RunText {
  std::string model = R"("width":8,"depth":2,"heads":2,"hidden":10,"seqLen":7,"vocab":11)";
  std::string parametrization = R"("kind":"mup","baseWidth":4)";
  std::string schedule = R"("kind":"constant","peakLr":0.01)";
  std::string rest = R"("batchSeqs":3,"tokens":[21])";

  std::string json() const {
    return R"({"model":{)" + model + R"(},"parametrization":{)" + parametrization + R"(},"schedule":{)" + schedule +
           "}," + rest + "}";
  }
  etalon::RunConfig config() const { return etalon::parseConfig(etalon::Json::parse(json())); }
};

}  // namespace testing

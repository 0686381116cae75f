// JSON reading and printing, and the hash that guards checkpoints.
#include "check.hpp"
#include "base/json.hpp"
#include "base/sha256.hpp"

using namespace etalon;

namespace {

void testRoundTrip() {
  for (const char* text : {R"({"a":[1,-2.5,1e-08,true,false,null],"b":{"c":"x\"y\\z\n"}})", "[]", "{}", "0.1",
                           "9007199254740991", "1e+300"})
    check::equal(Json::parse(text).dump(), text, "round trip");
  for (uint64_t i = 0; i < 2000; i++) {
    double value = double(mixBits(i)) * std::pow(10.0, double(i % 60) - 50.0);
    if (i % 2) value = -value;
    check::isTrue(Json::parse(Json(value).dump()).number() == value,
                  "number " + Json(value).dump() + " does not read back");
  }
  check::equal(Json::parse("\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\"").string(), "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80",
               "unicode escapes");
  check::equal(Json(NAN).dump() + Json(INFINITY).dump() + Json(-INFINITY).dump(), "\"NaN\"\"Infinity\"\"-Infinity\"",
               "non-finite numbers");
}

void testRefusals() {
  for (const char* text : {"", "{", "[1,]", "{\"a\":1,}", "{\"a\" 1}", "01x", "nul", "\"\x01\"", "\"abc", "1 2",
                           "{\"a\":1,\"a\":2}", "+1", "NaN", "[1e999]"}) {
    try {
      Json::parse(text);
      check::isTrue(false, std::string("accepted ") + text);
    } catch (const JsonError&) {
      check::checks++;
    }
  }
}

void testSha256() {
  const auto digest = [](const std::string& text) {
    Sha256 hash;
    for (const char c : text) hash.add(&c, 1);
    return hash.finish();
  };
  check::equal(digest(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "sha256 of nothing");
  check::equal(digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "sha256 of abc");
  check::equal(digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
               "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1", "sha256 of two blocks");
}

}  // namespace

int main() {
  testRoundTrip();
  testRefusals();
  testSha256();
  return check::finish("json");
}

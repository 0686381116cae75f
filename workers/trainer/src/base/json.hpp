// A small JSON document: parse, build, print. Objects keep the order of their keys.
#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace etalon {

/// Malformed JSON text; the message gives the byte offset.
struct JsonError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Json {
 public:
  enum class Kind { null, boolean, number, string, array, object };
  using Members = std::vector<std::pair<std::string, Json>>;

  Json() = default;
  Json(std::nullptr_t) {}
  Json(bool value) : kind_(Kind::boolean), boolean_(value) {}
  Json(double value) : kind_(Kind::number), number_(value) {}
  Json(int value) : Json(double(value)) {}
  Json(int64_t value) : Json(double(value)) {}
  Json(const char* value) : kind_(Kind::string), string_(value) {}
  Json(std::string value) : kind_(Kind::string), string_(std::move(value)) {}

  static Json array() { return Json(Kind::array); }
  static Json object() { return Json(Kind::object); }

  /// Parses one document; throws JsonError on anything else, duplicate keys included.
  static Json parse(std::string_view text);

  /// One line of JSON; numbers print as the shortest text that reads back as the same double, non-finite numbers as
  /// the strings "NaN", "Infinity", "-Infinity".
  std::string dump() const;

  Kind kind() const { return kind_; }
  bool boolean() const { return boolean_; }
  double number() const { return number_; }
  const std::string& string() const { return string_; }
  const std::vector<Json>& items() const { return items_; }
  const Members& members() const { return members_; }

  /// The member of that name, or null when there is none.
  const Json* find(std::string_view key) const;
  Json& set(std::string key, Json value);
  Json& push(Json value);

 private:
  explicit Json(Kind kind) : kind_(kind) {}
  void print(std::string& out) const;

  Kind kind_ = Kind::null;
  bool boolean_ = false;
  double number_ = 0;
  std::string string_;
  std::vector<Json> items_;
  Members members_;
};

}  // namespace etalon

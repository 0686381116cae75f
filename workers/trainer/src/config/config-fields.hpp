// Typed access to the fields of one JSON object, with errors that name the field and quote its value.
#pragma once
#include <initializer_list>
#include <limits>
#include <optional>
#include <set>
#include <string>

#include "config/config.hpp"

namespace etalon {

struct NumberRange {
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
  bool leastExcluded = false;
};

/// Whole numbers that a double holds exactly, unless a tighter bound is given.
struct WholeRange {
  int64_t least;
  int64_t most = (int64_t(1) << 53) - 1;
};

class ConfigFields {
 public:
  /// `path` is the object's own name with its dot ("model."), empty for the whole document.
  ConfigFields(const Json& object, std::string path);

  bool has(const std::string& key) const;
  int64_t integer(const std::string& key, WholeRange range, std::optional<int64_t> fallback = {});
  double number(const std::string& key, NumberRange range, std::optional<double> fallback = {});
  /// As number, but null or absent gives an empty value.
  std::optional<double> optionalNumber(const std::string& key, NumberRange range);
  bool boolean(const std::string& key, bool fallback);
  std::string text(const std::string& key, std::optional<std::string> fallback = {});
  /// Index of the text among `choices`.
  size_t choice(const std::string& key, std::initializer_list<const char*> choices,
                std::optional<size_t> fallback = {});
  /// The raw value; throws when it is missing.
  const Json& required(const std::string& key);
  ConfigFields object(const std::string& key);
  /// The object, or an empty one when it is absent.
  ConfigFields objectOrEmpty(const std::string& key);

  /// Throws when the object has a key that nothing asked for.
  void refuseUnknown() const;
  std::string name(const std::string& key) const { return path_ + key; }

 private:
  const Json* find(const std::string& key);

  const Json& object_;
  std::string path_;
  std::set<std::string> known_;
};

}  // namespace etalon

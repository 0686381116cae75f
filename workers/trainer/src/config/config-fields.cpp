#include "config/config-fields.hpp"

#include <cmath>

namespace etalon {
namespace {

const Json kEmptyObject = Json::object();

std::string formatNumber(double value) { return Json(value).dump(); }

}  // namespace

ConfigFields::ConfigFields(const Json& object, std::string path) : object_(object), path_(std::move(path)) {
  if (object.kind() != Json::Kind::object)
    throw ConfigError(path_.empty() ? "config" : path_.substr(0, path_.size() - 1),
                      object.dump() + " is not an object");
}

bool ConfigFields::has(const std::string& key) const { return object_.find(key) != nullptr; }

const Json* ConfigFields::find(const std::string& key) {
  known_.insert(key);
  return object_.find(key);
}

const Json& ConfigFields::required(const std::string& key) {
  const Json* value = find(key);
  if (!value) throw ConfigError(name(key), "is missing");
  return *value;
}

int64_t ConfigFields::integer(const std::string& key, WholeRange range, std::optional<int64_t> fallback) {
  if (fallback && !has(key)) return known_.insert(key), *fallback;
  const Json& value = required(key);
  if (value.kind() != Json::Kind::number || value.number() != std::floor(value.number()))
    throw ConfigError(name(key), value.dump() + " is not a whole number");
  if (value.number() < double(range.least))
    throw ConfigError(name(key), value.dump() + " is less than " + std::to_string(range.least));
  if (value.number() > double(range.most))
    throw ConfigError(name(key), value.dump() + " is more than " + std::to_string(range.most));
  return int64_t(value.number());
}

double ConfigFields::number(const std::string& key, NumberRange range, std::optional<double> fallback) {
  if (fallback && !has(key)) return known_.insert(key), *fallback;
  const Json& value = required(key);
  if (value.kind() != Json::Kind::number) throw ConfigError(name(key), value.dump() + " is not a number");
  const double number = value.number();
  if (number < range.least) throw ConfigError(name(key), value.dump() + " is less than " + formatNumber(range.least));
  if (range.leastExcluded && number == range.least)
    throw ConfigError(name(key), value.dump() + " is not more than " + formatNumber(range.least));
  if (number > range.most) throw ConfigError(name(key), value.dump() + " is more than " + formatNumber(range.most));
  return number;
}

std::optional<double> ConfigFields::optionalNumber(const std::string& key, NumberRange range) {
  const Json* value = find(key);
  if (!value || value->kind() == Json::Kind::null) return {};
  return number(key, range);
}

bool ConfigFields::boolean(const std::string& key, bool fallback) {
  const Json* value = find(key);
  if (!value) return fallback;
  if (value->kind() != Json::Kind::boolean) throw ConfigError(name(key), value->dump() + " is not true or false");
  return value->boolean();
}

std::string ConfigFields::text(const std::string& key, std::optional<std::string> fallback) {
  if (fallback && !has(key)) return known_.insert(key), *fallback;
  const Json& value = required(key);
  if (value.kind() != Json::Kind::string) throw ConfigError(name(key), value.dump() + " is not a string");
  return value.string();
}

size_t ConfigFields::choice(const std::string& key, std::initializer_list<const char*> choices,
                            std::optional<size_t> fallback) {
  if (fallback && !has(key)) return known_.insert(key), *fallback;
  const Json& value = required(key);
  std::string list;
  size_t index = 0;
  for (const char* choice : choices) {
    if (value.kind() == Json::Kind::string && value.string() == choice) return index;
    list += (index++ ? ", " : "") + std::string(choice);
  }
  throw ConfigError(name(key), value.dump() + " is not one of " + list);
}

ConfigFields ConfigFields::object(const std::string& key) { return ConfigFields(required(key), name(key) + "."); }

ConfigFields ConfigFields::objectOrEmpty(const std::string& key) {
  const Json* value = find(key);
  return ConfigFields(value ? *value : kEmptyObject, name(key) + ".");
}

void ConfigFields::refuseUnknown() const {
  for (const auto& [key, value] : object_.members())
    if (!known_.count(key)) throw ConfigError(name(key), value.dump() + " is given for an unknown field");
}

}  // namespace etalon

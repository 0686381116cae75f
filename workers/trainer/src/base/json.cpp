#include "base/json.hpp"

#include <charconv>
#include <cmath>
#include <cstdio>

namespace etalon {
namespace {

constexpr int kMaxDepth = 64;

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Json document() {
    Json value = parseValue(0);
    skipSpace();
    if (at_ != text_.size()) fail("unexpected text after the document");
    return value;
  }

 private:
  [[noreturn]] void fail(const std::string& reason) const {
    throw JsonError(reason + " at byte " + std::to_string(at_));
  }

  void skipSpace() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r'))
      at_++;
  }

  bool accept(char c) {
    skipSpace();
    if (at_ < text_.size() && text_[at_] == c) return at_++, true;
    return false;
  }

  void expect(char c) {
    if (!accept(c)) fail(std::string("expected '") + c + "'");
  }

  bool acceptWord(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  Json parseValue(int depth) {
    if (depth > kMaxDepth) fail("nested too deeply");
    skipSpace();
    if (at_ == text_.size()) fail("unexpected end");
    if (text_[at_] == '{') return parseObject(depth);
    if (text_[at_] == '[') return parseArray(depth);
    if (text_[at_] == '"') return Json(parseString());
    if (acceptWord("true")) return Json(true);
    if (acceptWord("false")) return Json(false);
    if (acceptWord("null")) return Json();
    return parseNumber();
  }

  Json parseObject(int depth) {
    Json value = Json::object();
    expect('{');
    if (accept('}')) return value;
    do {
      skipSpace();
      if (at_ == text_.size() || text_[at_] != '"') fail("expected a key");
      std::string key = parseString();
      if (value.find(key)) fail("duplicate key \"" + key + "\"");
      expect(':');
      value.set(std::move(key), parseValue(depth + 1));
    } while (accept(','));
    expect('}');
    return value;
  }

  Json parseArray(int depth) {
    Json value = Json::array();
    expect('[');
    if (accept(']')) return value;
    do value.push(parseValue(depth + 1));
    while (accept(','));
    expect(']');
    return value;
  }

  Json parseNumber() {
    const char* begin = text_.data() + at_;
    const char* end = text_.data() + text_.size();
    const bool startsWell = *begin == '-' || (*begin >= '0' && *begin <= '9');
    double number = 0;
    const auto [stop, error] = std::from_chars(begin, end, number);
    if (!startsWell || error != std::errc() || !std::isfinite(number)) fail("expected a value");
    at_ += size_t(stop - begin);
    return Json(number);
  }

  std::string parseString() {
    std::string out;
    at_++;
    while (true) {
      if (at_ == text_.size()) fail("unterminated string");
      const char c = text_[at_++];
      if (c == '"') return out;
      if (static_cast<unsigned char>(c) < 0x20) fail("control character in a string");
      if (c == '\\') parseEscape(out);
      else out += c;
    }
  }

  void parseEscape(std::string& out) {
    if (at_ == text_.size()) fail("unterminated string");
    const char c = text_[at_++];
    constexpr std::string_view from = "\"\\/bfnrt", to = "\"\\/\b\f\n\r\t";
    if (const size_t index = from.find(c); index != from.npos) out += to[index];
    else if (c == 'u') appendCodePoint(out);
    else fail("bad escape");
  }

  unsigned parseHex4() {
    unsigned value = 0;
    const char* begin = text_.data() + at_;
    if (at_ + 4 > text_.size() || std::from_chars(begin, begin + 4, value, 16).ptr != begin + 4) fail("bad \\u escape");
    at_ += 4;
    return value;
  }

  void appendCodePoint(std::string& out) {
    unsigned code = parseHex4();
    if (code >= 0xD800 && code < 0xDC00 && acceptWord("\\u"))
      code = 0x10000 + ((code - 0xD800) << 10) + (parseHex4() - 0xDC00);
    if (code < 0x80) {
      out += char(code);
      return;
    }
    const int extra = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    constexpr unsigned lead[] = {0, 0xC0, 0xE0, 0xF0};
    out += char(lead[extra] | (code >> (6 * extra)));
    for (int i = extra - 1; i >= 0; i--) out += char(0x80 | ((code >> (6 * i)) & 0x3F));
  }

  std::string_view text_;
  size_t at_ = 0;
};

void printString(const std::string& text, std::string& out) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\', out += c;
    else if (c == '\n') out += "\\n";
    else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned char>(c));
      out += escape;
    } else out += c;
  }
  out += '"';
}

void printNumber(double number, std::string& out) {
  if (std::isnan(number)) out += "\"NaN\"";
  else if (std::isinf(number)) out += number > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  else {
    char text[40];
    const bool whole = number == std::floor(number) && std::fabs(number) < 9e15;
    const auto end = whole ? std::to_chars(text, text + sizeof text, int64_t(number)).ptr
                           : std::to_chars(text, text + sizeof text, number).ptr;
    out.append(text, end);
  }
}

}  // namespace

Json Json::parse(std::string_view text) { return Parser(text).document(); }

std::string Json::dump() const {
  std::string out;
  print(out);
  return out;
}

const Json* Json::find(std::string_view key) const {
  for (const auto& [name, value] : members_)
    if (name == key) return &value;
  return nullptr;
}

Json& Json::set(std::string key, Json value) {
  members_.emplace_back(std::move(key), std::move(value));
  return *this;
}

Json& Json::push(Json value) {
  items_.push_back(std::move(value));
  return *this;
}

void Json::print(std::string& out) const {
  switch (kind_) {
    case Kind::null: out += "null"; return;
    case Kind::boolean: out += boolean_ ? "true" : "false"; return;
    case Kind::number: printNumber(number_, out); return;
    case Kind::string: printString(string_, out); return;
    case Kind::array:
    case Kind::object: break;
  }
  const bool isArray = kind_ == Kind::array;
  out += isArray ? '[' : '{';
  const size_t opening = out.size();
  for (const Json& item : items_) {
    if (out.size() > opening) out += ',';
    item.print(out);
  }
  for (const auto& [name, value] : members_) {
    if (out.size() > opening) out += ',';
    printString(name, out);
    out += ':';
    value.print(out);
  }
  out += isArray ? ']' : '}';
}

}  // namespace etalon

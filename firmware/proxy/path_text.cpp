// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/path_text.h"

#include <optional>

namespace sluice::proxy {
namespace {

int hexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The character that "%XX" at `at` stands for.
std::optional<char> encodedAt(std::string_view text, size_t at) {
  if (text[at] != '%' || at + 2 >= text.size()) return std::nullopt;
  const int high = hexDigit(text[at + 1]), low = hexDigit(text[at + 2]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<char>(high * 16 + low);
}

void addEncoded(std::string& out, char c) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out += '%';
  out += kDigits[byte >> 4];
  out += kDigits[byte & 15];
}

bool isControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

}  // namespace

std::string normalizedPath(std::string_view path) {
  std::string out;
  out.reserve(path.size());
  for (size_t i = 0; i < path.size(); ++i) {
    if (const auto c = encodedAt(path, i)) {
      i += 2;
      if (*c == '/' || *c == '%' || isControl(*c)) {
        addEncoded(out, *c);
      } else {
        out += *c;
      }
    } else if (path[i] != '/' || out.empty() || out.back() != '/') {
      out += path[i];
    }
  }
  return out;
}

std::string decodedValue(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (const auto c = encodedAt(text, i)) {
      i += 2;
      out += *c;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::string encoded(std::string_view text, bool in_path) {
  constexpr std::string_view kNever = "\"<>\\^`{|}";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool unsafe = byte <= 0x20 || byte >= 0x7f || kNever.find(c) != std::string_view::npos ||
                        (in_path && (c == '?' || c == '#'));
    if (unsafe) {
      addEncoded(out, c);
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace sluice::proxy

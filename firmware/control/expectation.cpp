// SPDX-License-Identifier: Apache-2.0
#include "firmware/control/expectation.h"

#include <algorithm>
#include <boost/regex.hpp>
#include <cctype>
#include <charconv>
#include <optional>

#include "firmware/control/config_value.h"

namespace sluice {

namespace {

using Codes = std::vector<std::pair<uint32_t, uint32_t>>;

std::optional<uint32_t> parseCode(std::string_view text) {
  uint32_t code = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), code);
  if (error != std::errc() || end != text.data() + text.size() || code > 999) return std::nullopt;
  return code;
}

// "200,204,300-399"; nothing if it is not that.
std::optional<Codes> parseCodes(std::string_view text) {
  Codes codes;
  while (true) {
    const std::string_view item = text.substr(0, text.find(','));
    const size_t dash = item.find('-');
    const auto low = parseCode(item.substr(0, dash));
    const auto high = dash == std::string_view::npos ? low : parseCode(item.substr(dash + 1));
    if (!low || !high || *low > *high) return std::nullopt;
    codes.emplace_back(*low, *high);
    if (item.size() == text.size()) return codes;
    text.remove_prefix(item.size() + 1);
  }
}

bool sameWord(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return text;
}

bool hasHeader(std::string_view what, const ProbeAnswer& answer) {
  const size_t colon = what.find(':');
  const std::string_view name = what.substr(0, colon);
  const std::string_view text =
      colon == std::string_view::npos ? "" : trimmed(what.substr(colon + 1));
  return std::any_of(answer.headers.begin(), answer.headers.end(), [&](const auto& header) {
    return sameWord(header.first, name) && header.second.find(text) != std::string::npos;
  });
}

bool matches(const std::string& pattern, const std::string& text) {
  try {
    return boost::regex_search(text, boost::regex(pattern));
  } catch (const std::runtime_error&) {
    return false;  // too complex
  }
}

std::string_view unquoted(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return text;
  return text.substr(1, text.size() - 2);
}

}  // namespace

std::string problemOf(const Expect& expect) {
  const std::string what(unquoted(expect.what));
  switch (expect.kind) {
    case Expect::Kind::kStatus:
      if (parseCodes(what)) return "";
      return quoted(what) + " is no list of status codes; expected codes such as 200,204,300-399";
    case Expect::Kind::kRegex:
      try {
        const boost::regex regex(what);
        return "";
      } catch (const boost::regex_error& error) {
        return quoted(what) + " is no regular expression: " + error.what();
      }
    case Expect::Kind::kString:
    case Expect::Kind::kHeader:
      break;
  }
  return what.empty() ? "there is nothing to compare with" : "";
}

bool holds(const Expect& expect, const ProbeAnswer& answer) {
  const std::string what(unquoted(expect.what));
  switch (expect.kind) {
    case Expect::Kind::kStatus: {
      const auto codes = parseCodes(what);
      return codes && std::any_of(codes->begin(), codes->end(), [&](const auto& range) {
               return range.first <= answer.status && answer.status <= range.second;
             });
    }
    case Expect::Kind::kString:
      return answer.body.find(unescape(expect.what)) != std::string::npos;
    case Expect::Kind::kRegex:
      return matches(what, answer.body);
    case Expect::Kind::kHeader:
      return hasHeader(what, answer);
  }
  return false;
}

std::string describe(const Expect& expect) {
  constexpr std::string_view kNames[] = {"status", "string", "regex", "header"};
  return std::string(kNames[static_cast<size_t>(expect.kind)]) + " " + expect.what;
}

std::string unescape(std::string_view text) {
  text = unquoted(text);
  std::string bytes;
  for (size_t i = 0; i < text.size(); ++i) {
    constexpr std::string_view kFrom = "rnt\\", kTo = "\r\n\t\\";
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    const size_t simple = text[i] == '\\' ? kFrom.find(next) : std::string_view::npos;
    uint8_t byte = 0;
    if (simple != std::string_view::npos) {
      bytes += kTo[simple];
      ++i;
    } else if (text[i] == '\\' && next == 'x' && i + 3 < text.size() &&
               std::from_chars(&text[i + 2], &text[i + 2] + 2, byte, 16).ptr == &text[i + 2] + 2) {
      bytes += static_cast<char>(byte);
      i += 3;
    } else {
      bytes += text[i];
    }
  }
  return bytes;
}

}  // namespace sluice

// SPDX-License-Identifier: Apache-2.0
#include "firmware/control/config_value.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <cstdlib>

#include "firmware/control/ring.h"

namespace sluice {

using Tokens = std::span<const Token>;

struct ValueType {
  std::string_view name;
  std::string_view article_noun;  // "'x' is not <article_noun>"
  std::string_view expected;
  std::optional<Value> (*parse)(const ValueSpec& spec, Tokens tokens, ParsedValue& parsed);
  std::string (*format)(const ValueSpec& spec, const Value& value);
};

namespace {

std::optional<uint64_t> parseUnsigned(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Value> parseRange(const ValueSpec& spec, Tokens tokens, ParsedValue& parsed) {
  const auto value = parseUnsigned(tokens[0].text);
  if (!value) return std::nullopt;
  if (*value < spec.min || *value > spec.max) {
    parsed.error =
        spec.key + " " + std::to_string(*value) + " is out of range; expected " + spec.expected();
  }
  return Value(*value);
}

std::string formatNumber(const ValueSpec&, const Value& value) {
  return std::to_string(std::get<uint64_t>(value));
}

std::optional<Value> parseChoice(const ValueSpec& spec, Tokens tokens, ParsedValue& parsed) {
  const auto word = std::find(spec.choices.begin(), spec.choices.end(), tokens[0].text);
  if (word == spec.choices.end()) {
    parsed.error =
        "unknown " + spec.key + " " + quoted(tokens[0].text) + "; expected " + spec.expected();
  }
  return Value(static_cast<uint64_t>(word - spec.choices.begin()));
}

std::string formatChoice(const ValueSpec& spec, const Value& value) {
  return spec.choices[std::get<uint64_t>(value)];
}

std::optional<Value> parseName(const ValueSpec& spec, Tokens tokens, ParsedValue& parsed) {
  const std::string_view text = tokens[0].text;
  const bool good =
      text.size() <= 63 && std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return std::isalnum(c) || c == '_' || c == '.' || c == ':' || c == '-' || c == '/';
      });
  if (!good) {
    parsed.error = "bad " + spec.key + " " + quoted(text) + "; expected " + spec.expected();
  }
  return Value(std::string(text));
}

// Labels of letters, digits, hyphens and underscores; the first may be `*`. In lower case.
std::optional<Value> parseHost(const ValueSpec& spec, Tokens tokens, ParsedValue& parsed) {
  std::string host(tokens[0].text);
  for (char& c : host) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const std::string_view labels = std::string_view(host).substr(host.starts_with("*.") ? 2 : 0);
  const bool good = host.size() <= 253 && !labels.empty() && labels.front() != '.' &&
                    labels.back() != '.' && labels.find("..") == std::string_view::npos &&
                    std::all_of(labels.begin(), labels.end(), [](unsigned char c) {
                      return std::isalnum(c) || c == '.' || c == '-' || c == '_';
                    });
  if (!good)
    parsed.error =
        "bad " + spec.key + " " + quoted(tokens[0].text) + "; expected " + spec.expected();
  return Value(host);
}

std::string formatString(const ValueSpec&, const Value& value) {
  return std::get<std::string>(value);
}

// The rest of the line as it stands.
std::optional<Value> parseText(const ValueSpec&, Tokens tokens, ParsedValue& parsed) {
  parsed.tokens = tokens.size();
  const char* begin = tokens.front().text.data();
  const char* end = tokens.back().text.data() + tokens.back().text.size();
  return Value(std::string(begin, end));
}

template <std::optional<uint64_t> (*kParse)(std::string_view)>
std::optional<Value> parseQuantity(const ValueSpec&, Tokens tokens, ParsedValue&) {
  const auto value = kParse(tokens[0].text);
  if (!value) return std::nullopt;
  return Value(Quantity{*value, std::string(tokens[0].text)});
}

template <std::string (*kFormat)(uint64_t)>
std::string formatQuantity(const ValueSpec&, const Value& value) {
  const Quantity& quantity = std::get<Quantity>(value);
  return quantity.text.empty() ? kFormat(quantity.value) : quantity.text;
}

template <typename T>
std::optional<Value> parseSimple(const ValueSpec&, Tokens tokens, ParsedValue&) {
  const auto value = T::parse(tokens[0].text);
  if (!value) return std::nullopt;
  return Value(*value);
}

template <typename T>
std::string formatSimple(const ValueSpec&, const Value& value) {
  return std::get<T>(value).toString();
}

// Prefixes that name a set of addresses have no host bits.
void refuseHostBits(const IpPrefix& prefix, ParsedValue& parsed) {
  if (prefix.network() == prefix) return;
  parsed.error = prefix.toString() + " has bits set beyond its length; expected " +
                 prefix.network().toString();
}

std::optional<Value> parseDestination(const ValueSpec&, Tokens tokens, ParsedValue& parsed) {
  std::string_view text = tokens[0].text;
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  const auto port = parsePort(text.substr(colon + 1));
  std::string host(text.substr(0, colon));
  const size_t close = host.find(']');
  const bool bracketed = host.front() == '[' && close != std::string::npos;
  if (bracketed) {
    host.erase(close, 1);
    host.erase(0, 1);
  }
  auto prefix = IpPrefix::parse(host);
  if (const auto address = IpAddress::parse(host)) {
    prefix = IpPrefix{*address, static_cast<uint8_t>(address->bits())};
  }
  if (!port || !prefix || prefix->address.v6 != bracketed) return std::nullopt;
  refuseHostBits(*prefix, parsed);
  return Value(Destination{*prefix, *port});
}

std::string formatDestination(const ValueSpec&, const Value& value) {
  const auto& destination = std::get<Destination>(value);
  std::string host =
      destination.host() ? destination.prefix.address.toString() : destination.prefix.toString();
  if (destination.prefix.address.v6) host = "[" + host + "]";
  return host + ":" + (destination.port == 0 ? "any" : std::to_string(destination.port));
}

std::optional<Value> parseProtocol(const ValueSpec&, Tokens tokens, ParsedValue&) {
  const std::string_view text = tokens[0].text;
  if (text == "tcp") return Value(Protocol{false, 6});
  if (text == "udp") return Value(Protocol{false, 17});
  if (text == "any") return Value(Protocol{true, 0});
  const auto number = parseUnsigned(text);
  if (!number || *number > 255) return std::nullopt;
  return Value(Protocol{false, static_cast<uint8_t>(*number)});
}

std::string formatProtocol(const ValueSpec&, const Value& value) {
  const auto& protocol = std::get<Protocol>(value);
  if (protocol.any) return "any";
  if (protocol.number == 6) return "tcp";
  if (protocol.number == 17) return "udp";
  return std::to_string(protocol.number);
}

struct NamedAclProtocol {
  std::string_view name;
  AclProtocol protocol;
};
const std::array<NamedAclProtocol, 6> kAclProtocols = {{{"ip", {IpFamily::kV4, std::nullopt}},
                                                        {"ipv6", {IpFamily::kV6, std::nullopt}},
                                                        {"tcp", {IpFamily::kBoth, uint8_t{6}}},
                                                        {"udp", {IpFamily::kBoth, uint8_t{17}}},
                                                        {"icmp", {IpFamily::kV4, uint8_t{1}}},
                                                        {"icmpv6", {IpFamily::kV6, uint8_t{58}}}}};

std::optional<Value> parseAclProtocol(const ValueSpec&, Tokens tokens, ParsedValue&) {
  for (const NamedAclProtocol& row : kAclProtocols) {
    if (row.name == tokens[0].text) return Value(row.protocol);
  }
  const auto number = parseUnsigned(tokens[0].text);
  if (!number || *number > 255) return std::nullopt;
  return Value(AclProtocol{IpFamily::kBoth, static_cast<uint8_t>(*number)});
}

std::string formatAclProtocol(const ValueSpec&, const Value& value) {
  const auto& protocol = std::get<AclProtocol>(value);
  for (const NamedAclProtocol& row : kAclProtocols) {
    if (row.protocol == protocol) return std::string(row.name);
  }
  return std::to_string(*protocol.number);
}

std::optional<Value> parseVerdict(const ValueSpec& spec, Tokens tokens, ParsedValue& parsed) {
  for (size_t i = 0; i < regs::kAclActionCount; ++i) {
    const auto action = static_cast<regs::AclAction>(i);
    if (tokens[0].text != regs::name(action)) continue;
    if (action != regs::AclAction::kPolice) return Value(AclVerdict{action, {}});
    const auto rate = tokens.size() > 1 ? parseRate(tokens[1].text) : std::nullopt;
    parsed.tokens = 2;
    if (rate) return Value(AclVerdict{action, Quantity{*rate, std::string(tokens[1].text)}});
    parsed.error = "'police' needs a rate; expected packets per second such as 500, 100k or 10M";
    return std::nullopt;
  }
  parsed.error =
      "unknown " + spec.key + " " + quoted(tokens[0].text) + "; expected " + spec.expected();
  return std::nullopt;
}

std::string formatVerdict(const ValueSpec&, const Value& value) {
  const auto& verdict = std::get<AclVerdict>(value);
  const std::string word(regs::name(verdict.action));
  if (verdict.action != regs::AclAction::kPolice) return word;
  return word + " " +
         (verdict.rate.text.empty() ? formatRate(verdict.rate.value) : verdict.rate.text);
}

std::optional<Value> parseSelector(const ValueSpec&, Tokens tokens, ParsedValue& parsed) {
  if (tokens[0].text == "any") return Value(AclSelector{});
  if (tokens[0].text == "host" && tokens.size() > 1) {
    const auto address = IpAddress::parse(tokens[1].text);
    if (!address) return std::nullopt;
    parsed.tokens = 2;
    return Value(AclSelector{IpPrefix{*address, static_cast<uint8_t>(address->bits())}});
  }
  const auto prefix = IpPrefix::parse(tokens[0].text);
  if (!prefix) return std::nullopt;
  refuseHostBits(*prefix, parsed);
  return Value(AclSelector{*prefix});
}

std::string formatSelector(const ValueSpec&, const Value& value) {
  const auto& selector = std::get<AclSelector>(value);
  if (!selector.prefix) return "any";
  const bool host = selector.prefix->length == selector.prefix->address.bits();
  return host ? "host " + selector.prefix->address.toString() : selector.prefix->toString();
}

std::optional<Value> parsePorts(const ValueSpec&, Tokens tokens, ParsedValue& parsed) {
  const std::string_view text = tokens[0].text;
  const size_t dash = text.find('-');
  const auto low = parseUnsigned(text.substr(0, dash));
  const auto high = dash == std::string_view::npos ? low : parseUnsigned(text.substr(dash + 1));
  if (!low || !high || *low > 65'535 || *high > 65'535) return std::nullopt;
  if (*low > *high) parsed.error = "port range " + std::string(text) + " is upside down";
  return Value(PortRange{static_cast<uint16_t>(*low), static_cast<uint16_t>(*high)});
}

std::string formatPorts(const ValueSpec&, const Value& value) {
  const auto& range = std::get<PortRange>(value);
  const std::string low = std::to_string(range.low);
  return range.low == range.high ? low : low + "-" + std::to_string(range.high);
}

std::optional<Value> parsePrime(const ValueSpec&, Tokens tokens, ParsedValue& parsed) {
  const auto value = parseUnsigned(tokens[0].text);
  if (!value) return std::nullopt;
  if (*value > kMaxRingSize || !isPrime(static_cast<uint32_t>(*value))) {
    parsed.error = std::to_string(*value) +
                   " is not a prime up to 65537; 251, 1021, 4093, 16381 and 65537 are";
  }
  return Value(*value);
}

std::optional<Value> parseKey(const ValueSpec&, Tokens tokens, ParsedValue&) {
  const std::string_view text = tokens[0].text;
  HashKey words{};
  if (text.size() != 24) return std::nullopt;
  for (size_t i = 0; i < 3; ++i) {
    const char* begin = text.data() + 8 * i;
    const auto [end, error] = std::from_chars(begin, begin + 8, words[i], 16);
    if (error != std::errc() || end != begin + 8) return std::nullopt;
  }
  return Value(words);
}

std::string formatKey(const ValueSpec&, const Value& value) {
  const auto& words = std::get<HashKey>(value);
  char text[25];
  std::snprintf(text, sizeof text, "%08x%08x%08x", words[0], words[1], words[2]);
  return text;
}

constexpr auto kDurationFormat = formatQuantity<formatDuration>;
const auto kTypes = std::to_array<ValueType>({
    {"range", "a number", "", parseRange, formatNumber},
    {"choice", "one of the choices", "", parseChoice, formatChoice},
    {"name", "a name", "a name of up to 63 letters, digits and _.:-/", parseName, formatString},
    {"host", "a host name", "a host name such as shop.example or *.shop.example", parseHost,
     formatString},
    {"text", "a text", "text up to the end of the line", parseText, formatString},
    {"duration", "a duration", "a duration such as 10s, 500ms or 1m", parseQuantity<parseDuration>,
     kDurationFormat},
    {"rate", "a rate", "a number per second such as 500, 100k or 10M", parseQuantity<parseRate>,
     formatQuantity<formatRate>},
    {"count", "a count", "a number such as 500, 100k or 10M", parseQuantity<parseRate>,
     formatQuantity<formatRate>},
    {"bandwidth", "a bandwidth", "bits per second such as 64k, 10M or 1Gbps",
     parseQuantity<parseBandwidth>, formatQuantity<formatBandwidth>},
    {"address", "an address", "an IPv4 or IPv6 address", parseSimple<IpAddress>,
     formatSimple<IpAddress>},
    {"interface-address", "an address with its prefix length",
     "ADDRESS/LENGTH such as 192.0.2.1/24", parseSimple<IpPrefix>, formatSimple<IpPrefix>},
    {"prefix", "a network", "ADDRESS/LENGTH such as 192.0.2.0/24", parseSimple<IpPrefix>,
     formatSimple<IpPrefix>},
    {"endpoint", "an address and port", "ADDRESS:PORT or ADDRESS:any, IPv6 as [ADDRESS]:PORT",
     parseSimple<Endpoint>, formatSimple<Endpoint>},
    {"mac", "a MAC address", "a MAC address such as 02:00:5e:00:53:01", parseSimple<MacAddress>,
     formatSimple<MacAddress>},
    {"destination", "a destination",
     "ADDRESS[/LENGTH]:PORT or ADDRESS[/LENGTH]:any, IPv6 as [ADDRESS]:PORT", parseDestination,
     formatDestination},
    {"protocol", "a protocol", "tcp, udp, any or a protocol number", parseProtocol, formatProtocol},
    {"acl-protocol", "a protocol", "ip, ipv6, tcp, udp, icmp, icmpv6 or a protocol number",
     parseAclProtocol, formatAclProtocol},
    {"acl-action", "an action", "permit, deny, punt or police RATE", parseVerdict, formatVerdict},
    {"selector", "a set of addresses", "any, ADDRESS/LENGTH or host ADDRESS", parseSelector,
     formatSelector},
    {"ports", "a port or range of ports", "a port or a range such as 1024-65535", parsePorts,
     formatPorts},
    {"prime", "a number", "a prime up to 65537", parsePrime, formatNumber},
    {"key", "a key", "24 hexadecimal digits", parseKey, formatKey},
});

const ValueType* findType(std::string_view name) {
  for (const ValueType& type : kTypes) {
    if (type.name == name) return &type;
  }
  std::fprintf(stderr, "no such value type: %.*s\n", static_cast<int>(name.size()), name.data());
  std::abort();
}

}  // namespace

std::string quoted(std::string_view text) {
  constexpr size_t kLongest = 40;
  std::string result = "'";
  for (const char c : text.substr(0, kLongest)) result += c >= ' ' && c != 0x7f ? c : '?';
  return result + (text.size() > kLongest ? "...'" : "'");
}

std::string joinOr(std::span<const std::string> words) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

std::string ValueSpec::expected() const {
  if (!choices.empty()) return joinOr(choices);
  if (max != 0) return std::to_string(min) + " to " + std::to_string(max);
  return std::string(type->expected);
}

std::string ValueSpec::format(const Value& value) const { return type->format(*this, value); }

ValueSpec parseSpec(std::string_view spec_text) {
  const size_t colon = spec_text.find(':');
  ValueSpec spec;
  spec.key = spec_text.substr(0, colon);
  const std::string_view type = spec_text.substr(colon + 1);
  const size_t dots = type.find("..");
  if (dots != std::string_view::npos) {
    spec.type = findType("range");
    spec.min = parseUnsigned(type.substr(0, dots)).value_or(0);
    spec.max = parseUnsigned(type.substr(dots + 2)).value_or(0);
  } else if (type.find('|') != std::string_view::npos) {
    spec.type = findType("choice");
    for (size_t begin = 0; begin <= type.size();) {
      const size_t end = std::min(type.find('|', begin), type.size());
      spec.choices.emplace_back(type.substr(begin, end - begin));
      begin = end + 1;
    }
  } else {
    spec.type = findType(type);
  }
  return spec;
}

ParsedValue parseValue(const ValueSpec& spec, std::span<const Token> tokens) {
  ParsedValue parsed;
  parsed.tokens = 1;
  auto value = spec.type->parse(spec, tokens, parsed);
  if (value) {
    parsed.value = std::move(*value);
  } else if (parsed.error.empty()) {
    parsed.error = quoted(tokens[0].text) + " is not " + std::string(spec.type->article_noun) +
                   "; expected " + spec.expected();
  }
  return parsed;
}

}  // namespace sluice

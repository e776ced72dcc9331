// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/proxy_protocol.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace sluice::proxy {

namespace {

constexpr std::string_view kText = "PROXY ";
constexpr size_t kMostText = 107;  // with CR LF
constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr size_t kFixed = 16;
constexpr uint8_t kVersion2 = 0x20, kLocal = 0, kProxy = 1;
constexpr uint8_t kTcp4 = 0x11, kTcp6 = 0x21;
constexpr uint8_t kTypeAuthority = 0x02;

uint8_t byteAt(std::string_view data, size_t at) { return static_cast<uint8_t>(data[at]); }
uint16_t numberAt(std::string_view data, size_t at) {
  return static_cast<uint16_t>(byteAt(data, at) << 8 | byteAt(data, at + 1));
}

// Do they agree as far as both go?
bool beginAlike(std::string_view a, std::string_view b) {
  const size_t size = std::min(a.size(), b.size());
  return a.substr(0, size) == b.substr(0, size);
}

std::optional<uint16_t> portOf(std::string_view text) {
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || (text.size() > 1 && text.front() == '0')) return {};
  return port;
}

// Words with exactly one space between them.
std::vector<std::string_view> wordsOf(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const size_t space = line.find(' ');
    words.push_back(line.substr(0, space));
    if (space == std::string_view::npos) return words;
    line.remove_prefix(space + 1);
  }
}

IpAddress addressAt(std::string_view data, size_t at, bool v6) {
  IpAddress address;
  address.v6 = v6;
  for (size_t i = 0; i < (v6 ? 16u : 4u); ++i) address.bytes[i] = byteAt(data, at + i);
  return address;
}

void appendNumber(std::string& data, size_t value) {
  data += static_cast<char>(value >> 8);
  data += static_cast<char>(value);
}

void appendAddress(std::string& data, const IpAddress& address) {
  data.append(reinterpret_cast<const char*>(address.bytes.data()), address.v6 ? 16 : 4);
}

void appendField(std::string& data, uint8_t type, std::string_view value) {
  if (value.empty()) return;
  data += static_cast<char>(type);
  appendNumber(data, value.size());
  data += value;
}

}  // namespace

ProxyHeaderReader::State ProxyHeaderReader::malformed(const char* flaw) {
  flaw_ = flaw;
  return State::kMalformed;
}

ProxyHeaderReader::State ProxyHeaderReader::read(std::string_view data) {
  header_ = {};
  if (beginAlike(data, kText)) return data.size() < kText.size() ? State::kMore : readText(data);
  if (beginAlike(data, kSignature)) return data.size() < kFixed ? State::kMore : readBinary(data);
  return State::kNone;
}

ProxyHeaderReader::State ProxyHeaderReader::readText(std::string_view data) {
  const size_t end = data.substr(0, kMostText).find('\r');
  if (end == std::string_view::npos || end + 2 > kMostText)
    return data.size() < kMostText && end == std::string_view::npos
               ? State::kMore
               : malformed("no end of the line");
  if (data.size() < end + 2) return State::kMore;
  if (data[end + 1] != '\n') return malformed("a line ends with CR LF");
  size_ = end + 2;
  const std::vector<std::string_view> words =
      wordsOf(data.substr(kText.size(), end - kText.size()));
  if (words[0] == "UNKNOWN") return State::kComplete;
  if ((words[0] != "TCP4" && words[0] != "TCP6") || words.size() != 5)
    return malformed("wanted: PROXY TCP4|TCP6 SOURCE DESTINATION PORT PORT");
  const auto source = IpAddress::parse(words[1]), destination = IpAddress::parse(words[2]);
  const bool v6 = words[0] == "TCP6";
  if (!source || !destination || source->v6 != v6 || destination->v6 != v6)
    return malformed("no address of that version");
  const auto source_port = portOf(words[3]), destination_port = portOf(words[4]);
  if (!source_port || !destination_port) return malformed("no port");
  header_.ends = {{*source, *source_port}, {*destination, *destination_port}};
  return State::kComplete;
}

ProxyHeaderReader::State ProxyHeaderReader::readBinary(std::string_view data) {
  const uint8_t command = byteAt(data, 12) & 0xf, family = byteAt(data, 13);
  if ((byteAt(data, 12) & 0xf0) != kVersion2) return malformed("no version 2");
  if (command != kLocal && command != kProxy) return malformed("neither LOCAL nor PROXY");
  const size_t length = numberAt(data, 14);
  if (kFixed + length > kMostBytes) return State::kTooLarge;
  if (data.size() < kFixed + length) return State::kMore;
  size_ = kFixed + length;
  if (command == kLocal) return State::kComplete;
  std::string_view rest = data.substr(kFixed, length);
  if (family == kTcp4 || family == kTcp6) {
    const bool v6 = family == kTcp6;
    const size_t one = v6 ? 16 : 4, addresses = 2 * one + 4;
    if (length < addresses) return malformed("the addresses are cut off");
    header_.ends = {{addressAt(rest, 0, v6), numberAt(rest, 2 * one)},
                    {addressAt(rest, one, v6), numberAt(rest, 2 * one + 2)}};
    rest.remove_prefix(addresses);
  } else if (family != 0) {
    return malformed("neither TCP over IPv4 nor over IPv6");
  } else {
    return State::kComplete;  // UNSPEC: what follows is nobody's
  }
  while (!rest.empty()) {
    if (rest.size() < 3 || rest.size() < 3u + numberAt(rest, 1))
      return malformed("a field is cut off");
    const std::string_view value = rest.substr(3, numberAt(rest, 1));
    if (byteAt(rest, 0) == kTypeAuthority) header_.server_name = value;
    rest.remove_prefix(3 + value.size());
  }
  return State::kComplete;
}

std::string writeProxyV1(const ProxyHeader& header) {
  if (!header.ends) return "PROXY UNKNOWN\r\n";
  const auto& [source, destination] = *header.ends;
  return std::string("PROXY ") + (source.address.v6 ? "TCP6 " : "TCP4 ") +
         source.address.toString() + " " + destination.address.toString() + " " +
         std::to_string(source.port) + " " + std::to_string(destination.port) + "\r\n";
}

std::string writeProxyV2(const ProxyHeader& header) {
  std::string body;
  if (header.ends) {
    appendAddress(body, header.ends->source.address);
    appendAddress(body, header.ends->destination.address);
    appendNumber(body, header.ends->source.port);
    appendNumber(body, header.ends->destination.port);
    appendField(body, kTypeAuthority, header.server_name);
  }
  std::string text(kSignature);
  text += static_cast<char>(kVersion2 | (header.ends ? kProxy : kLocal));
  text += static_cast<char>(!header.ends ? 0 : header.ends->source.address.v6 ? kTcp6 : kTcp4);
  appendNumber(text, body.size());
  return text + body;
}

std::string writeProxyHeader(std::optional<ProxyVersion> version, const ConnectionEnds& ends,
                             const std::string& server_name) {
  if (!version) return {};
  const ProxyHeader header{ends, server_name};
  return *version == ProxyVersion::kOne ? writeProxyV1(header) : writeProxyV2(header);
}

}  // namespace sluice::proxy

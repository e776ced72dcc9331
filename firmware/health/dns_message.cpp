// SPDX-License-Identifier: Apache-2.0
#include "firmware/health/dns_message.h"

#include <algorithm>
#include <array>
#include <utility>

#include "firmware/base/ip_address.h"

namespace sluice {

namespace {

constexpr uint16_t kA = 1, kTxt = 16, kAaaa = 28;
constexpr std::array<std::pair<std::string_view, uint16_t>, 8> kTypes = {{{"A", kA},
                                                                          {"AAAA", kAaaa},
                                                                          {"CNAME", 5},
                                                                          {"MX", 15},
                                                                          {"NS", 2},
                                                                          {"SOA", 6},
                                                                          {"SRV", 33},
                                                                          {"TXT", kTxt}}};
constexpr size_t kHeaderBytes = 12;

void put16(std::vector<uint8_t>& bytes, uint16_t value) {
  bytes.push_back(static_cast<uint8_t>(value >> 8));
  bytes.push_back(static_cast<uint8_t>(value));
}

bool putName(std::vector<uint8_t>& bytes, std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty() || name.size() > 253) return false;
  while (!name.empty()) {
    const std::string_view label = name.substr(0, name.find('.'));
    if (label.empty() || label.size() > 63) return false;
    bytes.push_back(static_cast<uint8_t>(label.size()));
    bytes.insert(bytes.end(), label.begin(), label.end());
    name.remove_prefix(std::min(label.size() + 1, name.size()));
  }
  bytes.push_back(0);
  return true;
}

// Reads forward; at the end, or beyond what is there, everything is 0 and `good` false.
struct Reader {
  std::span<const uint8_t> bytes;
  size_t at = 0;
  bool good = true;

  std::span<const uint8_t> take(size_t count) {
    if (!good || bytes.size() - at < count) {
      good = false;
      return {};
    }
    at += count;
    return bytes.subspan(at - count, count);
  }
  uint16_t u16() {
    const auto two = take(2);
    return two.empty() ? uint16_t{0} : static_cast<uint16_t>(two[0] << 8 | two[1]);
  }
  // A name ends with a label of length 0, or with a pointer to the rest.
  void skipName() {
    while (good) {
      const auto length = take(1);
      if (length.empty() || length[0] == 0) return;
      if (length[0] >= 0xc0) {
        take(1);
        return;
      }
      take(length[0]);
    }
  }
};

std::string textOf(uint16_t type, std::span<const uint8_t> data) {
  IpAddress address;
  if ((type == kA && data.size() == 4) || (type == kAaaa && data.size() == 16)) {
    address.v6 = type == kAaaa;
    std::copy(data.begin(), data.end(), address.bytes.begin());
    return address.toString() + "\n";
  }
  if (type != kTxt) return "";
  std::string text;
  for (size_t at = 0; at < data.size();) {
    const size_t length = std::min<size_t>(data[at], data.size() - at - 1);
    text.append(reinterpret_cast<const char*>(data.data()) + at + 1, length);
    at += length + 1;
  }
  return text + "\n";
}

}  // namespace

Result<std::vector<uint8_t>> dnsQuery(std::string_view request, uint16_t id) {
  const std::string_view name = request.substr(0, request.find(' '));
  const std::string_view type =
      name.size() == request.size() ? "A" : request.substr(name.size() + 1);
  const auto known =
      std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& t) { return t.first == type; });
  std::vector<uint8_t> query;
  constexpr uint16_t kRecursionDesired = 0x0100;
  for (const uint16_t field :
       {id, kRecursionDesired, uint16_t{1}, uint16_t{0}, uint16_t{0}, uint16_t{0}})
    put16(query, field);
  if (known == kTypes.end() || !putName(query, name)) {
    return Error{ErrorCode::kInvalidInput, "'" + std::string(request) +
                                               "' cannot be asked; expected a name and A, AAAA, "
                                               "CNAME, MX, NS, SOA, SRV or TXT"};
  }
  put16(query, known->second);
  put16(query, 1);  // IN
  return query;
}

std::optional<DnsAnswer> readDnsAnswer(std::span<const uint8_t> message, uint16_t id) {
  Reader reader{message};
  if (message.size() < kHeaderBytes || reader.u16() != id) return std::nullopt;
  const uint16_t flags = reader.u16();
  if ((flags & 0x8000) == 0) return std::nullopt;
  const uint16_t questions = reader.u16(), answers = reader.u16();
  reader.take(4);
  for (uint16_t i = 0; i < questions && reader.good; ++i) {
    reader.skipName();
    reader.take(4);
  }
  DnsAnswer answer;
  answer.code = flags & 0x000f;
  for (uint16_t i = 0; i < answers && reader.good; ++i) {
    reader.skipName();
    const uint16_t type = reader.u16();
    reader.take(6);
    const auto data = reader.take(reader.u16());
    if (!reader.good) break;
    ++answer.records;
    answer.text += textOf(type, data);
  }
  if (!reader.good) return std::nullopt;
  return answer;
}

}  // namespace sluice

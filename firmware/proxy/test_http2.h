// SPDX-License-Identifier: Apache-2.0
// A client of HTTP/2 for tests: it says exactly the frames it is told to, right or wrong, and takes
// apart those that come.
#pragma once

#include <nghttp2/nghttp2.h>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firmware/proxy/test_socket.h"

namespace sluice::proxy {

using TestFields = std::vector<std::pair<std::string, std::string>>;

struct TestFrame {
  int type = -1;  // -1: the connection ended
  int flags = 0;
  int stream = 0;
  std::string payload;

  uint32_t number(size_t at) const {
    uint32_t value = 0;
    for (size_t i = at; i < at + 4 && i < payload.size(); ++i)
      value = value << 8 | static_cast<uint8_t>(payload[i]);
    return value;
  }
};

// Of one stream.
struct TestAnswer {
  TestFields fields, trailers;
  std::string body;
  bool ended = false;
  int reset = -1;  // error code

  std::string operator[](std::string_view name) const {
    for (const auto& [key, value] : fields) {
      if (key == name) return value;
    }
    return "";
  }
};

class TestHttp2 {
 public:
  static constexpr int kEndStream = 1, kEndHeaders = 4, kAck = 1;

  // Says the preface and SETTINGS without values.
  explicit TestHttp2(TestSocket socket, bool greet = true)
      : own_(std::move(socket)), socket_(own_) {
    nghttp2_hd_deflate_new(&deflater_, 4'096);
    nghttp2_hd_inflate_new(&inflater_);
    if (greet) raw(preface() + frame(NGHTTP2_SETTINGS, 0, 0, ""));
  }
  // The other side: a member. Takes the preface and says SETTINGS with these values.
  explicit TestHttp2(TestSocket* socket, const std::string& settings = "") : socket_(*socket) {
    nghttp2_hd_deflate_new(&deflater_, 4'096);
    nghttp2_hd_inflate_new(&inflater_);
    preface_ = socket_.read(preface().size());
    raw(frame(NGHTTP2_SETTINGS, 0, 0, settings));
  }
  ~TestHttp2() {
    nghttp2_hd_deflate_del(deflater_);
    nghttp2_hd_inflate_del(inflater_);
  }
  TestHttp2(const TestHttp2&) = delete;
  TestHttp2& operator=(const TestHttp2&) = delete;

  static std::string preface() { return "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"; }
  static std::string number(uint32_t value) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
    return bytes;
  }
  static std::string frame(int type, int flags, int stream, const std::string& payload) {
    std::string bytes = number(static_cast<uint32_t>(payload.size())).substr(1);
    bytes += static_cast<char>(type);
    bytes += static_cast<char>(flags);
    return bytes + number(static_cast<uint32_t>(stream)) + payload;
  }
  static TestFields get(const std::string& path, const TestFields& more = {}) {
    TestFields fields = {
        {":method", "GET"}, {":scheme", "https"}, {":authority", "a"}, {":path", path}};
    fields.insert(fields.end(), more.begin(), more.end());
    return fields;
  }
  static TestFields post(const std::string& path, const TestFields& more = {}) {
    TestFields fields = get(path, more);
    fields[0].second = "POST";
    return fields;
  }

  bool raw(const std::string& bytes) { return socket_.send(bytes); }
  std::string block(const TestFields& fields) {
    std::vector<nghttp2_nv> list;
    for (const auto& [name, value] : fields) {
      list.push_back({reinterpret_cast<uint8_t*>(const_cast<char*>(name.data())),
                      reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())), name.size(),
                      value.size(), NGHTTP2_NV_FLAG_NONE});
    }
    std::string bytes(nghttp2_hd_deflate_bound(deflater_, list.data(), list.size()), '\0');
    const ssize_t size = nghttp2_hd_deflate_hd(deflater_, reinterpret_cast<uint8_t*>(bytes.data()),
                                               bytes.size(), list.data(), list.size());
    bytes.resize(static_cast<size_t>(size));
    return bytes;
  }
  bool headers(int stream, const TestFields& fields, int flags = kEndHeaders | kEndStream) {
    return raw(frame(NGHTTP2_HEADERS, flags, stream, block(fields)));
  }
  bool data(int stream, const std::string& bytes, int flags = 0) {
    return raw(frame(NGHTTP2_DATA, flags, stream, bytes));
  }
  bool reset(int stream, uint32_t code = NGHTTP2_CANCEL) {
    return raw(frame(NGHTTP2_RST_STREAM, 0, stream, number(code)));
  }
  bool window(int stream, uint32_t by) {
    return raw(frame(NGHTTP2_WINDOW_UPDATE, 0, stream, number(by)));
  }

  // The next frame; SETTINGS are acknowledged, answers of streams kept, windows opened.
  TestFrame next() {
    const std::string head = socket_.read(9);
    if (head.size() < 9) return {};
    TestFrame frame;
    frame.type = head[3];
    frame.flags = head[4];
    frame.stream = static_cast<int>(number(head, 5));
    frame.payload = socket_.read(number(head, 0) >> 8);
    note(frame);
    return frame;
  }
  // Until that stream is over, or the connection.
  const TestAnswer& answer(int stream) {
    TestAnswer& answer = answers_[stream];
    while (!answer.ended && answer.reset < 0) {
      const TestFrame frame = next();
      if (frame.type < 0) break;
    }
    return answer;
  }
  const TestAnswer& known(int stream) { return answers_[stream]; }
  // The error code of the GOAWAY that ends the connection; -1: there was none.
  int64_t goaway() {
    int64_t code = -1;
    for (;;) {
      const TestFrame frame = next();
      if (frame.type < 0) return code;
      if (frame.type == NGHTTP2_GOAWAY) code = frame.number(4);
    }
  }
  // A value of SETTINGS.
  static std::string setting(int id, uint32_t value) {
    return std::string(1, '\0') + static_cast<char>(id) + number(value);
  }
  // As a member: the next request that is whole, by its stream; 0: the connection is over.
  int request() {
    for (;;) {
      const TestFrame frame = next();
      if (frame.type < 0) return 0;
      const bool of_request = frame.type == NGHTTP2_HEADERS || frame.type == NGHTTP2_DATA;
      if (of_request && (frame.flags & kEndStream) != 0) return frame.stream;
    }
  }
  // What it answers.
  bool respond(int stream, const std::string& body, const TestFields& more = {}) {
    TestFields fields = {{":status", "200"}, {"content-length", std::to_string(body.size())}};
    fields.insert(fields.end(), more.begin(), more.end());
    return headers(stream, fields, kEndHeaders) && data(stream, body, kEndStream);
  }
  const std::string& heardPreface() const { return preface_; }
  TestSocket& socket() { return socket_; }
  void openWindows(bool open) { open_windows_ = open; }

 private:
  static uint32_t number(const std::string& bytes, size_t at) {
    return TestFrame{0, 0, 0, bytes}.number(at);
  }

  void note(const TestFrame& frame) {
    TestAnswer& answer = answers_[frame.stream];
    const bool ends = (frame.flags & kEndStream) != 0;
    if (frame.type == NGHTTP2_SETTINGS && (frame.flags & kAck) == 0) {
      raw(TestHttp2::frame(NGHTTP2_SETTINGS, kAck, 0, ""));
    } else if (frame.type == NGHTTP2_HEADERS) {
      const bool again = !answer.fields.empty() && answer.fields[0].second[0] != '1';
      TestFields& fields = again ? answer.trailers : answer.fields;
      fields.clear();
      inflate(frame.payload, fields);
      answer.ended = ends;
    } else if (frame.type == NGHTTP2_DATA) {
      answer.body += frame.payload;
      answer.ended = ends;
      const auto size = static_cast<uint32_t>(frame.payload.size());
      if (!open_windows_ || size == 0) return;
      window(0, size);
      if (!ends) window(frame.stream, size);
    } else if (frame.type == NGHTTP2_RST_STREAM) {
      answer.reset = static_cast<int>(frame.number(0));
    }
  }

  void inflate(std::string_view block, TestFields& fields) {
    while (!block.empty()) {
      nghttp2_nv field;
      int flags = 0;
      const ssize_t used =
          nghttp2_hd_inflate_hd2(inflater_, &field, &flags,
                                 reinterpret_cast<const uint8_t*>(block.data()), block.size(), 1);
      if (used < 0) return;
      block.remove_prefix(static_cast<size_t>(used));
      const auto text = [](const uint8_t* data, size_t size) {
        return std::string(reinterpret_cast<const char*>(data), size);
      };
      if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0)
        fields.emplace_back(text(field.name, field.namelen), text(field.value, field.valuelen));
      if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) break;
    }
    nghttp2_hd_inflate_end_headers(inflater_);
  }

  TestSocket own_;
  TestSocket& socket_;
  std::string preface_;
  nghttp2_hd_deflater* deflater_ = nullptr;
  nghttp2_hd_inflater* inflater_ = nullptr;
  std::map<int, TestAnswer> answers_;
  bool open_windows_ = true;
};

}  // namespace sluice::proxy

// SPDX-License-Identifier: Apache-2.0
// Frames, streams, settings and windows: RFC 9113 sections 3 to 6.
#include "testbenches/conformance/http2/http2_case.h"

namespace sluice::proxy {

namespace {

using H = TestHttp2;
constexpr int kData = NGHTTP2_DATA, kHeaders = NGHTTP2_HEADERS, kPriority = NGHTTP2_PRIORITY,
              kReset = NGHTTP2_RST_STREAM, kSettings = NGHTTP2_SETTINGS,
              kPush = NGHTTP2_PUSH_PROMISE, kPing = NGHTTP2_PING, kGoaway = NGHTTP2_GOAWAY,
              kWindow = NGHTTP2_WINDOW_UPDATE, kContinuation = NGHTTP2_CONTINUATION;
constexpr int kPadded = 8;

std::string setting(int id, uint32_t value) {
  return std::string(1, '\0') + static_cast<char>(id) + H::number(value);
}

Http2Case settings(const char* name, const char* expected, const std::string& payload,
                   int stream = 0, int flags = 0) {
  return {name, expected, [=](H& h) {
            h.raw(H::frame(kSettings, flags, stream, payload));
            h.headers(1, H::get("/"));
          }};
}

// A frame alone.
Http2Case lone(const char* name, const char* expected, int type, int flags, int stream,
               const std::string& payload) {
  return {name, expected, [=](H& h) { h.raw(H::frame(type, flags, stream, payload)); }};
}

// A frame on a stream whose request is not at its end.
Http2Case within(const char* name, const char* expected, int type, int flags, int stream,
                 const std::string& payload) {
  return {name, expected, [=](H& h) {
            h.headers(1, H::post("/"), H::kEndHeaders);
            h.raw(H::frame(type, flags, stream, payload));
          }};
}

}  // namespace

std::span<const Http2Case> frameCases() {
  using namespace std::string_literals;
  static const Http2Case kCases[] = {
      {"a request", "200", [](H& h) { h.headers(1, H::get("/")); }},
      {"a request with a body", "200",
       [](H& h) {
         h.headers(1, H::post("/"), H::kEndHeaders);
         h.data(1, "hello", H::kEndStream);
       }},
      {"a body of no bytes", "200",
       [](H& h) {
         h.headers(1, H::post("/"), H::kEndHeaders);
         h.data(1, "", H::kEndStream);
       }},
      {"a padded body", "200",
       [](H& h) {
         h.headers(1, H::post("/", {{"content-length", "5"}}), H::kEndHeaders);
         h.data(1, "\3hello\0\0\0"s, H::kEndStream | kPadded);
       }},
      {"a head in pieces", "200",
       [](H& h) {
         const std::string block = h.block(H::get("/"));
         h.raw(H::frame(kHeaders, H::kEndStream, 1, block.substr(0, 2)));
         h.raw(H::frame(kContinuation, 0, 1, block.substr(2, 1)));
         h.raw(H::frame(kContinuation, H::kEndHeaders, 1, block.substr(3)));
       }},
      {"preface without SETTINGS (3.4)", "goaway PROTOCOL_ERROR",
       [](H& h) {
         h.raw(H::preface());
         h.headers(1, H::get("/"));
       },
       false},
      {"an unknown frame is passed over (4.1)", "200",
       [](H& h) {
         h.raw(H::frame(0x42, 0xff, 0, "whatever"));
         h.headers(1, H::get("/"));
       }},
      {"flags without a meaning are passed over (4.1)", "200",
       [](H& h) { h.headers(1, H::get("/"), H::kEndHeaders | H::kEndStream | 0x10); }},
      within("DATA larger than SETTINGS_MAX_FRAME_SIZE (4.2)", "goaway FRAME_SIZE_ERROR", kData, 0,
             1, std::string(16'385, 'x')),
      lone("HEADERS larger than SETTINGS_MAX_FRAME_SIZE (4.2)", "goaway FRAME_SIZE_ERROR", kHeaders,
           H::kEndHeaders | H::kEndStream, 1, std::string(16'385, '\x82')),
      lone("a block that HPACK cannot read (4.3)", "goaway COMPRESSION_ERROR", kHeaders,
           H::kEndHeaders | H::kEndStream, 1, "\xff\xff\xff\xff\xff\xff\xff"),
      lone("an index that the table does not have (4.3)", "goaway COMPRESSION_ERROR", kHeaders,
           H::kEndHeaders | H::kEndStream, 1, "\xfe"),
      {"another frame within a head (4.3)", "goaway PROTOCOL_ERROR",
       [](H& h) {
         h.headers(1, H::get("/"), H::kEndStream);
         h.raw(H::frame(kPing, 0, 0, "12345678"));
       }},
      {"another stream's CONTINUATION (4.3)", "goaway PROTOCOL_ERROR",
       [](H& h) {
         h.headers(1, H::get("/"), H::kEndStream);
         h.raw(H::frame(kContinuation, H::kEndHeaders, 3, ""));
       }},
      lone("CONTINUATION of nothing (6.10)", "goaway PROTOCOL_ERROR", kContinuation, H::kEndHeaders,
           1, ""),
      {"CONTINUATION behind a whole head (6.10)", "goaway PROTOCOL_ERROR",
       [](H& h) {
         h.headers(1, H::post("/"), H::kEndHeaders);
         h.raw(H::frame(kContinuation, H::kEndHeaders, 1, ""));
       }},

      lone("DATA on an idle stream (5.1)", "goaway PROTOCOL_ERROR", kData, 0, 1, "x"),
      lone("RST_STREAM of an idle stream (5.1)", "goaway PROTOCOL_ERROR", kReset, 0, 1,
           H::number(8)),
      lone("WINDOW_UPDATE of an idle stream (5.1)", "goaway PROTOCOL_ERROR", kWindow, 0, 1,
           H::number(8)),
      {"DATA behind the end (5.1)", "goaway STREAM_CLOSED",
       [](H& h) {
         h.headers(1, H::get("/slow"));
         h.data(1, "x");
       }},
      {"HEADERS behind the end (5.1)", "goaway STREAM_CLOSED",
       [](H& h) {
         h.headers(1, H::get("/slow"));
         h.headers(1, H::get("/"));
       }},
      lone("a stream with an even number (5.1.1)", "goaway PROTOCOL_ERROR", kHeaders,
           H::kEndHeaders | H::kEndStream, 2, "\x82\x87\x84"),
      lone("HEADERS on stream 0 (6.2)", "goaway PROTOCOL_ERROR", kHeaders,
           H::kEndHeaders | H::kEndStream, 0, "\x82\x87\x84"),
      within("DATA on stream 0 (6.1)", "goaway PROTOCOL_ERROR", kData, 0, 0, "x"),
      within("padding of DATA longer than the frame (6.1)", "goaway PROTOCOL_ERROR", kData, kPadded,
             1, "\x09hello"),
      within("padding of DATA without its length (6.1)", "goaway PROTOCOL_ERROR", kData, kPadded,
             1, ""),
      lone("padding of HEADERS longer than the frame (6.2)", "goaway PROTOCOL_ERROR", kHeaders,
           H::kEndHeaders | H::kEndStream | kPadded, 1, "\x09\x82\x87\x84"),
      within("PRIORITY of 4 bytes (6.3)", "goaway FRAME_SIZE_ERROR", kPriority, 0, 1,
             "\0\0\0\0"s),
      {"PRIORITY is passed over (6.3)", "200",
       [](H& h) {
         h.raw(H::frame(kPriority, 0, 3, "\0\0\0\0\x10"s));
         h.headers(1, H::get("/"));
       }},
      within("PRIORITY on stream 0 (6.3)", "goaway PROTOCOL_ERROR", kPriority, 0, 0,
             "\0\0\0\1\x10"s),
      within("RST_STREAM of 3 bytes (6.4)", "goaway FRAME_SIZE_ERROR", kReset, 0, 1, "\0\0\0"s),
      within("RST_STREAM on stream 0 (6.4)", "goaway PROTOCOL_ERROR", kReset, 0, 0, H::number(8)),
      settings("SETTINGS that nobody knows (6.5.2)", "200", setting(0x42, 7)),
      settings("SETTINGS of 5 bytes (6.5)", "goaway FRAME_SIZE_ERROR", "12345"),
      settings("SETTINGS on a stream (6.5)", "goaway PROTOCOL_ERROR", setting(3, 100), 1),
      settings("an acknowledgement with values (6.5)", "goaway FRAME_SIZE_ERROR", setting(3, 100),
               0, H::kAck),
      settings("ENABLE_PUSH of 2 (6.5.2)", "goaway PROTOCOL_ERROR", setting(2, 2)),
      settings("INITIAL_WINDOW_SIZE above 2^31-1 (6.5.2)", "goaway FLOW_CONTROL_ERROR",
               setting(4, 0x80000000)),
      settings("MAX_FRAME_SIZE below 16384 (6.5.2)", "goaway PROTOCOL_ERROR", setting(5, 16'383)),
      settings("MAX_FRAME_SIZE above 2^24-1 (6.5.2)", "goaway PROTOCOL_ERROR",
               setting(5, 16'777'216)),
      settings("no table for HPACK (6.5.2)", "200", setting(1, 0)),
      lone("PUSH_PROMISE of a client (8.4)", "goaway PROTOCOL_ERROR", kPush, H::kEndHeaders, 1,
           H::number(2)),
      lone("PING of 7 bytes (6.7)", "goaway FRAME_SIZE_ERROR", kPing, 0, 0, "1234567"),
      lone("PING on a stream (6.7)", "goaway PROTOCOL_ERROR", kPing, 0, 1, "12345678"),
      {"PING that acknowledges nothing (6.7)", "200",
       [](H& h) {
         h.raw(H::frame(kPing, H::kAck, 0, "12345678"));
         h.headers(1, H::get("/"));
       }},
      lone("GOAWAY on a stream (6.8)", "goaway PROTOCOL_ERROR", kGoaway, 0, 1,
           H::number(0) + H::number(0)),
      lone("GOAWAY of 7 bytes (6.8)", "goaway FRAME_SIZE_ERROR", kGoaway, 0, 0, "1234567"),
      // An error of the stream may be taken for one of the connection (5.4.1).
      within("WINDOW_UPDATE of 0 on a stream (6.9)", "goaway PROTOCOL_ERROR", kWindow, 0, 1,
             H::number(0)),
      within("WINDOW_UPDATE of 0 (6.9)", "goaway PROTOCOL_ERROR", kWindow, 0, 0, H::number(0)),
      within("WINDOW_UPDATE of 3 bytes (6.9)", "goaway FRAME_SIZE_ERROR", kWindow, 0, 1, "\0\0\1"s),
      within("a window above 2^31-1 of a stream (6.9.1)", "goaway FLOW_CONTROL_ERROR", kWindow, 0, 1,
             H::number(0x7fffffff)),
      within("a window above 2^31-1 (6.9.1)", "goaway FLOW_CONTROL_ERROR", kWindow, 0, 0,
             H::number(0x7fffffff)),
      {"a window above 2^31-1 by SETTINGS (6.9.2)", "goaway FLOW_CONTROL_ERROR",
       [](H& h) {
         h.headers(1, H::post("/"), H::kEndHeaders);
         h.window(1, 0x7fffffff - 65'535);
         h.raw(H::frame(kSettings, 0, 0, setting(4, 65'536)));
       }},
      {"a window of 1 byte (6.9.2)", "200",
       [](H& h) {
         h.raw(H::frame(kSettings, 0, 0, setting(4, 1)));
         h.headers(1, H::get("/"));
       }},
      {"more DATA than the window allows (6.9)", "goaway FLOW_CONTROL_ERROR",
       [](H& h) {
         h.headers(1, H::post("/slow", {{"expect", "100-continue"}}), H::kEndHeaders);
         for (int i = 0; i < 6; ++i) h.data(1, std::string(16'384, 'x'));
       }},
  };
  return kCases;
}

}  // namespace sluice::proxy

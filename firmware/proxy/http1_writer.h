// SPDX-License-Identifier: Apache-2.0
// Messages as Sluice sends them. Heads are built anew from what was parsed, never copied through:
// framing, Host and the headers about the connection are Sluice's own.
#pragma once

#include <string>
#include <string_view>

#include "firmware/base/ip_address.h"
#include "firmware/proxy/header_edits.h"
#include "firmware/proxy/http1_body.h"
#include "firmware/proxy/http1_head.h"

namespace sluice::proxy {

// What happens to X-Forwarded-For, -Proto, -Host, -Port and Forwarded of a request.
enum class ForwardedPolicy : uint8_t {
  kAppend,   // the client is added to what it sent
  kReplace,  // what the client sent is not believed
  kOff,      // passed on as they are
};

struct ForwardedBy {
  ForwardedPolicy policy = ForwardedPolicy::kAppend;
  IpAddress client;
  bool https = false;
  uint16_t port = 0;             // of the virtual
  std::string_view certificate;  // headers about the client's, whole lines with CR LF
};

// What rules change in a request. Null: nothing.
struct RequestChanges {
  const std::string* path = nullptr;
  const std::string* host = nullptr;
  const HeaderEdits* headers = nullptr;
  std::string_view cookie;                    // that is the appliance's own; empty: none
  const std::string* cookie_value = nullptr;  // what is sent on of it; null: it is left out
  bool websocket = false;                     // asked for
};

// The request as the server gets it: HTTP/1.1, origin form, connection kept.
void writeRequestHead(const RequestHead& request, const ForwardedBy& by,
                      const RequestChanges& changes, std::string& out);

// Of a request for WebSocket (RFC 6455), and of a response that agrees.
inline constexpr std::string_view kWebSocketLines = "Connection: Upgrade\r\nUpgrade: websocket\r\n";

struct ResponseFraming {
  Framing framing = Framing::kNone;  // towards the client; kUntilClose for HTTP/1.0
  uint8_t client_minor = 1;
  bool close = false;      // the connection ends with this response
  std::string_view lines;  // more headers, whole lines with CR LF
};
void writeResponseHead(const ResponseHead& response, const ResponseFraming& framing,
                       const HeaderEdits& edits, std::string& out);
// 100, 102, 103: status and headers.
void writeInformational(const ResponseHead& response, std::string& out);

// A piece of a body in the framing it is sent with; nothing for an empty piece.
void writeBody(Framing framing, std::string_view data, std::string& out);
// Its end. Trailers are forwarded in chunked framing only.
void writeBodyEnd(Framing framing, const std::vector<std::string>& trailers, std::string& out);

// What the appliance says itself. `head_only`: the answer to HEAD.
struct OwnResponse {
  int status = 500;
  std::string_view sentence;
  std::string_view headers;  // whole lines with CR LF
  bool close = false;
  bool head_only = false;
  const std::string* page = nullptr;  // HTML, in place of the sentence
};
void writeOwnResponse(const OwnResponse& response, std::string& out);

std::string_view reasonPhrase(int status);

}  // namespace sluice::proxy

// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/http_flaw.h"

#include <array>

namespace sluice::proxy {
namespace {

constexpr std::array<FlawInfo, kFlawCount> kFlaws = {{
    {"none", 200, ""},
    {"start_line", 400, "the first line is not METHOD TARGET HTTP/1.1, or not a status line"},
    {"method", 501, "the method is not served here"},
    {"target", 400, "the request target has a character or form that is not allowed"},
    {"target_path", 400, "the path has dot segments, an encoded NUL or a bad percent-encoding"},
    {"target_too_long", 414, "the request target is too long"},
    {"version", 505, "the version is neither HTTP/1.1 nor HTTP/1.0"},
    {"line_end", 400, "a line does not end with CR LF"},
    {"header_name", 400, "a header name is empty or has a character that is not allowed"},
    {"header_value", 400, "a header value has a control character"},
    {"header_folded", 400, "a header is folded over several lines"},
    {"header_alias", 400, "a header name with '_' stands for one that decides about the request"},
    {"head_too_large", 431, "the header section is too large"},
    {"too_many_headers", 431, "there are too many headers"},
    {"host_missing", 400, "there is no Host header"},
    {"host_repeated", 400, "there is more than one Host header"},
    {"host", 400, "the Host header is not HOST or HOST:PORT"},
    {"host_conflict", 400, "the Host header is not the host of the request target"},
    {"content_length", 400, "Content-Length is repeated or not a number"},
    {"transfer_encoding", 400, "Transfer-Encoding is repeated or not allowed here"},
    {"transfer_coding", 501, "the transfer coding is not chunked"},
    {"length_conflict", 400, "there are both Content-Length and Transfer-Encoding"},
    {"connection", 400, "Connection is malformed or names a header that is not its own to remove"},
    {"expectation", 417, "the expectation is not 100-continue"},
    {"chunk", 400, "a chunk is malformed"},
    {"chunk_extension", 400, "chunk extensions are malformed or too large"},
    {"trailer", 400, "a trailer is malformed, too large or not allowed as a trailer"},
    {"body_too_large", 413, "the body is too large"},
}};

}  // namespace

const FlawInfo& info(Flaw flaw) { return kFlaws[static_cast<size_t>(flaw)]; }

}  // namespace sluice::proxy

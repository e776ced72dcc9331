// SPDX-License-Identifier: Apache-2.0
// The HTTP/2 corpus on the proxy: the error is the one that RFC 9113 asks for, an error of a stream
// leaves the others alone, and a member gets whole, single requests or none.
#include <gmock/gmock.h>

#include <set>

#include "firmware/proxy/proxy_fixture.h"
#include "testbenches/conformance/http1/http1_front.h"
#include "testbenches/conformance/http2/http2_case.h"

namespace sluice::proxy {
namespace {

std::vector<Http2Case> allCases() {
  std::vector<Http2Case> all;
  for (const auto cases : {frameCases(), requestCases(), smugglingCases()})
    all.insert(all.end(), cases.begin(), cases.end());
  return all;
}

// A member that keeps what it got, connection by connection, and reads it as its length says.
class StrictOrigin {
 public:
  uint16_t port() const { return server_->port(); }
  // Of all connections, which end.
  std::vector<std::string> finish() {
    server_.reset();
    return std::move(got_);
  }

 private:
  void play(TestSocket& socket) {
    std::string got;
    for (;;) {
      const std::string head = socket.readUntil("\r\n\r\n");
      got += head;
      if (!head.ends_with("\r\n\r\n") || !readBody(socket, head, got)) break;
      if (head.find(" /slow ") == std::string::npos) socket.send(kOk);
    }
    const std::lock_guard lock(mutex_);
    got_.push_back(std::move(got));
  }
  static bool readBody(TestSocket& socket, const std::string& head, std::string& got) {
    if (const size_t at = head.find("Content-Length: "); at != std::string::npos) {
      const size_t size = std::stoul(head.substr(at + 16));
      const std::string body = socket.read(size);
      got += body;
      return body.size() == size;
    }
    if (head.find("Transfer-Encoding: chunked") == std::string::npos) return true;
    for (;;) {
      const std::string size = socket.readUntil("\r\n");
      got += size;
      if (!size.ends_with("\r\n")) return false;
      if (size == "0\r\n") break;
      got += socket.read(std::stoul(size, nullptr, 16) + 2);
    }
    std::string line;
    do got += line = socket.readUntil("\r\n");
    while (line.size() > 2);
    return line == "\r\n";
  }

  std::mutex mutex_;
  std::vector<std::string> got_;
  std::unique_ptr<TestServer> server_ =
      std::make_unique<TestServer>([this](TestSocket& socket, int) { play(socket); });
};

// What comes of stream 1.
std::string outcome(TestHttp2& client) {
  const auto error = [](uint32_t code) { return std::string(nghttp2_http2_strerror(code)); };
  for (;;) {
    const TestAnswer& answer = client.known(1);
    if (answer.reset >= 0) return "reset " + error(static_cast<uint32_t>(answer.reset));
    if (answer.ended) return answer[":status"];
    const TestFrame frame = client.next();
    if (frame.type < 0) return "closed";
    if (frame.type == NGHTTP2_GOAWAY) return "goaway " + error(frame.number(4));
  }
}

class Http2Conformance : public ProxyTest {};

TEST_F(Http2Conformance, EachCaseHasTheErrorThatIsDue) {
  StrictOrigin origin;
  serve({origin.port()}, "  http2-cleartext on\n");
  for (const Http2Case& c : allCases()) {
    SCOPED_TRACE(c.name);
    TestHttp2 client(this->client(), c.greet);
    c.say(client);
    const std::string result = outcome(client);
    EXPECT_EQ(result, c.expected);
    // An error of a stream is nobody else's.
    if (result.starts_with("goaway")) continue;
    client.headers(99, TestHttp2::get("/after"));
    EXPECT_EQ(client.answer(99).body, "ok");
  }
  EXPECT_TRUE(eventually([&] { return stats().active_requests == 0; }));
  size_t requests = 0;
  for (const std::string& got : origin.finish()) {
    const FrontResult read = runFront(got, 4'096);
    EXPECT_EQ(read.flaw, Flaw::kNone) << got;
    requests += read.requests.size();
    for (const FrontRequest& request : read.requests) {
      const std::string target = request.forwarded.substr(0, request.forwarded.find(" HTTP/1.1"));
      EXPECT_THAT(target, testing::AnyOf("GET /", "POST /", "GET /after", "GET /slow", "POST /slow",
                                         "OPTIONS *"));
    }
  }
  EXPECT_GE(requests, 100u);
}

TEST(Http2Cases, HaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const Http2Case& c : allCases()) EXPECT_TRUE(names.insert(c.name).second) << c.name;
  EXPECT_GE(names.size(), 150u);
}

}  // namespace
}  // namespace sluice::proxy

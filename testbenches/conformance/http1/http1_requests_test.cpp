// SPDX-License-Identifier: Apache-2.0
// The HTTP/1 corpus: each row at once and in pieces of every small size, and what goes through is
// exactly one request to whoever reads it next.
#include <gtest/gtest.h>

#include <set>

#include "testbenches/conformance/http1/http1_front.h"
#include "testbenches/conformance/http1/request_case.h"

namespace sluice::proxy {
namespace {

std::vector<RequestCase> allCases() {
  std::vector<RequestCase> all;
  for (const auto cases : {startLineCases(), headerCases(), framingCases()})
    all.insert(all.end(), cases.begin(), cases.end());
  return all;
}

TEST(Http1Requests, AreTakenOrRefusedAsTheCorpusSays) {
  for (const RequestCase& c : allCases()) {
    SCOPED_TRACE(c.name);
    const FrontResult result = runFront(c.bytes, c.bytes.size() + 1);
    EXPECT_EQ(result.summary(), c.expected);
    if (*c.forwarded == '\0') continue;
    ASSERT_FALSE(result.requests.empty());
    EXPECT_EQ(result.requests.back().forwarded, c.forwarded);
  }
}

TEST(Http1Requests, MeanTheSameInWhateverPiecesTheyCome) {
  for (const RequestCase& c : allCases()) {
    for (const size_t piece : {1, 2, 3, 5, 7, 100}) {
      SCOPED_TRACE(std::string(c.name) + " by " + std::to_string(piece));
      const FrontResult result = runFront(c.bytes, piece);
      EXPECT_EQ(result.summary(), c.expected);
    }
  }
}

TEST(Http1Requests, AreForwardedSoThatTheyAreReadAgainAsTheSame) {
  for (const RequestCase& c : allCases()) {
    SCOPED_TRACE(c.name);
    for (const FrontRequest& request : runFront(c.bytes, c.bytes.size() + 1).requests) {
      const FrontResult again = runFront(request.forwarded, 4'096);
      ASSERT_EQ(again.summary(), "ok");
      EXPECT_EQ(again.requests[0].forwarded, request.forwarded);
      EXPECT_EQ(again.requests[0].method, request.method);
      EXPECT_EQ(again.requests[0].body, request.body);
    }
  }
}

TEST(Http1Requests, LeaveAServerWithoutAnEndWhenTheyAreRefusedInTheMiddle) {
  for (const RequestCase& c : allCases()) {
    const FrontResult result = runFront(c.bytes, c.bytes.size() + 1);
    if (result.begun.empty()) continue;
    SCOPED_TRACE(c.name);
    EXPECT_EQ(runFront(result.begun, 4'096).summary(), "more");
  }
}

TEST(Http1Requests, HaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const RequestCase& c : allCases()) EXPECT_TRUE(names.insert(c.name).second) << c.name;
  EXPECT_GE(names.size(), 200u);
}

}  // namespace
}  // namespace sluice::proxy

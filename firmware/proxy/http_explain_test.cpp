// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/http_explain.h"

#include <gtest/gtest.h>

#include "firmware/control/config_text.h"

namespace sluice::proxy {
namespace {

constexpr char kConfig[] =
    "certificate c\n  chain-file /c\n  key-file /k\ntls-profile t\n  certificate c\n"
    "http-rule secret\n  path prefix /secret\n  respond 403\n"
    "http-rule api\n  path prefix /api/\n  header X-Beta\n  split beta 20\n  rewrite-path /v2/\n"
    "  request-header set X-Env lab\n"
    "http-rule old\n  path regex ^/old/(.*)\n  redirect 301 https://$host/new/$1\n"
    "http-rule dir\n  path prefix /dir\n  rewrite-path /files/\n"
    "pool web\n  member 10.0.0.11:80\npool beta\n  member 10.0.0.12:80\n"
    "virtual plain\n  destination 203.0.113.10:80\n  mode http\n  https-redirect 443\n"
    "virtual shop\n  destination 203.0.113.10:443\n  mode https\n  tls-profile t\n  pool web\n"
    "  http-rule secret\n  http-rule api\n  http-rule old\n  http-rule dir\n"
    "http-rule eve\n  tls subject contains eve\n  respond 403\n"
    "http-rule aged\n  tls version exact TLSv1.2\n  respond 426\n"
    "http-rule bad\n  tls client-certificate prefix failed\n  respond 401\n"
    "virtual guarded\n  destination 203.0.113.12:9443\n  mode https\n  tls-profile t\n  pool web\n"
    "  http-rule eve\n  http-rule aged\n  http-rule bad\n"
    "virtual other\n  destination 203.0.113.11:443\n  mode https\n  tls-profile t\n  pool web\n";

class HttpExplainTest : public testing::Test {
 protected:
  std::string explain(const std::string& request, const std::string& name = "",
                      const std::vector<std::string>& headers = {}) {
    const ConfigParse parse = parseConfig(kConfig);
    EXPECT_TRUE(parse.ok()) << formatDiagnostics(parse.diagnostics, kConfig, "test");
    auto query = parseHttpQuery(request);
    if (!query) return query.error().message;
    query->virtual_name = name;
    query->headers.insert(query->headers.end(), headers.begin(), headers.end());
    query->client = *IpAddress::parse("198.51.100.7");
    const auto explained = explainHttp(parse.config, *query, makeGroups(parse.config));
    return explained ? toText(*explained) : explained.error().message;
  }
};

TEST_F(HttpExplainTest, SaysWhichRuleMatchesAndWhyOthersDoNot) {
  EXPECT_EQ(explain("POST https://shop.example/api/x?y=z", "shop", {"X-Beta: 1"}),
            "POST https://shop.example/api/x?y=z\n"
            "  virtual shop\n"
            "  http-rule secret: path is '/api/x', not '/secret*'\n"
            "  http-rule api: matches\n"
            "  => 20 % to pool beta, 80 % to pool web\n"
            "  the member gets:\n"
            "    POST /v2/x?y=z HTTP/1.1\n"
            "    Host: shop.example\n"
            "    X-Beta: 1\n"
            "    X-Forwarded-For: 198.51.100.7\n"
            "    X-Forwarded-Proto: https\n"
            "    X-Forwarded-Host: shop.example\n"
            "    X-Forwarded-Port: 443\n"
            "    Forwarded: for=198.51.100.7;host=\"shop.example\";proto=https\n"
            "    X-Env: lab\n");
  EXPECT_EQ(explain("https://shop.example/old/a", "shop"),
            "GET https://shop.example/old/a\n"
            "  virtual shop\n"
            "  http-rule secret: path is '/old/a', not '/secret*'\n"
            "  http-rule api: path is '/old/a', not '/api/*'\n"
            "  http-rule old: matches\n"
            "  => answered with 301 to https://shop.example/new/a\n");
}

TEST_F(HttpExplainTest, TakesFieldsOfTls) {
  const auto outcome = [&](const std::string& request) {
    const std::string text = explain(request);
    const size_t at = text.find("=> ");
    return at == std::string::npos ? text : text.substr(at + 3, text.find('\n', at) - at - 3);
  };
  const std::string url = "https://203.0.113.12:9443/";
  EXPECT_EQ(outcome(url), "to pool web");
  EXPECT_EQ(outcome(url + " --tls subject=CN=eve"), "answered with 403");
  EXPECT_EQ(outcome(url + " -H 'A: b' --tls 'version=TLSv1.2' -H 'C: d'"), "answered with 426");
  EXPECT_EQ(outcome(url + " --tls client-certificate=failed"), "answered with 401");
  EXPECT_EQ(outcome(url + " --tls issuers=x"),
            "'issuers=x' is no field of TLS; expected FIELD=VALUE with version, cipher, "
            "server-name, client-certificate, subject, issuer, serial or fingerprint; a "
            "client-certificate is none, success or failed");
  EXPECT_EQ(explain("http://203.0.113.10/ --tls version=TLSv1.2"),
            "virtual 'plain' has no TLS, but --tls is given");
}

TEST_F(HttpExplainTest, SaysWhatIsRefusedAndWhatNoRuleIsAbout) {
  EXPECT_NE(explain("https://203.0.113.10/a/../b").find("  => refused with 400\n"),
            std::string::npos);
  EXPECT_NE(explain("https://203.0.113.10/dir../x")
                .find("  => refused with 400: the rewritten path would be '/files/../x'\n"),
            std::string::npos);
  EXPECT_NE(explain("https://203.0.113.11/").find("  virtual other\n  => to pool web\n"),
            std::string::npos);
  EXPECT_NE(explain("http://shop.example/").find("  => sent to https on port 443\n"),
            std::string::npos);
}

TEST_F(HttpExplainTest, AsksWhichVirtualIsMeant) {
  EXPECT_EQ(explain("https://shop.example/"),
            "which virtual? https://shop.example/ may be for shop or other");
  EXPECT_EQ(explain("https://shop.example:8443/"), "no virtual of mode https has port 8443");
  EXPECT_EQ(explain("ftp://x/"),
            "'ftp://x/' is no request; expected [METHOD] http[s]://HOST[:PORT]/PATH");
}

}  // namespace
}  // namespace sluice::proxy

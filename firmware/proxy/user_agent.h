// SPDX-License-Identifier: Apache-2.0
// What kind of program sent a request, as far as its User-Agent says so: a convenience, since
// anybody may send any.
#pragma once

#include <string_view>

namespace sluice::proxy {

// "bot", "tool", "mobile", "browser" or "other", the first of which is so:
//   bot      contains bot, crawler, spider, slurp or another word of crawlers (without case)
//   tool     begins like a command-line program or a library: curl/, Wget/, python-requests/, ...
//   mobile   begins like a browser, and contains Mobile, Android, iPhone, iPad or iPod
//   browser  begins with Mozilla/ or Opera/
std::string_view userAgentClass(std::string_view user_agent);

}  // namespace sluice::proxy

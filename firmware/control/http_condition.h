// SPDX-License-Identifier: Apache-2.0
// What can be said about conditions of http-rules without a request: sentences, and which rules
// leave nothing for later ones.
#pragma once

#include <string>

#include "firmware/control/config.h"

namespace sluice {

// "path", "header 'X-Beta'"
std::string describeThing(const HttpCondition& condition);
// "'/api/*'", "like '^/v[0-9]+'", "there"
std::string describeTest(const HttpCondition& condition);
// Whether they are alternatives: of conditions about the same thing one has to hold. One with `not`
// stands alone.
bool sameThing(const HttpCondition& a, const HttpCondition& b);

// Whether every request that `later` would match is matched by `earlier`. False where that takes
// more than comparing conditions one by one.
bool covers(const HttpRule& earlier, const HttpRule& later);

}  // namespace sluice

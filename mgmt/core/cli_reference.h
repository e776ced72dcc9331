// SPDX-License-Identifier: Apache-2.0
// The reference pages of the console, made from its commands.
#pragma once

#include <map>
#include <string>

namespace sluice::mgmt {

// File names in docs/cli/ and their text: README.md and a page per first word.
std::map<std::string, std::string> cliReference();

}  // namespace sluice::mgmt

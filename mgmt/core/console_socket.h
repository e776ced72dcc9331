// SPDX-License-Identifier: Apache-2.0
// Where appliance and console meet unless told otherwise.
#pragma once

namespace sluice::mgmt {

inline constexpr char kDefaultSocket[] = "/run/sluice/console.sock";

}  // namespace sluice::mgmt

// SPDX-License-Identifier: Apache-2.0
#include "firmware/tls/openssl_ptr.h"

#include <openssl/err.h>

namespace sluice::tls {

std::string takeErrors() {
  std::string text;
  while (const unsigned long error = ERR_get_error()) {
    const char* reason = ERR_reason_error_string(error);
    if (reason != nullptr) text = reason;
  }
  return text.empty() ? "unknown error" : text;
}

}  // namespace sluice::tls

// SPDX-License-Identifier: Apache-2.0
// A client's connection, whatever is spoken on it.
#pragma once

#include "firmware/proxy/stream.h"

namespace sluice::proxy {

class Session {
 public:
  Session() = default;
  virtual ~Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // To the end of the connection.
  virtual Task<void> run() = 0;
  // Ends soon. For shutdown.
  virtual void cancel() = 0;
};

}  // namespace sluice::proxy

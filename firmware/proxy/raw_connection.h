// SPDX-License-Identifier: Apache-2.0
// A connection that has done with HTTP: its bytes, and those that were received already.
#pragma once

#include "firmware/proxy/byte_buffer.h"
#include "firmware/proxy/stream.h"

namespace sluice::proxy {

struct RawConnection {
  Stream& stream;
  ByteBuffer& received;
};

}  // namespace sluice::proxy

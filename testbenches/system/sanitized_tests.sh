#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds and runs what reads untrusted input, layer 7 between real sockets, and the model inside the
# SystemC appliance, under the address and undefined-behaviour sanitizers. Run from anywhere; builds in build/sanitize.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."

readonly tests='trace_reader_test split_source_test flow_ledger_test config_text_test
  table_builder_test hal_test appliance_test
  proxy_test proxy_http2_test proxy_http2_server_test tls_relay_test'

cmake --preset sanitize >/dev/null
# shellcheck disable=SC2086
cmake --build build/sanitize -j 2 --target $tests -- --quiet
for test in $tests; do
  "$(find build/sanitize -name "$test" -type f)"
done

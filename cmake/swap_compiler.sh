#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Compiler launcher: swap_compiler.sh OTHER CONFIGURED ARGS... runs OTHER ARGS..., through ccache
# when there is one.
other=$1
shift 2
if command -v ccache >/dev/null 2>&1; then
  exec ccache "$other" "$@"
fi
exec "$other" "$@"

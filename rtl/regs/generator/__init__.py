# SPDX-License-Identifier: Apache-2.0
"""Renders the YAML sources in rtl/regs as SystemVerilog, C++ and Markdown."""

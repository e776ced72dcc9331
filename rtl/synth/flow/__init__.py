# SPDX-License-Identifier: Apache-2.0
"""The synthesis flows behind `./sluice synth`; rtl/synth/README.md tells how they are cut."""

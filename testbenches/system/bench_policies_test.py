#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`sluice bench policies`: what must hold between the alternatives, whatever the figures are.

    bench_policies_test.py PROGRAM
"""

import json
import subprocess
import sys
import unittest

PROGRAM = "build/default/sim/app/sluice"


class Policies(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        run = subprocess.run([PROGRAM, "bench", "policies", "--json"], capture_output=True, text=True,
                             timeout=250, check=True)
        cls.value = {(row["case"], row["metric"]): row["value"] for row in json.loads(run.stdout)}

    def test_with_a_table_nothing_breaks(self):
        for ring in ("maglev", "modulo"):
            for change in ("+1", "+5", "-1"):
                self.assertEqual(self.value[f"dispatch {ring} + table", f"broken {change}"], 0)

    def test_without_one_rings_differ(self):
        removed = {ring: self.value[f"dispatch {ring}", "broken -1"]
                   for ring in ("maglev", "rendezvous", "second chance", "modulo")}
        self.assertEqual(removed["rendezvous"], 0)
        self.assertEqual(removed["second chance"], 0)
        self.assertTrue(0 < removed["maglev"] < 2, removed)
        self.assertGreater(removed["modulo"], 80)

    def test_growth_breaks_what_the_newcomer_takes_at_least(self):
        # One of 21: 4.76 %. The slots of a rendezvous ring and the flows are random: 0.5 on either side.
        self.assertAlmostEqual(self.value["dispatch rendezvous", "broken +1"], 100 / 21, delta=0.5)
        self.assertGreater(self.value["dispatch maglev", "broken +1"], 100 / 21 - 0.5)
        self.assertEqual(self.value["dispatch second chance", "broken +1"], 0)
        self.assertGreater(self.value["dispatch second chance", "broken +5"], 0)

    def test_rings_are_even(self):
        self.assertLess(self.value["dispatch maglev", "member skew"], 1.05)

    def test_geometries_rank_by_choices(self):
        lost = [self.value[f"table {geometry}", "no room"] for geometry in ("4x4", "2x8", "2x4", "1x8")]
        self.assertEqual(lost, sorted(lost))
        self.assertGreater(lost[3], 1000 * (lost[0] + 1))

    def test_keys_notice_aliases_and_digests_do_not(self):
        self.assertEqual(self.value["key exact", "alias missed"], 0)
        self.assertEqual(self.value["key 16-bit digest", "alias noticed"], 0)
        self.assertGreater(self.value["key 16-bit digest", "alias missed"], 10)
        self.assertLess(self.value["key 24-bit digest", "alias missed"],
                        self.value["key 16-bit digest", "alias missed"] / 4)

    def test_linear_hashes_show_it(self):
        self.assertEqual(self.value["hash crc32c", "bit bias"], 1)
        self.assertEqual(self.value["hash toeplitz", "bit bias"], 1)
        self.assertLess(self.value["hash lookup3", "bit bias"], 0.2)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        PROGRAM = sys.argv.pop(1)
    unittest.main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The program as its user sees it: replay and check, their results, errors and exit status.

usage: replay_cli_test.py PROGRAM   (from the root of the repository)
"""
import gzip
import json
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else "build/default/sim/app/sluice"
TRACE = "testbenches/traces/shipped.pcap.gz"
CONFIG = "testbenches/traces/shipped.conf"


def run(*arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=False)


def report(*arguments):
    done = run("replay", *arguments, "--json")
    if done.returncode != 0:
        raise AssertionError(f"exit status {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)


class Replay(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.dir.name)

    def tearDown(self):
        self.dir.cleanup()

    def check_sums(self, result):
        packets = result["packets"]
        self.assertEqual(packets["in"], packets["forwarded"] + packets["dropped"] + packets["punted"])
        self.assertEqual(packets["dropped"], sum(result["drops"].values()))

    def test_shipped_trace_on_both_engines(self):
        result = report(TRACE, "--engine", "both")
        self.check_sums(result)
        self.assertEqual(result["mismatches"], 0)
        self.assertGreater(result["packets"]["forwarded"], 35000)
        self.assertEqual(sum(result["connections"]["broken"].values()), 0)
        self.assertGreater(result["latency_cycles"]["min"], 0)

    def test_shipped_trace_as_captured(self):
        result = report(TRACE, "--engine", "both", "--mode", "raw")
        self.check_sums(result)
        self.assertEqual(result["mismatches"], 0)
        self.assertEqual(result["trace"]["packets"], 54577)

    def test_model_and_rtl_tell_the_same(self):
        keys = ("packets", "drops", "virtuals", "members", "connections")
        model = report(TRACE, "--engine", "model", "--mode", "raw")
        rtl = report(TRACE, "--engine", "rtl", "--mode", "raw")
        for key in keys:
            self.assertEqual(model[key], rtl[key], key)
        self.assertIsNone(model["latency_cycles"])
        self.assertIsNone(rtl["mismatches"])

    def test_drain_breaks_nothing_and_down_is_listed_with_its_cause(self):
        scenario = self.path / "scenario"
        scenario.write_text("at 2s member web 10.0.0.14:80 drain\nat 3s pool web add 10.0.0.15:80\n")
        result = report(TRACE, "--engine", "rtl", "--scenario", str(scenario))
        self.assertEqual(sum(result["connections"]["broken"].values()), 0)
        members = {m["member"]: m for m in result["members"]}
        self.assertGreater(members["10.0.0.15:80"]["connections"], 0)

        scenario.write_text("at 3s member web 10.0.0.14:80 down\n")
        done = run("replay", TRACE, "--engine", "model", "--scenario", str(scenario), "--json", "--max-broken", "0")
        broken = json.loads(done.stdout)["connections"]["broken"]
        self.assertEqual(set(broken), {"member_gone"})
        self.assertGreater(broken["member_gone"], 0)
        self.assertEqual(done.returncode, 1)
        self.assertIn("broken", done.stderr)

    def test_expected_shares_are_those_of_the_rings_on_the_way(self):
        scenario = self.path / "scenario"
        scenario.write_text("at 3s member web 10.0.0.11:80 weight 20\n")
        members = report(TRACE, "--engine", "model", "--scenario", str(scenario))["members"]
        web = {m["member"]: m for m in members if m["pool"] == "web"}
        self.assertAlmostEqual(sum(m["expected_share"] for m in web.values()), 1, places=9)
        # 1 of 5 before, 20 of 24 after; what really went there is the mean of the two as well.
        expected = web["10.0.0.11:80"]["expected_share"]
        self.assertGreater(expected, 0.2 + 0.1)
        self.assertLess(expected, 20 / 24 - 0.1)
        for member in web.values():
            self.assertAlmostEqual(member["share"], member["expected_share"], delta=0.05)

    def test_expired_connections_are_told_by_the_timers_of_the_configuration(self):
        config = self.path / "quick.conf"
        text = pathlib.Path(CONFIG).read_text()
        config.write_text(
            "timers quick\n  half-open 200ms\n  established 300ms\n  closing-half 100ms\n"
            "  closing 10ms\n  one-way 100ms\n  two-way 100ms\n"
            + re.sub(r"(?m)^virtual .*$", r"\g<0>\n  timers quick", text))
        broken = report(TRACE, "--engine", "model", "--config", str(config))["connections"]["broken"]
        self.assertEqual(set(broken), {"expired"})

    def test_synth(self):
        result = report("--mode", "synth", "--config", CONFIG, "--packets", "20000", "--syn-flood", "0.3")
        self.check_sums(result)
        self.assertEqual(result["packets"]["in"], 20000)

    def test_auto_finds_the_services_of_any_trace(self):
        result = report("--auto", TRACE, "--engine", "model")
        self.check_sums(result)
        self.assertGreater(len(result["virtuals"]), 5)
        self.assertGreater(result["packets"]["forwarded"], 30000)

    def test_damaged_trace_without_a_packet_is_an_error(self):
        trace = self.path / "garbage.pcap"
        trace.write_bytes(struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1) + b"\xff" * 40)
        done = run("replay", str(trace), "--config", CONFIG, "--engine", "model")
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("no packet was readable", done.stderr)

    def test_damaged_trace_is_replayed_up_to_the_damage(self):
        whole = gzip.decompress(pathlib.Path(TRACE).read_bytes())
        cut = self.path / "cut.pcap"
        cut.write_bytes(whole[: 200_000])
        done = run("replay", str(cut), "--config", CONFIG, "--engine", "model")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("damaged", done.stdout)

    def test_output_directory_and_plots(self):
        out = self.path / "out"
        report(TRACE, "--engine", "model", "--limit", "3000", "--out", str(out), "--plot", str(out / "plots"))
        self.assertTrue((out / "port1.pcapng").stat().st_size > 10000)
        self.assertTrue(list((out / "plots").glob("*.svg")))
        self.assertTrue((out / "plots" / "time_series.csv").stat().st_size > 100)

    def test_wrong_input_is_said_and_has_its_exit_status(self):
        (self.path / "text.pcap").write_text("this is no capture")
        (self.path / "bad.conf").write_text("pool web\n  algorithm magleev\n")
        (self.path / "bad.scenario").write_text("at noon member web 10.0.0.1:80 down\n")
        for status, words, arguments in (
            (4, "text.pcap", ("replay", str(self.path / "text.pcap"), "--auto")),
            (4, "No such file", ("replay", str(self.path / "none.pcap"), "--auto")),
            (4, "bad.conf:2:", ("replay", TRACE, "--config", str(self.path / "bad.conf"))),
            (4, "bad.scenario:1:", ("replay", TRACE, "--scenario", str(self.path / "bad.scenario"))),
            (2, "engine", ("replay", TRACE, "--engine")),
            (4, "unknown engine", ("replay", TRACE, "--engine", "asic")),
            (2, "mode", ("replay", TRACE, "--mode", "backwards")),
            (2, "trace", ("replay",)),
            (2, "unknown verb", ("repaly",)),
        ):
            done = run(*arguments)
            self.assertEqual(done.returncode, status, (arguments, done.stderr))
            self.assertIn(words, done.stderr, arguments)
            self.assertEqual(done.stdout, "", arguments)


class Check(unittest.TestCase):
    def test_valid(self):
        self.assertEqual(run("check", CONFIG).returncode, 0)
        result = json.loads(run("check", CONFIG, "--json").stdout)
        self.assertTrue(result["valid"])

    def test_print_is_canonical(self):
        printed = run("check", CONFIG, "--print").stdout
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as again:
            again.write(printed)
            again.flush()
            self.assertEqual(run("check", again.name, "--print").stdout, printed)


class Explain(unittest.TestCase):
    PACKET = "tcp 198.51.100.7:4711 > 203.0.113.10:80"

    def test_later_packets_belong_to_the_connection_of_earlier_ones(self):
        done = run("explain", "--config", CONFIG, self.PACKET, f"{self.PACKET} flags ack", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        syn, ack = json.loads(done.stdout)
        self.assertEqual([stage["result"] for stage in syn["stages"] if stage["stage"] == "connection"],
                         ["new", "opened"])
        self.assertEqual([stage["result"] for stage in ack["stages"] if stage["stage"] == "connection"], ["hit"])
        self.assertEqual((syn["verdict"], syn["drop"], syn["pool"]), ("forward", None, "web"))
        self.assertEqual(syn["member"], ack["member"])
        text = run("explain", "--config", CONFIG, self.PACKET, "--flags", "ack").stdout
        self.assertIn("=> drop: no_connection", text)

    def test_errors(self):
        for status, words, arguments in (
            (2, "which configuration", (self.PACKET,)),
            (2, "which packet", ("--config", CONFIG)),
            (4, "is not a protocol", ("--config", CONFIG, "tpc 1 > 2")),
            (4, "unknown TCP flag", ("--config", CONFIG, self.PACKET, "--flags", "fun")),
            (4, "no interface 'e9'", ("--config", CONFIG, self.PACKET, "--in", "e9")),
            (4, "nowhere.conf", ("--config", "nowhere.conf", self.PACKET)),
        ):
            done = run("explain", *arguments)
            self.assertEqual(done.returncode, status, (arguments, done.stderr))
            self.assertIn(words, done.stderr, arguments)
            self.assertEqual(done.stdout, "", arguments)


if __name__ == "__main__":
    unittest.main(verbosity=2)

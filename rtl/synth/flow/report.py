# SPDX-License-Identifier: Apache-2.0
"""What a run says: tables for people, pictures, and the comparison with earlier runs."""

import re
import textwrap

# Simple IMIX: 7 frames of 64, 4 of 594, 1 of 1518 bytes, FCS included; on the bus they have no FCS.
IMIX = ((7, 60), (4, 590), (1, 1514))
MINIMUM = ((1, 60),)


def rates(fmax_mhz, width_bits, mix, least_clocks=1):
    """(million packets/s, Gbit/s on the wire side without preamble) of a bus that moves one beat per clock, in front of a
    pipeline that needs `least_clocks` for any packet."""
    beat = width_bits // 8
    frames = sum(n for n, _ in mix)
    clocks = sum(n * max(least_clocks, -(-size // beat)) for n, size in mix)
    bits = sum(n * (size + 4) * 8 for n, size in mix)
    mpps = fmax_mhz * frames / clocks
    return round(mpps, 2), round(mpps * bits / frames / 1000, 2)


def throughput(result):
    """What the median clock is worth, by frame mix."""
    if not result.get("fmax_mhz") or not result["fmax_mhz"]["median"]:
        return {}
    found = {}
    for name, mix in (("64_byte", MINIMUM), ("imix", IMIX)):
        mpps, gbps = rates(result["fmax_mhz"]["median"], result["width_bits"], mix, result.get("clocks_per_packet", 1))
        found[name] = {"mpps": mpps, "gbps": gbps}
    return found


def table(rows, columns):
    """Right-aligned columns, the first left-aligned; `columns` is [(heading, key)]."""
    cells = [[heading for heading, _ in columns]]
    cells += [["" if row.get(key) is None else f"{row[key]:,}" if isinstance(row[key], (int, float)) else str(row[key])
               for _, key in columns] for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    return "\n".join("  " + "  ".join(cell.ljust(w) if i == 0 else cell.rjust(w)
                                       for i, (cell, w) in enumerate(zip(line, widths))).rstrip() for line in cells)


MODULE_COLUMNS = [("module", "name"), ("instances", "instances"), ("LUT", "lut"), ("FF", "ff"), ("RAM", "ram"),
                  ("LUT RAM", "lutram"), ("cells", "cells"), ("area um2", "area_um2"), ("RAM Kbit", "ram_bits"),
                  ("MHz", "fmax_mhz"), ("depth", "depth")]


WIDTH = 80


def shortened(name, width):
    """The name with its middle left out, if it is longer than that."""
    if len(name) <= width:
        return name
    head = (width - 2) // 2
    return f"{name[:head]}..{name[head + 2 - width:]}"


def wrapped(text, indent):
    return textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ", break_on_hyphens=False)


def path_lines(name, path):
    length = f"{path['ns']} ns" if "ns" in path else f"slack {path['slack_ns']} ns"
    start, end = path.get("start", path["from"]), path.get("end", path["to"])
    return [f"  {name}{length}, depth {path['depth']}", f"    {shortened(start, 36)} -> {shortened(end, 36)}"]


def memory_table(memories):
    rows = [{**memory, "name": shortened(memory["name"], 28), "size": f"{memory['words']} x {memory['bits']}",
             "ports": f"{memory['reads']}R{memory['writes']}W" + ("*" if memory["flow_through"] else ""),
             "kbit": round(memory["total_bits"] / 1024, 1)} for memory in memories]
    return table(rows, [("memory", "name"), ("module", "module"), ("words x bits", "size"), ("ports", "ports"), ("Kbit", "kbit")])


def text_report(result):
    tools = ", ".join(f"{tool} {version}" for tool, version in result["tools"].items())
    lines = [wrapped(f"{result['target']}: {result['top']} on {result['device']} ({tools})", "")]
    for kind, use in result["resources"].items():
        of = f" of {use['available']:,} ({100 * use['used'] / use['available']:.0f} %)" if use["available"] else ""
        lines.append(f"  {kind} {use['used']:,}{of}")
    if "area" in result:
        area = result["area"]
        lines.append(f"  area {area['um2'] / 1e6:.2f} mm2 of {area['cells']:,} cells = {area['gate_equivalents']:,} NAND2, "
                     "without RAM")
    if result.get("tables"):
        lines.append(wrapped("holds " + ", ".join(f"{rows:,} {name}" for name, rows in result["tables"].items()), "  "))
    columns = [(h, k) for h, k in MODULE_COLUMNS if any(k in m for m in result["modules"])]
    lines.append(table([{**module, **({"area_um2": round(module["area_um2"])} if "area_um2" in module else {}),
                         **({"ram_bits": round(module["ram_bits"] / 1024)} if "ram_bits" in module else {})}
                        for module in result["modules"]], columns))
    lines += stage_paths(result)
    if result.get("memories"):
        lines += ["memories (* read in the same cycle):", memory_table(result["memories"])]
    if result.get("fmax_mhz") and result["fmax_mhz"]["median"]:
        fmax = result["fmax_mhz"]
        lines.append(f"Fmax min {fmax['min']}, median {fmax['median']}, max {fmax['max']} MHz; wanted {result['constraint_mhz']} MHz")
    if result.get("icetime_mhz"):
        lines.append(f"  icetime says {result['icetime_mhz']['min']} to {result['icetime_mhz']['max']} MHz")
    lines += rate_lines(result)
    if result.get("asynchronous_paths"):
        lines.append("paths from or to a pin:")
        lines += [line for path in result["asynchronous_paths"] for line in path_lines("", path)]
    lines.append("met" if result["met"] else missed(result))
    return "\n".join(lines)


def power_report(rows, clock_mhz, packets):
    """The table of the power proxy."""
    total = {key: round(sum(row[key] for row in rows), 1) for key in ("ff", "seen", "toggles", "register_mw", "gate_mw", "mw", "pj")}
    shown = [{**row, "name": shortened(row["name"], 30)} for row in sorted(rows, key=lambda row: -row["mw"])]
    columns = [("block", "name"), ("FF", "ff"), ("changes", "toggles"), ("FF mW", "register_mw"),
               ("gates mW", "gate_mw"), ("pJ", "pj")]
    text = (f"power proxy at {clock_mhz} MHz and a packet in every clock, with the changes per packet that {packets:,} packets of the "
            "shipped trace make: registers and gates by the cell library; no wires, no RAM, all clock gates open")
    return "\n".join([wrapped(text, ""), table(shown + [{"name": "all", **total}], columns),
                      f"{total['mw'] / 1000:.2f} W, {total['pj'] / 1000:.1f} nJ per packet; the waveform has "
                      f"{100 * total['seen'] / total['ff']:.0f} % of the registers"])


def rate_lines(result):
    found = throughput(result)
    if not found:
        return []
    clocks = result.get("clocks_per_packet", 1)
    return [f"at one beat of {result['width_bits']} bits per clock and at least {clocks} clock{'s' if clocks > 1 else ''} per packet:"
            ] + [f"  {name.replace('_', '-')}: {rate['mpps']} Mpackets/s, {rate['gbps']} Gbit/s" for name, rate in found.items()]


def stage_paths(result):
    found = [(m["name"], m["worst_path"]) for m in result["modules"] if m.get("worst_path")]
    return (["worst path of each module:"] + [line for name, path in found for line in path_lines(f"{name}: ", path)]
            ) if found else []


def missed(result):
    if result.get("constraint_mhz"):
        return f"MISSED: {result['fmax_mhz']['median']} MHz, wanted {result['constraint_mhz']} MHz"
    over = [k for k, use in result["resources"].items() if use["available"] and use["used"] > use["available"]]
    depth = f"depth {result['depth']}, wanted at most {result['constraint_depth']}"
    return f"MISSED: {depth}" + (f"; more than the device has of {', '.join(over)}" if over else "")


# ---- comparison

def key_figures(result):
    """The few numbers that a trend is about."""
    figures = {kind: use["used"] for kind, use in result["resources"].items()}
    if "area" in result:
        figures["area_um2"] = round(result["area"]["um2"])
    if result.get("fmax_mhz") and result["fmax_mhz"]["median"]:
        figures["fmax_mhz"] = result["fmax_mhz"]["median"]
    if "depth" in result:
        figures["depth"] = result["depth"]
    for module in result["modules"]:
        for key in ("lut", "ff", "area_um2", "fmax_mhz", "depth"):
            if module.get(key) is not None:
                figures[f"{module['name']}.{key}"] = module[key]
    return figures


def reference_figures(text, target):
    """Figures of a target in docs/synthesis.md: rows `| figure | value |` after `<!-- reference: TARGET -->`."""
    found = re.search(rf"<!-- reference: {re.escape(target)} -->\n(.*?)(?:\n\n|\Z)", text, re.DOTALL)
    if not found:
        return {}
    rows = re.findall(r"^\| `?([\w.]+)`? \| ([\d,.]+) \|", found.group(1), re.MULTILINE)
    return {name: float(value.replace(",", "")) for name, value in rows}


def trend(now, before, name):
    """Lines that say what changed; figures that only one side has are left out."""
    lines = []
    for key, value in now.items():
        if key in before and before[key] != value:
            share = f" ({100 * (value / before[key] - 1):+.1f} %)" if before[key] else ""
            lines.append(f"  {key}: {before[key]:,g} -> {value:,g}{share}")
    common = sum(1 for key in now if key in before)
    if not common:
        return [f"{name} has no figure of this run to compare with"]
    return [f"against {name}: " + (f"{len(lines)} of {common} figures changed" if lines else f"all {common} figures equal")] + lines


# ---- picture

def bars_svg(result):
    """Utilisation per module as horizontal bars, largest first."""
    key = next(k for k in ("area_um2", "lut", "cells") if any(m.get(k) for m in result["modules"]))
    rows = sorted((m for m in result["modules"] if m.get(key)), key=lambda m: -m[key])[:24]
    unit = {"area_um2": "area, um2", "lut": "LUTs", "cells": "cells"}[key]
    widest = max((m[key] for m in rows), default=1)
    height = 40 + 22 * len(rows)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="760" height="{height}" font-family="sans-serif" font-size="13">',
             '<rect width="100%" height="100%" fill="white"/>',
             f'<text x="10" y="20">{result["target"]}, {result["device"]}: {unit} per module</text>']
    for index, module in enumerate(rows):
        y = 34 + 22 * index
        parts.append(f'<text x="170" y="{y + 13}" text-anchor="end">{module["name"]}</text>'
                     f'<rect x="178" y="{y}" width="{max(1, round(460 * module[key] / widest))}" height="17" fill="#3a6ea5"/>'
                     f'<text x="{184 + round(460 * module[key] / widest)}" y="{y + 13}">{module[key]:,.0f}</text>')
    return "\n".join(parts + ["</svg>", ""])

# SPDX-License-Identifier: Apache-2.0
"""Markdown: the reference pages under docs/registers."""

from .model import Constant, Enum, Field, Register, Sources, Struct, Table
from .text import BANNER

HEADER = ["<!-- SPDX-License-Identifier: Apache-2.0 -->", f"<!-- {BANNER} -->"]
ACCESS = {"ro": "read only", "rw": "read, write", "w1": "write acts, reads 0"}


def index(sources: Sources) -> str:
    lines = HEADER + [
        "# Registers and tables", "",
        "Firmware sees the data plane as 32-bit words on one bus. All three pages come from `rtl/regs/*.yaml`,",
        "which also yield `rtl/regs/gen/`, `firmware/hal/gen/` and the register test.", "",
        "| page | holds |", "|---|---|",
        f"| [registers.md](registers.md) | {len(sources.registers)} registers, addresses `0x000` to `0xfff` |",
        f"| [tables.md](tables.md) | {len(sources.tables)} tables, from `0x0800_0000` up |",
        "| [packet.md](packet.md) | verdicts, drop reasons and other names; what travels with a packet |", "",
        "## Addresses", "",
        "| address bits | meaning |", "|---|---|",
        "| 31:27 | table id; 0 = registers |",
        "| 26 | bank, in tables with two banks |",
        "| below | row, then word of the row, then `00` |", "",
        "A row takes `4 * stride` bytes; stride is the number of its words rounded up to a power of two.", "",
        "## Rules of the bus", "",
        "- Only whole, aligned words. Anything else, an address without a register or table word, a write to",
        "  something read only, and a table that does not answer end with an error response and change nothing.",
        "- **Writing a row**: write its words in any order, the last word last. That write moves the whole row into",
        "  the table; earlier words wait in one staging register, shared by all tables.",
        "- **Reading a row**: read word 0 first. That read fetches the whole row; the other words come from the same",
        "  fetch, so a row never mixes two moments.",
        "- Two-word counters among the registers are not latched: read high, low, high until both highs agree.", "",
        "## Memory order", "",
        "Fields in *memory order* (addresses, MACs, ports) hold bytes as they stand in the packet: byte k of the field",
        "is bits 8k+7 to 8k. IPv4 addresses take the first four bytes of 16, the rest is 0.", ""]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _place(field: Field) -> str:
    return f"{field.lsb}" if field.width == 1 else f"{field.msb}:{field.lsb}"


def registers(sources: Sources) -> str:
    lines = HEADER + ["# Registers", "", "32-bit words at byte addresses. Bits that no field names read 0.", "",
                      "| address | name | access | what |", "|---|---|---|---|"]
    for register in sources.registers:
        lines.append(f"| `{_address(register)}` | [{register.name}](#{register.name.lower()}) | {register.access} "
                     f"| {_cell(register.doc)} |")
    for register in sources.registers:
        lines += _register(register)
    return "\n".join(lines + [""])


def _address(register: Register) -> str:
    last = register.offset + 4 * (register.count - 1)
    return f"0x{register.offset:03x}" if register.count == 1 else f"0x{register.offset:03x}-0x{last:03x}"


def _register(register: Register) -> list[str]:
    access = ACCESS[register.access] + (", from the data plane" if register.from_hardware else "")
    lines = ["", f"## {register.name}", "", register.doc, "",
             f"Address `{_address(register)}`" + (f" ({register.count} words)" if register.count > 1 else "")
             + f" · {access}{_reset(register)}"]
    if [field.name for field in register.fields] != ["value"] or register.fields[0].width < 32:
        lines += ["", "| bits | field | meaning |", "|---|---|---|"]
        lines += [f"| {_place(field)} | `{field.name}` | {_cell(field.doc)} |" for field in register.fields]
    return lines


def _reset(register: Register) -> str:
    if register.from_hardware or register.access == "w1":
        return ""
    if len(set(register.resets)) == 1:
        return f" · reset `0x{register.resets[0]:x}`"
    return " · reset " + ", ".join(f"`0x{value:x}`" for value in register.resets)


def tables(sources: Sources) -> str:
    lines = HEADER + ["# Tables", "",
                      "Rows are those of the largest profile. Smaller profiles have fewer; rows beyond theirs read 0.",
                      "Access as firmware sees it: *rw* firmware writes the table, *ro* the pipeline does.", "",
                      "| id | table | address | banks | access | rows | bits | words | stride |",
                      "|---|---|---|---|---|---|---|---|---|"]
    for table in sources.tables:
        lines.append(f"| {table.id} | [{table.name}](#{table.name}) | `0x{table.address:08x}` | {1 + table.banked} "
                     f"| {table.access} | {table.rows} | {table.width} | {table.words} | {table.stride} |")
    for table in sources.tables:
        lines += _table(table)
    return "\n".join(lines + [""])


def _table(table: Table) -> list[str]:
    banks = " + `bank << 26`" if table.banked else ""
    return ["", f"## {table.name}", "", " ".join(table.doc.split()), "",
            f"Row r at `0x{table.address:08x}`{banks} + {4 * table.stride} * r.", ""] + _field_table(table)


def _field_table(struct: Struct) -> list[str]:
    lines = ["| bits | field | type | meaning |", "|---|---|---|---|"]
    for field in struct.fields:
        kind = f"[{field.enum}](packet.md#{field.enum})" if field.enum else _kind(field)
        lines.append(f"| {_place(field)} | `{field.name}` | {kind} | {_cell(field.doc)} |")
    return lines


def _kind(field: Field) -> str:
    if field.kind == "bytes":
        return f"{field.width // 8} bytes"
    return f"{field.width} bit" + ("s" if field.width > 1 else "")


def packet(sources: Sources) -> str:
    lines = HEADER + ["# Names and metadata", "", "## Constants", "", "| name | value | meaning |", "|---|---|---|"]
    lines += [_constant(constant) for constant in sources.constants]
    for enum in sources.enums.values():
        lines += _enum(enum)
    for struct in sources.structs:
        lines += ["", f"## {struct.name}", "", f"{struct.doc} {struct.width} bits.", ""] + _field_table(struct)
    return "\n".join(lines + [""])


def _constant(constant: Constant) -> str:
    return f"| `{constant.name}` | {constant.value} | {_cell(constant.doc)} |"


def _enum(enum: Enum) -> list[str]:
    lines = ["", f"## {enum.name}", "", f"{enum.doc} {enum.width} bit{'s' if enum.width > 1 else ''}.", "",
             "| value | name | meaning |", "|---|---|---|"]
    return lines + [f"| {value.value} | `{value.name}` | {_cell(value.doc)} |" for value in enum.values]

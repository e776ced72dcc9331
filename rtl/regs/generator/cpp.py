# SPDX-License-Identifier: Apache-2.0
"""C++: decoded structs with pack and unpack, register constants, and the cases of the register test."""

from .model import Enum, Field, Register, Sources, Struct, Table, control_structs
from .text import BANNER, camel, commented, comment

ACCESS = {"ro": "kReadOnly", "rw": "kReadWrite", "w1": "kWriteOne"}

PREAMBLE = """\
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

// Generated, one field or word per line:
// clang-format off
namespace sluice::regs {

// Memory-order fields are copied byte by byte into words.
static_assert(std::endian::native == std::endian::little);

namespace detail {

/// Bits [from, from + width) of a value, placed at bit `at` of a word. width <= 32.
template <typename T>
constexpr uint32_t put(T value, unsigned from, unsigned width, unsigned at) {
  const uint64_t mask = (uint64_t{1} << width) - 1;
  return static_cast<uint32_t>(((static_cast<uint64_t>(value) >> from) & mask) << at);
}

/// The inverse: bits [at, at + width) of a word, placed at bit `to` of a value.
constexpr uint64_t take(uint32_t word, unsigned at, unsigned width, unsigned to) {
  return ((uint64_t{word} >> at) & ((uint64_t{1} << width) - 1)) << to;
}

template <size_t kBytes>
uint64_t load(const uint8_t* from) {
  uint64_t value = 0;
  std::memcpy(&value, from, kBytes);
  return value;
}

template <size_t kBytes>
void store(uint8_t* to, uint64_t value) {
  std::memcpy(to, &value, kBytes);
}

}  // namespace detail

enum class Access : uint8_t { kReadOnly, kReadWrite, kWriteOne };

/// A run of bits in a register.
struct BitField {
  uint8_t lsb;
  uint8_t width;

  constexpr uint32_t mask() const {
    return static_cast<uint32_t>(((uint64_t{1} << width) - 1) << lsb);
  }
  constexpr uint32_t get(uint32_t word) const { return (word & mask()) >> lsb; }
  /// `word` with this field replaced by `value`; bits of `value` that do not fit are lost.
  constexpr uint32_t put(uint32_t word, uint32_t value) const {
    return (word & ~mask()) | ((value << lsb) & mask());
  }
};

/// The words of any struct below as that struct.
template <typename T>
T unpack(std::span<const uint32_t> words) {
  T value;
  unpack(words, value);
  return value;
}

struct TableInfo {
  uint32_t id;
  std::string_view name;
  uint32_t rows;    ///< of the largest profile
  uint32_t words;   ///< of a row
  uint32_t stride;  ///< words from row to row
  bool banked;
  bool writable;
};

struct RegisterInfo {
  std::string_view name;
  uint32_t offset;  ///< byte address of the first word
  uint32_t count;   ///< words
  Access access;
  bool from_hardware;
  uint32_t mask;  ///< implemented bits
};

inline constexpr unsigned kTableShift = 27;  ///< a table stands at its id << kTableShift
inline constexpr unsigned kBankShift = 26;   ///< bank 1 of a banked table
inline constexpr uint32_t kRegisterSpace = 0x1000;
"""


def registers_header(sources: Sources) -> str:
    lines = ["// SPDX-License-Identifier: Apache-2.0", f"// {BANNER}", "//"]
    lines += comment(
        "The data plane as C++ sees it. pack() turns a struct into 32-bit words, least significant first (the layout "
        "of table rows and of wide signals of a Verilated model); unpack() is the inverse. The span must hold "
        "kWords words. Addresses, MACs and ports hold the bytes as they stand in the packet; numbers are numbers. "
        "Bits beyond a field's width are cut off.")
    lines += PREAMBLE.rstrip("\n").split("\n") + [""]
    for constant in sources.constants:
        lines += commented(f"inline constexpr uint32_t k{camel(constant.name)} = {constant.value};", constant.doc, "///<")
    lines.append("")
    for enum in sources.enums.values():
        lines += _enum(enum)
    for struct in sources.structs + control_structs(sources):
        lines += _struct(struct, camel(struct.name), [])
    for table in sources.tables:
        lines += _struct(table, f"{camel(table.name)}Row", _table_members(table))
    for register in sources.registers:
        lines += _register(register)
    lines += _table_infos(sources.tables) + _register_infos(sources.registers)
    return "\n".join(lines + ["}  // namespace sluice::regs", "// clang-format on", ""])


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _enum(enum: Enum) -> list[str]:
    name = camel(enum.name)
    lines = comment(enum.doc, mark="///") + [f"enum class {name} : uint8_t {{"]
    for value in enum.values:
        lines += commented(f"  k{camel(value.name)} = {value.value},", value.doc, "///<")
    highest = max(value.value for value in enum.values)
    lines += ["};", f"inline constexpr size_t k{name}Count = {highest + 1};  ///< highest value + 1", ""]
    lines += _enum_text(enum, "name", "The name in configuration, counters and traces.", lambda v: v.name, '"?"')
    return lines + _enum_text(enum, "doc", "The meaning, for people.", lambda v: v.doc, '""')


def _enum_text(enum: Enum, function: str, doc: str, text, default: str) -> list[str]:
    name = camel(enum.name)
    lines = comment(doc, mark="///") + [f"constexpr std::string_view {function}({name} value) {{", "  switch (value) {"]
    for value in enum.values:
        lines.append(f"    case {name}::k{camel(value.name)}:")
        lines.append(f"      return {_quote(text(value))};")
    return lines + ["  }", f"  return {default};", "}", ""]


# Structs ----------------------------------------------------------------------------------------------------

def _number_type(width: int) -> str:
    return "bool" if width == 1 else f"uint{max(8, 1 << (width - 1).bit_length())}_t"


def _type(field: Field) -> str:
    if field.enum:
        return camel(field.enum)
    if field.kind == "bytes":
        return f"std::array<uint8_t, {field.width // 8}>"
    if field.kind == "bits":
        return f"std::array<uint64_t, {field.width // 64}>"
    if field.kind == "array":
        return f"std::array<{_number_type(field.element_width)}, {field.count}>"
    return _number_type(field.width)


def _struct(struct: Struct, name: str, members: list[str]) -> list[str]:
    lines = comment(struct.doc, mark="///") + [f"struct {name} {{"]
    for field in struct.fields:
        bits = f"{field.count} x {field.element_width}" if field.count > 1 else f"{field.width}"
        plural = "" if field.width == 1 else "s"
        doc = f"{bits} bit{plural}" + (f": {field.doc}" if field.doc else "")
        lines += _member(f"  {_type(field)} {field.name}{{}};", doc)
    lines += ["", f"  static constexpr size_t kBits = {struct.width};",
              f"  static constexpr size_t kWords = {struct.words};"]
    lines += members + [f"  bool operator==(const {name}&) const = default;", "};", ""]
    return lines + _pack(struct, name) + _unpack(struct, name)


def _member(code: str, doc: str) -> list[str]:
    lines = commented(code, doc, "///<")
    return lines if len(lines) == 1 else comment(doc, "  ", "///") + [code]


def _table_members(table: Table) -> list[str]:
    members = [("uint32_t", "kTableId", table.id), ("uint32_t", "kRows", table.rows),
               ("uint32_t", "kStride", table.stride), ("bool", "kBanked", str(table.banked).lower()),
               ("bool", "kWritable", str(table.access == "rw").lower())]
    lines = [f"  static constexpr {kind} {name} = {value};" for kind, name, value in members]
    lines += ["  /// Byte address of the first word of a row.",
              "  static constexpr uint32_t rowAddress(uint32_t row, uint32_t bank = 0) {",
              "    return (kTableId << kTableShift) | (bank << kBankShift) | (row * kStride * 4);", "  }"]
    return lines


def _lanes(field: Field) -> list[tuple[int, int, str, str]]:
    """A field as pieces of at most 64 bits: (lsb, width, expression to read, pattern to assign)."""
    whole = f"value.{field.name}"
    if field.kind == "bytes":
        size = min(64, field.width)
        return [(field.lsb + at, size, f"detail::load<{size // 8}>({whole}.data() + {at // 8})",
                 f"detail::store<{size // 8}>({whole}.data() + {at // 8}, {{}});")
                for at in range(0, field.width, size)]
    if field.kind in ("bits", "array"):
        size = 64 if field.kind == "bits" else field.element_width
        kind = "uint64_t" if field.kind == "bits" else _number_type(size)
        return [(field.lsb + index * size, size, f"{whole}[{index}]",
                 f"{whole}[{index}] = static_cast<{kind}>({{}});") for index in range(field.width // size)]
    return [(field.lsb, field.width, whole, f"{whole} = static_cast<{_type(field)}>({{}});")]


def _overlap(lsb: int, width: int, word: int) -> tuple[int, int]:
    return max(lsb, 32 * word), min(lsb + width, 32 * word + 32)


def _pack(struct: Struct, name: str) -> list[str]:
    lines = [f"inline void pack(const {name}& value, std::span<uint32_t> words) {{"]
    lanes = [lane for field in struct.fields for lane in _lanes(field)]
    for word in range(struct.words):
        terms = []
        for lsb, width, source, _ in lanes:
            low, high = _overlap(lsb, width, word)
            if low < high:
                terms.append(f"detail::put({source}, {low - lsb}, {high - low}, {low - 32 * word})")
        lines.append(f"  words[{word}] = " + " |\n             ".join(terms) + ";")
    return lines + ["}", ""]


def _unpack(struct: Struct, name: str) -> list[str]:
    lines = [f"inline void unpack(std::span<const uint32_t> words, {name}& value) {{"]
    for field in struct.fields:
        for lsb, width, _, target in _lanes(field):
            terms = []
            for word in range(lsb // 32, (lsb + width - 1) // 32 + 1):
                low, high = _overlap(lsb, width, word)
                terms.append(f"detail::take(words[{word}], {low - 32 * word}, {high - low}, {low - lsb})")
            lines.append("  " + target.format(" |\n      ".join(terms)))
    return lines + ["}", ""]


# Registers --------------------------------------------------------------------------------------------------

def _register(register: Register) -> list[str]:
    lines = comment(register.doc, mark="///") + [f"struct {camel(register.name)}Reg {{"]
    lines.append(f"  static constexpr uint32_t kOffset = 0x{register.offset:03x};")
    lines.append(f"  static constexpr uint32_t kCount = {register.count};")
    lines.append(f"  static constexpr Access kAccess = Access::{ACCESS[register.access]};")
    if register.count == 1:
        lines.append(f"  static constexpr uint32_t kReset = 0x{register.resets[0]:x};")
    else:
        lines.append("  static constexpr std::array<uint32_t, kCount> kReset = {")
        resets = [f"0x{value:x}," for value in register.resets]
        lines += ["      " + " ".join(resets[start:start + 6]) for start in range(0, register.count, 6)] + ["  };"]
        lines.append("  static constexpr uint32_t offset(uint32_t index) { return kOffset + 4 * index; }")
    for field in register.fields:
        code = f"  static constexpr BitField k{camel(field.name)}{{{field.lsb}, {field.width}}};"
        lines += _member(code, field.doc) if field.doc else [code]
    return lines + ["};", ""]


def _table_infos(tables: list[Table]) -> list[str]:
    rows = [f'    TableInfo{{{t.id}, "{t.name}", {t.rows}, {t.words}, {t.stride}, '
            f'{str(t.banked).lower()}, {str(t.access == "rw").lower()}}},' for t in tables]
    return ["/// All tables, by id.", f"inline constexpr std::array<TableInfo, {len(tables)}> kTables = {{", *rows, "};", ""]


def _register_infos(registers: list[Register]) -> list[str]:
    rows = [f'    RegisterInfo{{"{r.name}", 0x{r.offset:03x}, {r.count}, Access::{ACCESS[r.access]}, '
            f'{str(r.from_hardware).lower()}, 0x{r.mask:x}}},' for r in registers]
    return ["/// All registers, by offset.",
            f"inline constexpr std::array<RegisterInfo, {len(registers)}> kRegisters = {{", *rows, "};", ""]


def register_cases(sources: Sources) -> str:
    lines = ["// SPDX-License-Identifier: Apache-2.0", f"// {BANNER}", "//",
             "// One case per register word, for the register test.", "#pragma once", "", "#include <cstdint>", "",
             '#include "firmware/hal/gen/sluice_regs.h"', "", "// Generated, one case per line:",
             "// clang-format off",
             "namespace sluice::csr_test {", "", "struct RegisterCase {", "  const char* name;",
             "  uint32_t address;", "  regs::Access access;",
             "  bool from_hardware;  ///< the value comes from the data plane; `reset` does not apply",
             "  uint32_t reset;", "  uint32_t writable;  ///< bits that keep what is written", "};", "",
             "inline constexpr RegisterCase kRegisterCases[] = {"]
    for register in sources.registers:
        for index in range(register.count):
            lines.append(f'    {{"{register.word_name(index)}", 0x{register.offset + 4 * index:03x}, '
                         f'regs::Access::{ACCESS[register.access]}, {str(register.from_hardware).lower()}, '
                         f'0x{register.resets[index]:x}, 0x{register.writable:x}}},')
    return "\n".join(lines + ["};", "", "}  // namespace sluice::csr_test", "// clang-format on", ""])

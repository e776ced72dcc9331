# SPDX-License-Identifier: Apache-2.0
"""SystemVerilog: the package and the register file."""

from .model import Constant, Enum, Field, Register, Sources, SourceError, Struct, Table, control_structs, port_name
from .text import BANNER, commented, comment

HEADER = ["// SPDX-License-Identifier: Apache-2.0", f"// {BANNER}", "//"]


def package(sources: Sources) -> str:
    body = _constants(sources.constants)
    for enum in sources.enums.values():
        body += _enum(enum)
    for struct in sources.structs + control_structs(sources):
        body += _struct(struct, f"{struct.name}_t", struct.name.upper())
    for table in sources.tables:
        body += _table(table)
    body += _table_functions(sources.tables)
    for register in sources.registers:
        body += _register_constants(register)
    _check_names(body)
    lines = HEADER + comment(
        "Names and shapes shared by the data plane: constants, enums, metadata structs, table rows, register "
        "offsets. <STRUCT>_W is the width of a struct, <STRUCT>_<FIELD>_LSB and _W the place of a field in it; "
        "tables use <TABLE>_ROW for <STRUCT>.")
    lines += ["", "// A module uses what it needs of a shared package, never all of it.",
              "/* verilator lint_off UNUSEDPARAM */", "package sluice_pkg;", ""]
    lines += [f"  {line}" if line else "" for line in body]
    return "\n".join(lines + ["endpackage", "/* verilator lint_on UNUSEDPARAM */", ""])


def _localparam(name: str, value: int, width: int | None = None) -> str:
    if width is None:
        return f"localparam int unsigned {name} = {value};"
    return f"localparam logic [{width - 1}:0] {name} = {width}'d{value};"


def _constants(constants: list[Constant]) -> list[str]:
    lines = []
    for constant in constants:
        lines += commented(_localparam(constant.name, constant.value, constant.width), constant.doc)
    return lines + [""]


def _enum(enum: Enum) -> list[str]:
    lines = comment(enum.doc) + [_localparam(f"{enum.name.upper()}_W", enum.width)]
    lines.append(f"typedef enum logic [{enum.width - 1}:0] {{")
    for index, value in enumerate(enum.values):
        comma = "," if index + 1 < len(enum.values) else ""
        code = f"  {enum.name.upper()}_{value.name.upper()} = {enum.width}'d{value.value}{comma}"
        lines += commented(code, value.doc)
    return lines + [f"}} {enum.name}_e;", ""]


def _field_type(field: Field) -> str:
    if field.enum:
        return f"{field.enum}_e"
    return "logic" if field.width == 1 else f"logic [{field.width - 1}:0]"


def _struct(struct: Struct, type_name: str, prefix: str) -> list[str]:
    lines = comment(struct.doc) + [_localparam(f"{prefix}_W", struct.width), "typedef struct packed {"]
    for field in reversed(struct.fields):
        place = f"{field.msb}:{field.lsb}" if field.width > 1 else f"{field.lsb}"
        if field.count > 1:
            place += f", {field.count} x {field.element_width} bits"
        doc = f"[{place}] {field.doc}".rstrip()
        lines += commented(f"  {_field_type(field)} {field.name};", doc)
    lines.append(f"}} {type_name};")
    for field in struct.fields:
        lines.append(_localparam(f"{prefix}_{field.name.upper()}_LSB", field.lsb))
        lines.append(_localparam(f"{prefix}_{field.name.upper()}_W", field.width))
    return lines + [""]


def _table(table: Table) -> list[str]:
    name = table.name.upper()
    lines = [_localparam(f"TABLE_{name}", table.id, 5), _localparam(f"{name}_ROWS", table.rows)]
    return lines + _struct(table, f"{table.name}_row_t", f"{name}_ROW")


def _table_function(name: str, width: int, doc: str, rows: list[tuple[int, int]]) -> list[str]:
    size = f"[{width - 1}:0] " if width > 1 else ""
    lines = comment(doc) + [f"function automatic {size}{name}(input [4:0] id);", "  unique case (id)"]
    lines += [f"    5'd{table_id}: {name} = {width}'d{value};" for table_id, value in rows]
    return lines + [f"    default: {name} = {width}'d0;", "  endcase", "endfunction", ""]


def _table_functions(tables: list[Table]) -> list[str]:
    def rows(value):
        return [(table.id, int(value(table))) for table in tables]

    lines = [_localparam("TABLE_ROW_WORDS_MAX", max(table.words for table in tables)), ""]
    lines += _table_function("table_words", 4, "Words of a row; 0 = no such table.", rows(lambda t: t.words))
    lines += _table_function("table_stride_log2", 3, "Base-2 logarithm of the words from row to row.",
                             rows(lambda t: t.stride_log2))
    lines += _table_function("table_rows", 21, "Rows of the largest profile.", rows(lambda t: t.rows))
    lines += _table_function("table_banked", 1, "1 = the table has two banks.", rows(lambda t: t.banked))
    return lines + _table_function("table_writable", 1, "1 = firmware writes the table.",
                                   rows(lambda t: t.access == "rw"))


def _register_constants(register: Register) -> list[str]:
    name = f"REG_{register.name}"
    lines = [f"localparam logic [11:0] {name} = 12'h{register.offset:03x};"]
    if register.count > 1:
        lines.append(_localparam(f"{name}_COUNT", register.count))
    for field in register.fields:
        if field.name != "value":
            lines.append(_localparam(f"{name}_{field.name.upper()}_LSB", field.lsb))
    return commented(lines[0], register.doc) + lines[1:]


def _check_names(lines: list[str]) -> None:
    names = [line.split(" = ")[0].split()[-1] for line in lines if line.startswith("localparam")]
    for name in names:
        if names.count(name) > 1:
            raise SourceError(f"two sources yield the SystemVerilog name {name}")


# The register file ------------------------------------------------------------------------------------------

def register_block(sources: Sources) -> str:
    lines = HEADER + comment(
        "Registers. A request (req_i) is answered in the same cycle: rdata_o and error_o are combinational, a write "
        "takes effect at the next clock edge. error_o: no such register, or a write to a read-only one; such a "
        "request changes nothing. Orders (access w1) appear in command_o for the one cycle after the write.")
    lines += ["module csr_regs (", "    input logic clk_i,", "    input logic rst_i,", "",
              "    input logic req_i,", "    input logic write_i,", "    input logic [11:0] addr_i,",
              "    input logic [31:0] wdata_i,", "    output logic [31:0] rdata_o,", "    output logic error_o,", "",
              "    output sluice_pkg::csr_config_t config_o,", "    output sluice_pkg::csr_command_t command_o,",
              "    input sluice_pkg::csr_status_t status_i", ");", ""]
    lines += _write_enable()
    for register in sources.registers:
        if register.access == "rw":
            lines += _held_register(register)
        elif register.access == "w1":
            lines += _order_register(register)
    lines += _read_mux(sources.registers)
    return "\n".join(lines + ["endmodule", ""])


def _write_enable() -> list[str]:
    return ["  logic mapped;", "  logic writable;", "  logic write;",
            "  assign write = req_i && write_i && !error_o;",
            "  assign error_o = !mapped || (write_i && !writable);", ""]


def _hex(value: int, width: int) -> str:
    return f"{width}'h{value:x}"


def _held_register(register: Register) -> list[str]:
    return _held_array(register) if register.count > 1 else _held_word(register)


def _declare(width: int, name: str) -> str:
    return f"  logic {name};" if width == 1 else f"  logic [{width - 1}:0] {name};"


def _held_word(register: Register) -> list[str]:
    names = {field: port_name(register, field) for field in register.fields}
    lines = comment(f"{register.name}: {register.doc}", "  ")
    lines += [_declare(field.width, f"{name}_q") for field, name in names.items()]
    lines += ["  always_ff @(posedge clk_i) begin", "    if (rst_i) begin"]
    for field, name in names.items():
        reset = (register.resets[0] >> field.lsb) & ((1 << field.width) - 1)
        lines.append(f"      {name}_q <= {_hex(reset, field.width)};")
    lines.append(f"    end else if (write && addr_i == sluice_pkg::REG_{register.name}) begin")
    lines += [f"      {name}_q <= wdata_i[{_range(field)}];" for field, name in names.items()]
    lines += ["    end", "  end"]
    lines += [f"  assign config_o.{name} = {name}_q;" for name in names.values()]
    return lines + [""]


def _range(field: Field) -> str:
    return f"{field.lsb}" if field.width == 1 else f"{field.msb}:{field.lsb}"


def _held_array(register: Register) -> list[str]:
    field = register.fields[0]
    name, width, count = port_name(register, field), field.width, register.count
    lines = comment(f"{register.name}: {register.doc}", "  ")
    lines.append(f"  localparam logic [{count * width - 1}:0] {register.name}_RESET = {{")
    resets = [_hex(value, width) for value in reversed(register.resets)]
    for start in range(0, count, 6):
        comma = "," if start + 6 < count else ""
        lines.append("    " + ", ".join(resets[start:start + 6]) + comma)
    lines += ["  };", _declare(count * width, f"{name}_q"),
              "  always_ff @(posedge clk_i) begin", "    if (rst_i) begin",
              f"      {name}_q <= {register.name}_RESET;", "    end else begin",
              f"      for (int unsigned i = 0; i < {count}; i++) begin",
              f"        if (write && addr_i == sluice_pkg::REG_{register.name} + 12'(4 * i)) begin",
              f"          {name}_q[i*{width}+:{width}] <= wdata_i[{_range(field)}];",
              "        end", "      end", "    end", "  end", f"  assign config_o.{name} = {name}_q;"]
    return lines + [""]


def _order_register(register: Register) -> list[str]:
    names = {field: port_name(register, field) for field in register.fields}
    pulse = f"{register.name.lower()}_valid"
    lines = comment(f"{register.name}: {register.doc}", "  ") + [_declare(1, f"{pulse}_q")]
    lines += [_declare(field.width, f"{name}_q") for field, name in names.items()]
    lines += ["  always_ff @(posedge clk_i) begin",
              f"    {pulse}_q <= !rst_i && write && addr_i == sluice_pkg::REG_{register.name};"]
    lines += [f"    {name}_q <= wdata_i[{_range(field)}];" for field, name in names.items()]
    lines += ["  end", f"  assign command_o.{pulse} = {pulse}_q;"]
    lines += [f"  assign command_o.{name} = {name}_q;" for name in names.values()]
    return lines + [""]


def _read_value(register: Register, index: int) -> str:
    """The word that a read returns, as an expression."""
    if register.access == "w1":
        return "32'd0"
    if register.access == "ro" and not register.from_hardware:
        return _hex(register.resets[index], 32)
    parts, place = [], 0
    for field in register.fields:
        if field.lsb > place:
            parts.insert(0, f"{field.lsb - place}'d0")
        parts.insert(0, _stored(register, field, index))
        place = field.msb + 1
    if place < 32:
        parts.insert(0, f"{32 - place}'d0")
    return parts[0] if len(parts) == 1 else "{" + ", ".join(parts) + "}"


def _stored(register: Register, field: Field, index: int) -> str:
    name = port_name(register, field)
    name = f"status_i.{name}" if register.from_hardware else f"{name}_q"
    return name if register.count == 1 else f"{name}[{index * field.width}+:{field.width}]"


def _read_mux(registers: list[Register]) -> list[str]:
    lines = ["  always_comb begin", "    mapped = 1'b1;", "    writable = 1'b0;", "    rdata_o = 32'd0;",
             "    unique case (addr_i)"]
    for register in registers:
        for index in range(register.count):
            lines.append(f"      12'h{register.offset + 4 * index:03x}: begin  // {register.word_name(index)}")
            lines += _wrapped_assignment("        rdata_o = ", _read_value(register, index))
            if register.access != "ro":
                lines.append("        writable = 1'b1;")
            lines.append("      end")
    return lines + ["      default: mapped = 1'b0;", "    endcase", "  end", ""]


def _wrapped_assignment(start: str, value: str) -> list[str]:
    if len(start + value) < 100:
        return [f"{start}{value};"]
    parts = value.strip("{}").split(", ")
    lines = [start + "{"] + [f"          {part}," for part in parts]
    lines[-1] = lines[-1].rstrip(",")
    return lines + ["        };"]

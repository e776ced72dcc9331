# SPDX-License-Identifier: Apache-2.0
"""The sources as objects. Reading checks them: a mistake in a YAML file ends here, with its place."""

from dataclasses import dataclass
from pathlib import Path

import yaml

WORD_BITS = 32
TABLE_SHIFT = 27
BANK_SHIFT = 26
REGISTER_SPACE = 0x1000

RESERVED = set("""
    alias assert assign automatic before begin bind bins bit break buf byte case cell class const continue cover
    default design disable do edge else end endcase enum event export extends extern final first_match for force
    forever fork function generate genvar global if import initial inout input inside instance int integer
    interface join large library local logic longint macromodule module nand negedge new nor not null or output
    package packed parameter posedge primitive priority program property protected pull0 pull1 pure rand randc
    real ref reg release repeat return scalared sequence shortint signed small solve static string strong struct
    super supply table tagged task this time tri type typedef union unique unsigned use var vectored virtual void
    wait wand weak while wildcard wire with within wor xnor xor
    auto bool catch char delete double explicit float friend goto inline long mutable namespace operator private
    public register short sizeof switch template throw try typename using volatile
""".split())


class SourceError(Exception):
    """A mistake in a YAML source, in words for the person who edits it."""


@dataclass(frozen=True)
class Constant:
    name: str
    value: int
    doc: str
    width: int | None  # None: int unsigned


@dataclass(frozen=True)
class EnumValue:
    name: str
    value: int
    doc: str


@dataclass(frozen=True)
class Enum:
    name: str
    width: int
    doc: str
    values: list[EnumValue]


@dataclass(frozen=True)
class Field:
    """A run of bits. kind: number | bytes (memory order) | bits (single bits) | array (count numbers)."""

    name: str
    lsb: int
    width: int  # all bits, also of an array
    doc: str
    kind: str = "number"
    enum: str | None = None
    count: int = 1

    @property
    def msb(self) -> int:
        return self.lsb + self.width - 1

    @property
    def element_width(self) -> int:
        return self.width // self.count


@dataclass(frozen=True)
class Struct:
    name: str
    doc: str
    fields: list[Field]

    @property
    def width(self) -> int:
        return sum(field.width for field in self.fields)

    @property
    def words(self) -> int:
        return -(-self.width // WORD_BITS)


@dataclass(frozen=True)
class Table(Struct):
    id: int = 0
    banked: bool = False
    access: str = "rw"
    rows: int = 0

    @property
    def stride_log2(self) -> int:
        return (self.words - 1).bit_length()

    @property
    def stride(self) -> int:
        return 1 << self.stride_log2

    @property
    def address(self) -> int:
        return self.id << TABLE_SHIFT


@dataclass(frozen=True)
class Register:
    name: str
    offset: int
    count: int
    access: str
    from_hardware: bool
    resets: list[int]
    fields: list[Field]
    doc: str

    @property
    def mask(self) -> int:
        """The implemented bits."""
        return sum(((1 << field.width) - 1) << field.lsb for field in self.fields)

    @property
    def width(self) -> int:
        """Bits of one element when its fields are packed without gaps."""
        return sum(field.width for field in self.fields)

    @property
    def writable(self) -> int:
        return self.mask if self.access == "rw" else 0

    def word_name(self, index: int) -> str:
        return f"{self.name}[{index}]" if self.count > 1 else self.name


@dataclass(frozen=True)
class Sources:
    constants: list[Constant]
    enums: dict[str, Enum]
    structs: list[Struct]
    tables: list[Table]
    registers: list[Register]


def load(directory: Path) -> Sources:
    packet = _read(directory / "packet.yaml")
    enums = {name: _enum(name, body) for name, body in packet["enums"].items()}
    structs = [_struct(name, body, enums) for name, body in packet["structs"].items()]
    tables = [_table(name, body, enums) for name, body in _read(directory / "tables.yaml")["tables"].items()]
    registers = [_register(body) for body in _read(directory / "registers.yaml")["registers"]]
    constants = [_constant(name, *body) for name, body in packet["constants"].items()]
    _check_unique("table id", [table.id for table in tables])
    _check_registers(registers)
    return Sources(constants, enums, structs, tables, registers)


def control_structs(sources: Sources) -> list[Struct]:
    """The register block's ports as structs: what firmware set, what it ordered, what it can read."""
    registers = sources.registers
    held = [register for register in registers if register.access == "rw"]
    orders = [register for register in registers if register.access == "w1"]
    inputs = [register for register in registers if register.from_hardware]
    command_fields = []
    for register in orders:
        command_fields.append((f"{register.name.lower()}_valid", 1, 1, f"one-cycle pulse: {register.doc}"))
        command_fields += _port_fields(register)
    return [
        _port_struct("csr_config", "Registers that firmware sets.", sum(map(_port_fields, held), [])),
        _port_struct("csr_command", "Orders from firmware; data is valid with its pulse.", command_fields),
        _port_struct("csr_status", "Registers that the data plane answers.", sum(map(_port_fields, inputs), [])),
    ]


def port_name(register: Register, field: Field) -> str:
    name = register.name.lower()
    return name if field.name == "value" else f"{name}_{field.name}"


def _port_fields(register: Register) -> list[tuple[str, int, int, str]]:
    return [(port_name(register, field), field.width, register.count, field.doc or register.doc)
            for field in register.fields]


def _port_struct(name: str, doc: str, ports: list[tuple[str, int, int, str]]) -> Struct:
    fields, lsb = [], 0
    for field_name, width, count, field_doc in ports:
        kind = "array" if count > 1 else "number"
        fields.append(Field(field_name, lsb, width * count, field_doc, kind, count=count))
        lsb += width * count
    return Struct(name, doc, fields)


def _read(path: Path) -> dict:
    with path.open(encoding="utf-8") as stream:
        return yaml.safe_load(stream)


def _constant(name: str, value: int, doc: str, width: int | None = None) -> Constant:
    return Constant(name, value, doc, width)


def _enum(name: str, body: dict) -> Enum:
    values = [EnumValue(*row) for row in body["values"]]
    _check_unique(f"value of enum {name}", [value.value for value in values])
    if max(value.value for value in values) >= 1 << body["width"]:
        raise SourceError(f"enum {name}: a value does not fit in {body['width']} bits")
    return Enum(name, body["width"], body["doc"].strip(), values)


def _fields(owner: str, rows: list, enums: dict[str, Enum]) -> list[Field]:
    fields, lsb = [], 0
    for name, shape, doc in rows:
        field = _field(owner, name, shape, doc, lsb, enums)
        fields.append(field)
        lsb += field.width
    _check_unique(f"field of {owner}", [field.name for field in fields])
    return fields


def _field(owner: str, name: str, shape, doc: str, lsb: int, enums: dict[str, Enum]) -> Field:
    if name in RESERVED:
        raise SourceError(f"{owner}.{name}: is a keyword of SystemVerilog or C++")
    if isinstance(shape, int):
        kind = "bytes" if shape in (48, 128) else "number"
        if shape > 64 and kind == "number":
            raise SourceError(f"{owner}.{name}: numbers have at most 64 bits; 128 is an address, bitsN a bit vector")
        return Field(name, lsb, shape, doc, kind)
    if shape.startswith("bits") and shape[4:].isdigit():
        return Field(name, lsb, int(shape[4:]), doc, "bits")
    if shape not in enums:
        raise SourceError(f"{owner}.{name}: no enum '{shape}'")
    return Field(name, lsb, enums[shape].width, doc, enum=shape)


def _struct(name: str, body: dict, enums: dict[str, Enum]) -> Struct:
    return Struct(name, body["doc"].strip(), _fields(name, body["fields"], enums))


def _table(name: str, body: dict, enums: dict[str, Enum]) -> Table:
    table = Table(name, body["doc"].strip(), _fields(name, body["fields"], enums),
                  body["id"], body["banked"], body["access"], body["rows"])
    room = 1 << (BANK_SHIFT if table.banked else TABLE_SHIFT)
    if table.rows * table.stride * 4 > room:
        raise SourceError(f"table {name}: {table.rows} rows do not fit in its address range")
    if not 1 <= table.id < 32 or table.access not in ("rw", "ro"):
        raise SourceError(f"table {name}: id 1 to 31, access rw or ro")
    return table


def _register(body: dict) -> Register:
    name, count, access = body["name"], body.get("count", 1), body["access"]
    rows = body.get("fields", [["value", 31, 0, ""]])
    fields = [Field(field, lsb, msb - lsb + 1, doc) for field, msb, lsb, doc in rows]
    reset = body.get("reset", 0)
    resets = reset if isinstance(reset, list) else [reset] * count
    if access not in ("ro", "rw", "w1") or len(resets) != count:
        raise SourceError(f"register {name}: access ro, rw or w1, and one reset value per word")
    if count > 1 and len(fields) > 1:
        raise SourceError(f"register {name}: an array has one field")
    register = Register(name, body["offset"], count, access, body.get("hw") == "in", resets, fields,
                        body["doc"].strip())
    if any(value & ~register.mask for value in resets):
        raise SourceError(f"register {name}: the reset value sets bits outside its fields")
    return register


def _check_registers(registers: list[Register]) -> None:
    words = [register.offset + 4 * index for register in registers for index in range(register.count)]
    _check_unique("register address", words)
    if any(word % 4 or word >= REGISTER_SPACE for word in words):
        raise SourceError("register addresses are multiples of 4 below 0x1000")


def _check_unique(what: str, items: list) -> None:
    for item in items:
        if items.count(item) > 1:
            raise SourceError(f"{what} {item} is used twice")

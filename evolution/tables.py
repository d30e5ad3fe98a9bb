"""Frozen dataclasses from TOML tables and back: typed, checked, unknown keys refused."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from types import UnionType
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
Table = dict[str, Any]

MOST_SHOWN: Final = 200
MOST_TOLD: Final = 2000

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+\Z")


class ConfigError(ValueError):
    """A configuration that cannot be used; the message names the key and the value."""


def shown(value: object) -> str:
    """A value for a message, however large or deep it is: at most `MOST_SHOWN` characters."""
    try:
        return shortened(repr(value), MOST_SHOWN)
    except (RecursionError, ValueError):  # nested too deeply, or an integer of too many digits
        return f"a {type(value).__name__} too large to show"


def shortened(text: str, most: int) -> str:
    """Text of at most so many characters; the end gives way."""
    return text if len(text) <= most else text[: most - 1] + "…"


def read_table(kind: type[T], table: object, where: str = "") -> T:
    """Builds a dataclass from a TOML table; keys left out keep the field's default.

    Args:
        kind: A dataclass of scalars, literals, tuples, string-keyed dicts and dataclasses.
        table: What `tomllib` gave for it.
        where: The table's own dotted key, for messages.

    Raises:
        ConfigError: An unknown or missing key, or a value of the wrong type or range.
    """
    if not isinstance(table, Mapping):
        raise ConfigError(f"{where or 'configuration'}: expected a table: got {shown(table)}")
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    _refuse_unknown(table, list(known), where)
    _refuse_missing(table, known, where)
    hints = get_type_hints(kind)
    values = {key: _convert(hints[key], value, _join(where, key)) for key, value in table.items()}
    try:
        return kind(**values)
    except ConfigError:
        raise
    except (TypeError, ValueError) as error:
        told = f"{where}: {error}" if where else str(error)
        raise ConfigError(shortened(told, MOST_TOLD)) from None


def as_table(value: Any) -> Table:
    """The TOML table of a dataclass; fields that are None are left out."""
    return {
        field.name: _as_plain(getattr(value, field.name))
        for field in fields(value)
        if getattr(value, field.name) is not None
    }


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> Table:
    """`base` with the keys of `over` on top; tables are merged key by key."""
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            merged[key] = merge(old, value)
        else:
            merged[key] = value
    return merged


def nested(key: str, value: object) -> Table:
    """The table in which a dotted key has a value."""
    first, *rest = key.split(".", 1)
    return {first: nested(rest[0], value) if rest else value}


def leaves(table: Mapping[str, Any], where: str = "") -> Table:
    """Values by dotted key, in the table's order; lists are values."""
    found: Table = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            found |= leaves(value, _join(where, key))
        else:
            found[_join(where, key)] = value
    return found


def differences(first: Mapping[str, Any], second: Mapping[str, Any], where: str = "") -> list[str]:
    """Dotted keys whose values differ between two tables, in alphabetical order."""
    found: list[str] = []
    for key in sorted({*first, *second}):
        a, b = first.get(key), second.get(key)
        if isinstance(a, Mapping) and isinstance(b, Mapping):
            found += differences(a, b, _join(where, key))
        elif a != b:
            found.append(_join(where, key))
    return found


def format_toml(table: Mapping[str, Any], where: str = "") -> str:
    """The TOML text of a table of scalars, lists, tables and lists of tables."""
    plain, nested, repeated = [], [], []
    for key, value in table.items():
        name = _join(where, _format_key(key))
        if isinstance(value, Mapping):
            nested.append(f"\n[{name}]\n{format_toml(value, name)}")
        elif _is_list_of_tables(value):
            repeated += [f"\n[[{name}]]\n{format_toml(item, name)}" for item in value]
        else:
            plain.append(f"{_format_key(key)} = {_format_value(value)}\n")
    return "".join(plain + nested + repeated)


def _refuse_unknown(table: Mapping[str, object], known: Sequence[str], where: str) -> None:
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(str(key)[:MOST_SHOWN], known, n=1, cutoff=0.0)
            raise ConfigError(
                f"unknown key {shown(_join(where, str(key)))}: expected one of {', '.join(known)}"
                f" (nearest: {near[0]!r}): got {shown(key)}"
            )


def _refuse_missing(table: Mapping[str, object], known: Mapping[str, Any], where: str) -> None:
    for name, field in known.items():
        if name not in table and not _has_default(field):
            raise ConfigError(f"expected a value for {_join(where, name)!r}: got none")


def _has_default(field: Field[Any]) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


def _convert(kind: Any, value: object, where: str) -> object:
    origin = get_origin(kind)
    if origin is Literal:
        return _convert_literal(get_args(kind), value, where)
    if origin in (Union, UnionType):
        return _convert_union(get_args(kind), value, where)
    if origin is tuple:
        if not isinstance(value, list | tuple):
            raise ConfigError(f"{where}: expected a list: got {shown(value)}")
        item = get_args(kind)[0]
        return tuple(_convert(item, v, f"{where}[{i}]") for i, v in enumerate(value))
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(value, Mapping):
            raise ConfigError(f"{where}: expected a table: got {shown(value)}")
        item = get_args(kind)[1]
        return {str(k): _convert(item, v, _join(where, str(k))) for k, v in value.items()}
    if is_dataclass(kind) and isinstance(kind, type):
        return read_table(kind, value, where)
    return _convert_scalar(kind, value, where)


def _convert_literal(choices: tuple[Any, ...], value: object, where: str) -> object:
    if value in choices and type(value) in map(type, choices):
        return value
    raise ConfigError(
        f"{where}: expected one of {', '.join(map(repr, choices))}: got {shown(value)}"
    )


def _convert_union(kinds: tuple[Any, ...], value: object, where: str) -> object:
    errors = []
    for kind in kinds:
        try:
            return _convert(kind, value, where)
        except ConfigError as error:
            errors.append(str(error).removeprefix(f"{where}: "))
    wanted = [error.rsplit(": got ", 1)[0].removeprefix("expected ") for error in errors]
    raise ConfigError(f"{where}: expected {' or '.join(wanted)}: got {shown(value)}")


def _convert_scalar(kind: Any, value: object, where: str) -> object:
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, kind) and isinstance(value, bool) == (kind is bool):
        return value
    name = {int: "an integer", float: "a number", str: "a string", bool: "true or false"}
    raise ConfigError(f"{where}: expected {name.get(kind, kind)}: got {shown(value)}")


def _as_plain(value: Any) -> Any:
    if is_dataclass(value):
        return as_table(value)
    if isinstance(value, Mapping):
        return {key: _as_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_as_plain(item) for item in value]
    return value


def _is_list_of_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, Mapping) for v in value)


def _join(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _format_key(key: str) -> str:
    return key if _BARE_KEY.match(key) else _format_string(key)


def _format_value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _format_text(value) if "\n" in value else _format_string(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_format_value, value))}]"
    return repr(value)


def _format_text(value: str) -> str:
    """Text of several lines, as it is where that is safe to look at and to read back."""
    plain = all(character.isprintable() or character in "\n\t" for character in value)
    literal = plain and "'''" not in value and not value.endswith("'")
    return f"'''\n{value}'''" if literal else _format_string(value)


def _format_string(value: str) -> str:
    return '"' + "".join(map(_format_character, value)) + '"'


def _format_character(character: str) -> str:
    """Escapes what TOML wants escaped, and what a terminal would obey or hide."""
    code = ord(character)
    if character.isprintable() and character not in '"\\':
        return character
    if 0xD800 <= code < 0xE000:
        return "\\ufffd"  # half a surrogate pair, which no TOML can hold
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

"""Reads YAML nodes into dataclasses, strictly: the dataclass is the format, its annotations are the rules.

A field without a default is required. A trailing underscore in a field name is dropped in the file
(`from_` is written `from`). Every mistake is collected with its line, so that one run shows them all.
"""

import re
import types
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache
from typing import Annotated, Literal, NewType, Union, cast, get_args, get_origin, get_type_hints

import yaml

from libs.common.dates import first_second
from libs.common.money import parse_yuan
from libs.common.policy.format.errors import Flaw

Fen = NewType("Fen", int)
"""Money; written `250元` in the file."""
Opens = NewType("Opens", int)
"""First second that counts; a day means its first second."""
Closes = NewType("Closes", int)
"""First second that no longer counts. The file names the last that does: a day, or a day and time."""
Percent = NewType("Percent", int)
"""Whole percent; written `50%`."""
Clock = NewType("Clock", str)
"""A time of day, `17:00`."""

_DAY = r"(\d{4})-(\d{2})-(\d{2})"
_TIME = re.compile(_DAY + r"(?:[ T](\d{2}):(\d{2})(?::(\d{2}))?(?:\+08:00)?)?")
Read = Callable[["Source", yaml.Node], object]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is written; a notice may stand in several files."""

    file: str
    line: int


class Source:
    """One notice being read: collects flaws and remembers in which file and line each rule stands.

    `prefixes` begin the open questions of the files that it extends; `taken` says for a rule, by its
    identity, which of its values stand in another file than it does.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.flaws: list[Flaw] = []
        self.prefixes: list[str] = []
        self._places: dict[int, Place] = {}
        self.taken: dict[int, dict[str, str]] = {}

    def flaw(self, at: yaml.Node | yaml.Mark | Place | int, problem: str, mend: str) -> None:
        """Note a mistake at a node, mark, place or line."""
        if isinstance(at, yaml.Node):
            at = at.start_mark
        if isinstance(at, int):
            at = Place(self.name, at)
        elif not isinstance(at, Place):
            at = self._place(at)
        self.flaws.append(Flaw(at.file, at.line, problem, mend))

    def remember(self, rule: object, node: yaml.Node, values: Mapping[str, yaml.Node]) -> None:
        """Keep the place of a rule, and which of its values stand in another file than it does."""
        self._places[id(rule)] = self._place(node.start_mark)
        here = node.start_mark.name
        taken = {key: one.start_mark.name for key, one in values.items() if one.start_mark.name != here}
        if taken:
            self.taken[id(rule)] = taken

    def line_of(self, rule: object) -> Place:
        """Return where a rule begins."""
        return self._places.get(id(rule), Place(self.name, 1))

    def _place(self, mark: yaml.Mark) -> Place:
        """Give the file and line of a mark; what was parsed without a name is of this source."""
        unnamed = str(mark.name).startswith("<")
        return Place(self.name if unnamed else str(mark.name), mark.line + 1)


def _text(src: Source, node: yaml.Node) -> str | None:
    if not isinstance(node, yaml.ScalarNode):
        src.flaw(node, "a single value is expected here, not a list or a block", "write one value")
        return None
    if not node.value.strip():
        src.flaw(node, "the value is empty", "fill it in, or delete the key")
        return None
    return str(node.value)


def _scalar(pattern: str, build: Callable[[re.Match[str]], object], what: str, mend: str) -> Read:
    compiled = re.compile(pattern)

    def read(src: Source, node: yaml.Node) -> object:
        text = _text(src, node)
        if text is None:
            return None
        found = compiled.fullmatch(text)
        try:
            if found is None:
                raise ValueError(text)
            return build(found)
        except ValueError:
            src.flaw(node, f"{text!r} is not {what}", mend)
            return None

    return read


def _money(src: Source, node: yaml.Node) -> int | None:
    text = _text(src, node)
    if text is None:
        return None
    try:
        return parse_yuan(text)
    except ValueError:
        src.flaw(
            node, f"{text!r} is not an amount of money", "write yuan with the unit, such as 250元 or 0.10元"
        )
        return None


def _moment(last: bool) -> Read:
    def read(src: Source, node: yaml.Node) -> int | None:
        text = _text(src, node)
        found = _TIME.fullmatch(text) if text else None
        try:
            if found is None:
                raise ValueError
            year, month, day, hour, minute, second = (int(g) if g else 0 for g in found.groups())
            start = first_second(date(year, month, day))
        except ValueError:
            if text:
                src.flaw(node, f"{text!r} is no day or time", "write 2019-12-31 or 2018-02-23 17:00")
            return None
        if not found[4]:
            return start + 86_400 * last
        if hour > 23 or minute > 59 or second > 59:
            src.flaw(node, f"{text!r} is no time of day", "write hours 00 to 23; a whole day needs no time")
            return None
        return start + hour * 3600 + minute * 60 + second + last

    return read


_SCALARS: dict[object, Read] = {
    str: _text,
    int: _scalar(r"\d{1,9}", lambda m: int(m[0]), "a whole number", "write digits only"),
    bool: _scalar("true|false", lambda m: m[0] == "true", "true or false", "write true or false"),
    date: _scalar(_DAY, lambda m: date.fromisoformat(m[0]), "a day of the calendar", "write year-month-day"),
    Fen: _money,
    Percent: _scalar(
        r"(\d{1,3})\s*%", lambda m: int(m[1]), "a percentage", "write a whole percent, such as 50%"
    ),
    Clock: _scalar(r"([01]\d|2[0-3]):[0-5]\d", lambda m: m[0], "a time of day", "write 17:00"),
    Opens: _moment(last=False),
    Closes: _moment(last=True),
}


def _one_of(choices: tuple[object, ...]) -> Read:
    by_text = {str(c): c for c in choices}

    def read(src: Source, node: yaml.Node) -> object:
        text = _text(src, node)
        if text is not None and text not in by_text:
            near = get_close_matches(text, by_text, 1)
            src.flaw(
                node, f"{text!r} is not known here", f"did you mean {near[0]!r}?" if near else _list(by_text)
            )
            return None
        return None if text is None else by_text[text]

    return read


def _list(names: Iterable[str]) -> str:
    return "use one of: " + ", ".join(names)


def _many(item: object) -> Read:
    read_item = reader(item)

    def read(src: Source, node: yaml.Node) -> tuple[object, ...]:
        if not isinstance(node, yaml.SequenceNode):
            src.flaw(
                node, "a list is expected here", "put each entry on its own line after a dash, or in [ ]"
            )
            return ()
        return tuple(read_item(src, child) for child in node.value)

    return read


@cache
def _plan(cls: type) -> dict[str, tuple[str, object, bool]]:
    hints = get_type_hints(cls)
    return {
        f.name.rstrip("_"): (f.name, hints[f.name], f.default is MISSING and f.default_factory is MISSING)
        for f in fields(cls)
        if f.init
    }


def _block(cls: type) -> Read:
    def read(src: Source, node: yaml.Node) -> object:
        if not isinstance(node, yaml.MappingNode):
            src.flaw(node, "a block of `key: value` lines is expected here", _list(_plan(cls)))
            return None
        plan, values, nodes = _plan(cls), {}, {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key not in plan:
                near = get_close_matches(key, plan, 1)
                src.flaw(
                    key_node, f"unknown key {key!r}", f"did you mean {near[0]!r}?" if near else _list(plan)
                )
            elif plan[key][0] in values:
                src.flaw(key_node, f"{key!r} is written twice", "keep one of the two")
            else:
                values[plan[key][0]] = reader(plan[key][1])(src, value_node)
                nodes[plan[key][0]] = value_node
        for key, (name, _, required) in plan.items():
            if required and name not in values:
                cited = "name the place in the notice, such as 三(一)" if key == "clause" else f"add `{key}:`"
                src.flaw(node, f"{key!r} is missing", cited)
                values[name] = None
        rule = cls(**values)
        src.remember(rule, node, nodes)
        return rule

    return read


@cache
def reader(hint: Hashable) -> Read:
    """Return the function that reads a node as this annotation."""
    if hint in _SCALARS:
        return _SCALARS[hint]
    read_node = getattr(hint, "read_node", None)
    if callable(read_node):
        return cast("Read", read_node)
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return reader(args[0])
    if origin is Literal:
        return _one_of(args)
    if origin is tuple:
        return _many(args[0])
    if origin in (Union, types.UnionType):
        (kept,) = (a for a in args if a is not type(None))
        return reader(kept)
    if isinstance(hint, type) and is_dataclass(hint):
        return _block(hint)
    raise TypeError(f"no reader for {hint!r}")

"""Drafts another year's notice from a file: moves its days, and names what somebody has to look at.

The text stays as it was written, comments included. What the new notice alone can say (its title, number,
days of issue, labels, amounts) is left standing, and told.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DAY = re.compile(r"(\d{4})-(\d{2}-\d{2})(.*)", re.DOTALL)
_YEARS = (("notice", "year"), ("base", "year"))
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
_MONEY = re.compile(r"[\d,]+(?:\.\d+)?元")
_FEBRUARY_ENDS = ("-02-28", "-02-29")
#: The head of a notice is the new one's own; only from when it is in force is a day of the season.
#: So is that of common rules.
_HEADS, _IN_FORCE = ("notice", "base"), "effective_from"


@dataclass(frozen=True, slots=True)
class Left:
    """Something that a draft leaves to whoever has the new notice: where it stands, and what it says."""

    line: int
    key: str
    text: str
    why: Literal["old_year", "amount", "february"]


@dataclass(frozen=True, slots=True)
class Draft:
    """The text of the new file, and what it leaves open."""

    text: str
    left: tuple[Left, ...]


@dataclass(frozen=True, slots=True)
class _Scalar:
    path: tuple[str, ...]
    node: yaml.ScalarNode


def draft(text: str, year: int) -> Draft:
    """Write the notice of another year. Days of the season move with it, others stay and are told."""
    root = yaml.compose(text, Loader=_LOADER)
    # What an alias repeats stands in the text once.
    scalars = {one.node.start_mark.index: one for one in _scalars(root, ())}
    before = next(int(one.node.value) for one in scalars.values() if one.path in _YEARS)
    parts: list[str] = []
    left: list[Left] = []
    end = 0
    for first, one in sorted(scalars.items()):
        last = one.node.end_mark.index
        said = _moved(one, before, year)
        parts += [text[end:first], text[first:last] if said is None else said]
        end = last
        left += _left(one, said, before)
    return Draft("".join([*parts, text[end:]]), tuple(left))


def _scalars(node: yaml.Node | None, path: tuple[str, ...]) -> Iterator[_Scalar]:
    if isinstance(node, yaml.ScalarNode):
        yield _Scalar(path, node)
    elif isinstance(node, yaml.SequenceNode):
        for child in node.value:
            yield from _scalars(child, path)
    elif isinstance(node, yaml.MappingNode):
        for key, child in node.value:
            yield from _scalars(child, (*path, str(key.value)))


def _moved(one: _Scalar, before: int, year: int) -> str | None:
    """Return how a value reads in the new year, or None when it stays."""
    if one.path in _YEARS:
        return str(year)
    if one.path[0] in _HEADS and one.path[-1] != _IN_FORCE:
        return None
    found = _DAY.fullmatch(one.node.value)
    if found is None or abs(int(found[1]) - before) > 1:
        return None
    moved = f"{int(found[1]) + year - before:04}-{found[2]}"
    try:
        date.fromisoformat(moved)
    except ValueError:
        moved = moved.replace("-02-29", "-02-28")
    return moved + found[3]


def _left(one: _Scalar, moved: str | None, before: int) -> Iterator[Left]:
    """Yield what stays though it speaks of the old year, amounts, and days at the end of a February."""
    line, key, text = one.node.start_mark.line + 1, ".".join(one.path), str(one.node.value)
    if moved is not None:
        if any(end in text for end in _FEBRUARY_ENDS):
            yield Left(line, key, moved, "february")
    elif any(abs(int(named) - before) <= 1 for named in _YEAR.findall(text)):
        yield Left(line, key, text, "old_year")
    elif _MONEY.fullmatch(text):
        yield Left(line, key, text, "amount")

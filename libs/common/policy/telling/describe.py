"""A notice as people read it: sections in its own order, rules with clause, name and what they say."""

from collections.abc import Iterator
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from typing import Any, get_args, get_origin

from libs.common.policy.engine.notice import Notice
from libs.common.policy.format.conditions_model import Label
from libs.common.policy.format.custody_rules import MoneyStep
from libs.common.policy.format.document import Document
from libs.common.policy.format.extending import sections_of
from libs.common.policy.format.work_rules import ScoreMoney, TargetRow
from libs.common.policy.words.fields import field_label
from libs.common.policy.words.names import Language, Names
from libs.common.policy.words.phrases import hints_of, words_of

_NAMING = ("id", "code", "name")
_TITLES = ("label", "who", "problem", "name")
_ASIDE = ("clause", "questions", "none_left", *_NAMING)
_SPANS = {"from_": "to", "paid_from": "paid_to", "accounting_from": "accounting_to"}
_ONE_RULE = ("stacking", "after_payment", "money", "repair")


@dataclass(frozen=True, slots=True)
class Entry:
    """One rule: `key` is its id in the file, `facts` what it says, as (what, words)."""

    key: str
    clause: str
    title: str
    facts: tuple[tuple[str, str], ...]
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """The rules of one kind within a section, in the order in which they are tried."""

    key: str
    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One top-level key of the file."""

    key: str
    title: str
    blocks: tuple[Block, ...] = field(default=())


def section_names() -> list[str]:
    """Return the keys of all sections that a notice may have."""
    return [f.name for f in fields(Document)]


def describe(notice: Notice, lang: Language = "zh", names: Names | None = None) -> list[Section]:
    """Return every section of a notice in the order of its file, in words; `names` says codes otherwise."""
    doc, names = notice.document, names or Names(notice.document, lang, origins=notice.origins)
    sections = []
    for key in sections_of(notice.source_text):
        value = getattr(doc, key)
        if value is not None and value != ():
            title = names.of(field_label(Document, key))
            sections.append(Section(key, title, tuple(_blocks(key, title, value, names))))
    return sections


def _blocks(key: str, title: str, value: Any, names: Names) -> Iterator[Block]:
    if isinstance(value, tuple):
        yield Block(key, title, tuple(_entry(row, names) for row in value))
        return
    apart = [f for f in fields(value) if _stands_apart(type(value), f)]
    own = _entry(value, names, without=tuple(f.name for f in apart))
    if own.facts or own.title:
        yield Block(key, title, (own,))
    for f in apart:
        inner = getattr(value, f.name)
        if inner:
            rows = inner if isinstance(inner, tuple) else (inner,)
            label = names.of(field_label(type(value), f.name))
            yield Block(f"{key}.{f.name}", f"{title} · {label}", tuple(_entry(row, names) for row in rows))


def _stands_apart(cls: type, f: Field[object]) -> bool:
    """Say whether a field of a section holds rules of its own, with clauses."""
    hint = hints_of(cls)[f.name]
    inner = get_args(hint)[0] if get_origin(hint) is tuple else hint
    if inner in (TargetRow, ScoreMoney):
        return True
    cited = is_dataclass(inner) and "clause" in {g.name for g in fields(inner)}
    return cited and (get_origin(hint) is tuple or f.name in _ONE_RULE)


def _entry(rule: Any, names: Names, without: tuple[str, ...] = ()) -> Entry:
    given = {f.name: getattr(rule, f.name) for f in fields(rule)}
    title = next((name for name in _TITLES if isinstance(given.get(name), Label)), "")
    key = next((given[name] for name in _NAMING if given.get(name)), "")
    return Entry(
        key=key.zh if isinstance(key, Label) else key,
        clause=given.get("clause") or "",
        title=names.of(given[title]) if title else "",
        facts=tuple(_facts(rule, names, without=(*_ASIDE, *without, title))),
        questions=(*given.get("questions", ()), *given.get("none_left", ())),
    )


def _facts(rule: Any, names: Names, without: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield what a rule says, key by key; what is not written or only repeats the default is left out."""
    cls, given = type(rule), [f for f in fields(rule) if _is_given(rule, f) and f.name not in without]
    written = {f.name for f in given}
    spans = {} if cls is MoneyStep else _SPANS
    for f in given:
        last = spans.get(f.name)
        if last in written:
            joint = " 至 " if names.lang == "zh" else " to "
            span = joint.join(words_of(rule, name, names) for name in (f.name, last))
            yield names.of(field_label(cls, "period")), span + names.origin(rule, f.name)
        elif not any(f.name == end and start in written for start, end in spans.items()):
            origin = names.origin(rule, f.name)
            yield names.of(field_label(cls, f.name)), words_of(rule, f.name, names) + origin


def _is_given(rule: Any, f: Field[object]) -> bool:
    value = getattr(rule, f.name)
    return value is not None and value != () and (f.default is MISSING or value != f.default)

"""How two notices differ in what they mean: rule by rule, wherever and however the files write it.

Rules are matched by id, then by what they say. Names of rules and translations are no difference where the
rule decides an amount or a day; amounts are compared by their value, groups by their condition.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from libs.common.policy.engine.notice import Notice
from libs.common.policy.telling.describe import Block, Entry, Section, describe
from libs.common.policy.words.conditions import condition_words
from libs.common.policy.words.fields import field_label
from libs.common.policy.words.names import Language, Names

_DECIDING = ("amounts", "prices", "windows", "benefit", "scope", "groups", "subsidies", "statuses", "payers")
_FIRST_FIT = ("prices", "windows", "benefit.rules", "scope.admit", "scope.exclude")
_IDENTITY = ("county", "year", "division", "title", "document_no", "issuer", "question_prefix", "place")
_DATES = ("issued_on", "published_on")
#: Where a notice has its rules from; what they mean is compared itself.
_SHARED = ("extends", "without")

Pair = tuple[Entry | None, Entry | None]


@dataclass(frozen=True, slots=True)
class Difference:
    """One rule that differs. `clauses` are those of both notices; `facts` are (what, before, after)."""

    kind: Literal["only_first", "only_second", "changed", "order"]
    title: str
    clauses: tuple[str, str]
    facts: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class SectionDifference:
    """The rules of one block that differ."""

    key: str
    title: str
    differences: tuple[Difference, ...]


def compare(first: Notice, second: Notice, lang: Language = "zh") -> list[SectionDifference]:
    """Return what differs, in the order of the first notice; nothing when both mean the same."""
    names = Names(first.document, lang, bare=True)
    _spell_groups(first, names)
    others = Names(second.document, lang, like=names, bare=True)
    _spell_groups(second, others)
    before = _blocks(describe(first, lang, names))
    after = _blocks(describe(second, lang, others))
    found = []
    for key in [*before, *(k for k in after if k not in before)]:
        title = (before.get(key) or after[key]).title
        rows = tuple(_differences(key, _entries(before, key, lang), _entries(after, key, lang), lang))
        if rows:
            found.append(SectionDifference(key, title, rows))
    return found


def _spell_groups(notice: Notice, names: Names) -> None:
    names.spell_out("group", {g.name: condition_words(g.when, names) for g in notice.document.groups})


def _blocks(sections: list[Section]) -> dict[str, Block]:
    return {block.key: block for section in sections for block in section.blocks}


def _entries(blocks: dict[str, Block], key: str, lang: Language) -> list[Entry]:
    if key not in blocks:
        return []
    if key != "notice":
        return list(blocks[key].entries)
    (header,) = blocks[key].entries
    aside = {getattr(field_label("Header", name), lang) for name in (*_IDENTITY, *_DATES, *_SHARED)}
    facts = tuple(fact for fact in header.facts if fact[0] not in aside)
    return [Entry(header.key, header.clause, header.title, facts)]


def _differences(key: str, before: list[Entry], after: list[Entry], lang: Language) -> Iterator[Difference]:
    titled = key.split(".")[0] not in _DECIDING
    pairs = _pairs(before, after)
    for a, b in pairs:
        if a is None or b is None:
            yield from _lone(a, b)
        else:
            changed = tuple(_changes(a, b, titled, lang))
            if changed:
                yield Difference("changed", _name(a), (a.clause, b.clause), changed)
    if key in _FIRST_FIT:
        yield from _order(pairs, before, after)


def _lone(a: Entry | None, b: Entry | None) -> Iterator[Difference]:
    """Report a rule that only one notice has."""
    if a is not None:
        yield Difference(
            "only_first", _name(a), (a.clause, ""), tuple((k, words, "") for k, words in a.facts)
        )
    elif b is not None:
        yield Difference(
            "only_second", _name(b), ("", b.clause), tuple((k, "", words) for k, words in b.facts)
        )


def _name(entry: Entry) -> str:
    return entry.title or entry.key


def _pairs(before: list[Entry], after: list[Entry]) -> list[Pair]:
    """Match rules by id, then by equal content, then by name; a lone rule without id matches its like."""
    left = list(after)
    matched: dict[int, Entry] = {}
    for same in (_same_key, _same_facts, _same_title):
        for i, a in enumerate(before):
            found = None if i in matched else next((b for b in left if same(a, b)), None)
            if found is not None:
                matched[i] = found
                left.remove(found)
    if len(before) == len(after) == 1 and left and not before[0].key:
        return [(before[0], after[0])]
    return [(a, matched.get(i)) for i, a in enumerate(before)] + [(None, b) for b in left]


def _same_key(a: Entry, b: Entry) -> bool:
    return bool(a.key) and a.key == b.key


def _same_facts(a: Entry, b: Entry) -> bool:
    return bool(a.facts) and a.facts == b.facts


def _same_title(a: Entry, b: Entry) -> bool:
    return bool(a.title) and a.title == b.title


def _changes(a: Entry, b: Entry, titled: bool, lang: Language) -> Iterator[tuple[str, str, str]]:
    if titled and a.title != b.title:
        yield getattr(field_label("", "label"), lang), a.title, b.title
    before, after = dict(a.facts), dict(b.facts)
    for what in [*before, *(w for w in after if w not in before)]:
        if before.get(what) != after.get(what):
            yield what, before.get(what, ""), after.get(what, "")


def _order(pairs: list[Pair], before: list[Entry], after: list[Entry]) -> Iterator[Difference]:
    """Report rules that are in both but are tried in another order: the first that fits applies."""
    both = [(a, b) for a, b in pairs if a is not None and b is not None]
    second = sorted(both, key=lambda pair: after.index(pair[1]))
    if second != both:
        was, now = (" → ".join(_name(a) for a, _ in order) for order in (both, second))
        yield Difference("order", "", ("", ""), (("", was, now),))

"""Tells a notice in words: whole, as its payers read it, and beside another one; both languages together.

Notices never change once they are read, and telling one takes a fifth of a second: it is told once.
"""

from functools import lru_cache

from libs.common.policy import Notice
from libs.common.policy.telling.compare import SectionDifference, compare
from libs.common.policy.telling.describe import Block, Entry, describe
from libs.common.policy.telling.leaflet import leaflet
from libs.common.policy.words.names import Language
from services.registration.notices.reading_schemas import (
    FactDifference,
    Leaflet,
    LineOut,
    NoticeDifferences,
    PartOut,
    PlaceOut,
    RuleDifference,
    SectionDifferenceOut,
)
from services.registration.notices.schemas import RuleOut, SaidOut, SectionOut

#: More than there are counties and years in one installation's use.
_KEPT = 32


@lru_cache(maxsize=_KEPT)
def told(notice: Notice) -> list[SectionOut]:
    """Every section of the file, in its order; what differs by language only stands side by side."""
    return [
        _section(en, zh)
        for english, chinese in zip(describe(notice, "en"), describe(notice, "zh"), strict=True)
        for en, zh in zip(english.blocks, chinese.blocks, strict=True)
    ]


def places(notice: Notice) -> list[PlaceOut]:
    """The places that the table of tasks names."""
    return [
        PlaceOut(division_code=row.division, name=row.name.en, name_zh=row.name.zh)
        for row in (notice.targets.rows if notice.targets else ())
    ]


@lru_cache(maxsize=_KEPT)
def told_to_payers(notice: Notice) -> Leaflet:
    """What payers want to know."""
    parts = [
        PartOut(
            title=en.title,
            title_zh=zh.title,
            lines=[LineOut(words=a, words_zh=b) for a, b in zip(en.lines, zh.lines, strict=True)],
        )
        for en, zh in zip(leaflet(notice, "en"), leaflet(notice, "zh"), strict=True)
    ]
    return Leaflet(county=notice.county, coverage_year=notice.year, notice=notice.ref, parts=parts)


@lru_cache(maxsize=_KEPT)
def told_beside(before: Notice, notice: Notice) -> NoticeDifferences:
    """What is otherwise in a notice than in the one before it. Rules that have only a name match by it, so
    that each language is compared by itself.
    """
    return NoticeDifferences(
        county=notice.county,
        coverage_year=notice.year,
        notice=notice.ref,
        before=before.ref,
        sections=_differing(before, notice, "en"),
        sections_zh=_differing(before, notice, "zh"),
    )


def _differing(before: Notice, notice: Notice, lang: Language) -> list[SectionDifferenceOut]:
    return [_difference(one) for one in compare(before, notice, lang)]


def _difference(section: SectionDifference) -> SectionDifferenceOut:
    rules = [
        RuleDifference(
            kind=one.kind,
            title=one.title,
            clause_before=one.clauses[0],
            clause_after=one.clauses[1],
            facts=[FactDifference(name=name, before=was, after=now) for name, was, now in one.facts],
        )
        for one in section.differences
    ]
    return SectionDifferenceOut(key=section.key, title=section.title, rules=rules)


def _section(en: Block, zh: Block) -> SectionOut:
    rules = [_rule(*pair) for pair in zip(en.entries, zh.entries, strict=True)]
    return SectionOut(key=en.key, title=en.title, title_zh=zh.title, rules=rules)


def _rule(en: Entry, zh: Entry) -> RuleOut:
    says = [
        SaidOut(name=name, name_zh=name_zh, words=words, words_zh=words_zh)
        for (name, words), (name_zh, words_zh) in zip(en.facts, zh.facts, strict=True)
    ]
    return RuleOut(
        key=en.key,
        clause=en.clause,
        title=en.title,
        title_zh=zh.title,
        says=says,
        questions=list(en.questions),
    )

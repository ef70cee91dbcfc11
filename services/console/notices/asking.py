"""Asks about notices: those in force, one of them, and what it comes to for one person at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.console.apis.asking import Asking
from services.console.forms.rules import Choice, Field
from services.console.home.rules import may
from services.console.notices.rules import (
    MORE,
    NOON,
    WHEN,
    WHO,
    Json,
    Season,
    first_day,
    question_of,
    status_fields,
    tier_field,
    typed_of,
)
from services.console.notices.schemas import (
    AskedStory,
    NoticeDetail,
    NoticeHead,
    NoticeHeads,
    Rule,
    Section,
    WhatIf,
)
from services.console.pages.failing import NotOffered
from services.console.persons.schemas import Person

#: The section with what the notice leaves open; it has a page of its own.
_OPEN = "open_questions"


def path_of(county: str, coverage_year: int, what: str = "") -> str:
    """Where the API has a notice, or a view of it."""
    return f"/v1/notices/{county}/{coverage_year}{what}"


async def listed(asking: Asking) -> NoticeHeads:
    """The notices in force as `heads` has them, and what is wrong with files."""
    found = await asking.get(NoticeHeads, "registration", "/v1/notices")
    return found.model_copy(update={"items": _own_first(asking, found.items)})


async def heads(asking: Asking) -> list[NoticeHead]:
    """The notices in force, those of the visitor's own counties first, then the newest."""
    return (await listed(asking)).items


def _own_first(asking: Asking, found: list[NoticeHead]) -> list[NoticeHead]:
    own = asking.visitor.division.removeprefix("*")

    def is_own(one: NoticeHead) -> bool:
        return one.division.startswith(own) or own.startswith(one.division)

    return sorted(found, key=lambda one: (not is_own(one), -one.coverage_year, one.county))


def resting_on(sections: list[Section]) -> Mapping[str, list[Rule]]:
    """The rules that rest on each open question."""
    found: dict[str, list[Rule]] = {}
    for section in sections:
        for rule in section.rules if section.key != _OPEN else ():
            for question in rule.questions:
                found.setdefault(question, []).append(rule)
    return found


@dataclass(frozen=True, slots=True)
class Trial:
    """The form of one notice, and whom it is about: somebody on record, or nobody."""

    detail: NoticeDetail
    groups: tuple[tuple[str, str, tuple[Field, ...]], ...]
    typed: dict[str, str]
    person: Person | None = None
    base: Json = field(default_factory=dict)

    @property
    def fields(self) -> list[Field]:
        """All that is asked."""
        return [one for _, _, fields in self.groups for one in fields]


async def trial(
    asking: Asking, county: str, coverage_year: int, person_id: int | None, now: datetime
) -> Trial:
    """What to ask by a notice. The look at a person is recorded. Raises ServiceAway, Refused, NotOffered."""
    if not may(asking.visitor, "assess"):
        raise NotOffered
    detail = await asking.get(NoticeDetail, "registration", path_of(county, coverage_year))
    main = [(one.from_at, one.to_at) for one in detail.windows if one.kind == "main"]
    day = first_day(now, main)
    typed = {"day": day.isoformat(), "time": NOON}
    if person_id is None:
        return Trial(detail, _groups(detail), typed | typed_of({}))
    if not may(asking.visitor, "registration:read"):
        raise NotOffered
    person = await asking.get(Person, "registration", f"/v1/persons/{person_id}")
    story = await asking.get(
        AskedStory, "registration", f"/v1/persons/{person_id}/enrollments/{coverage_year}",
        {"as_of": now.isoformat()},
    )  # fmt: skip
    base = story.as_of.question if story.as_of else {}
    return Trial(detail, _groups(detail), typed | typed_of(base), person, base)


async def ask(asking: Asking, about: Trial, typed: Mapping[str, str]) -> WhatIf:
    """What it comes to; nothing is stored. Raises ServiceAway and Refused."""
    detail = about.detail
    supplied = {one.name: one.value for one in detail.parameters}
    question = question_of(Season(detail.county, detail.coverage_year, supplied), typed, about.base)
    return await asking.post(WhatIf, "registration", "/v1/assessments", question)


def _groups(detail: NoticeDetail) -> tuple[tuple[str, str, tuple[Field, ...]], ...]:
    tiers = sorted({one.tier for one in detail.prices if one.tier is not None})
    who = (*WHO, tier_field(tiers)) if tiers else WHO
    return (
        ("什么时候缴费", "When it is paid", WHEN),
        ("什么人", "Who pays", who),
        ("有什么身份", "A status", status_fields(tuple(_statuses(detail)))),
        ("其他情形", "What else there is", MORE),
    )


def _statuses(detail: NoticeDetail) -> list[Choice]:
    """Each status, or each of its classes."""
    found = []
    for one in detail.statuses:
        if not one.classes:
            found.append(Choice(one.code, one.label_zh, one.label))
        found += [
            Choice(f"{one.code}:{kind.code}", f"{one.label_zh}·{kind.label_zh}", f"{one.label}: {kind.label}")
            for kind in one.classes
        ]
    return found

"""What is shown to whoever reads a notice: as its payers do, beside another one, and by its worked cases."""

from datetime import date
from typing import TypeAlias

from pydantic import Field, JsonValue

from libs.common.policy.engine.contract import Fen
from libs.common.web.schemas import Answer, Page
from services.registration.examples import shown
from services.registration.notices import examples

Document: TypeAlias = dict[str, JsonValue]


class FlawOut(Answer):
    """Why a file of a notice cannot be used; its last good version goes on, if the process knows one."""

    file: str
    line: int
    detail: str
    detail_zh: str


class PlaceOut(Answer):
    """A place that a notice names."""

    division_code: str
    name: str
    name_zh: str


class QuestionOut(Answer):
    """Something the notice leaves open, and how it is read until its owner decides."""

    id: str
    clause: str
    problem: str
    problem_zh: str
    reading: str
    reading_zh: str
    basis: str = Field(
        description="`assumed` (not in the text), `inferred`, or `as_written` although it is odd"
    )
    basis_words: str
    basis_words_zh: str
    owner: str
    owner_label: str
    owner_label_zh: str
    decided_on: date | None = Field(description="null: nobody has decided yet")


class LineOut(Answer):
    """A sentence."""

    words: str
    words_zh: str


class PartOut(Answer):
    """A heading with its sentences."""

    title: str
    title_zh: str
    lines: list[LineOut]


class Leaflet(Answer):
    """What payers want to know, in order; parts of which the notice says nothing are left out."""

    model_config = shown(examples.LEAFLET)

    county: str
    coverage_year: int
    notice: str = Field(description="county/year@ and the first 12 hex digits of the hash")
    parts: list[PartOut]


class FactDifference(Answer):
    """One thing that both rules say otherwise; empty: that one says nothing of it."""

    name: str
    before: str
    after: str


class RuleDifference(Answer):
    """A rule that differs."""

    kind: str = Field(
        description="`only_first`, `only_second`, `changed`, or `order`: tried in another order"
    )
    title: str
    clause_before: str
    clause_after: str
    facts: list[FactDifference]


class SectionDifferenceOut(Answer):
    """The rules of one kind that differ."""

    key: str
    title: str
    rules: list[RuleDifference]


class NoticeDifferences(Answer):
    """How a notice differs from another in what it means; nothing where both mean the same."""

    model_config = shown(examples.NOTICE_DIFFERENCES)

    county: str
    coverage_year: int
    notice: str = Field(description="county/year@ and the first 12 hex digits of the hash")
    before: str = Field(description="the notice that it is compared with, named in the same way")
    sections: list[SectionDifferenceOut]
    sections_zh: list[SectionDifferenceOut] = Field(description="the same in Chinese")


class WorkedCaseOut(Answer):
    """A question that somebody worked out by hand, and what the notice in force answers to it."""

    name: str
    clause: str
    question: Document = Field(description="as POST /v1/assessments takes it")
    expected: Document = Field(description="the members of the answer that were worked out")
    outcome: str | None = Field(description="null: the question cannot be answered")
    own_due_fen: Fen | None
    summary: str
    summary_zh: str
    holds: bool = Field(description="whether the answer is what was expected")
    falls_short: list[str] = Field(description="where it is not")


class WorkedCases(Page[WorkedCaseOut]):
    """The worked cases beside the file of a notice."""

    model_config = shown(examples.WORKED_CASES)

    county: str
    coverage_year: int
    notice: str = Field(description="county/year@ and the first 12 hex digits of the hash")
    fault: str | None = Field(
        description="why the file of cases cannot be read; null where it can, or there is none"
    )

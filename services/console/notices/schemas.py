"""What the pages of notices read of the APIs' answers; members that no page shows are passed over."""

from datetime import date, datetime

from pydantic import BaseModel, Field, JsonValue

from services.console.persons.history_schemas import Wait
from services.console.persons.schemas import Assessment, Notice, Sentence, Step


class NoticeHead(Notice):
    """A notice in force."""

    title: str
    document_no: str

    @property
    def key(self) -> str:
        """`county/year`."""
        return f"{self.county}/{self.coverage_year}"


class Flaw(BaseModel):
    """A mistake in a file."""

    detail: str
    detail_zh: str


class NoticeHeads(BaseModel):
    """The notices in force, the mistakes in files, and those of which none is in force therefore."""

    items: list[NoticeHead]
    flaws: list[Flaw] = []
    not_in_force: list[str] = []


class Line(BaseModel):
    """A sentence."""

    words: str
    words_zh: str


class Part(BaseModel):
    """A heading with its sentences."""

    title: str
    title_zh: str
    lines: list[Line]


class Leaflet(BaseModel):
    """What payers want to know."""

    parts: list[Part]


class Window(BaseModel):
    """When payment is taken."""

    kind: str
    from_at: datetime
    to_at: datetime


class Price(BaseModel):
    """What is charged; no tier: for every one."""

    tier: int | None


class Coded(BaseModel):
    """What something is called by its code."""

    code: str
    label: str
    label_zh: str


class StatusRule(Coded):
    """A status that the notice names, with its classes."""

    classes: list[Coded]


class Parameter(BaseModel):
    """A value that somebody supplied."""

    name: str
    value: int


class Question(BaseModel):
    """What the notice leaves open."""

    id: str
    clause: str
    problem: str
    problem_zh: str
    reading: str
    reading_zh: str
    basis_words: str
    basis_words_zh: str
    owner_label: str
    owner_label_zh: str
    decided_on: date | None


class NoticeDetail(NoticeHead):
    """A notice, member by member."""

    windows: list[Window]
    prices: list[Price]
    statuses: list[StatusRule]
    open_questions: list[Question]
    parameters: list[Parameter]


class Said(BaseModel):
    """One thing that a rule says."""

    name: str
    name_zh: str
    words: str
    words_zh: str


class Rule(BaseModel):
    """One rule, and the open questions that it rests on."""

    key: str
    clause: str
    title: str
    title_zh: str
    says: list[Said]
    questions: list[str]


class Section(BaseModel):
    """The rules of one kind."""

    key: str
    title: str
    title_zh: str
    rules: list[Rule]


class WholeNotice(BaseModel):
    """All that a notice says."""

    sections: list[Section]


class FactDifference(BaseModel):
    """What is said otherwise."""

    name: str
    before: str
    after: str


class RuleDifference(BaseModel):
    """A rule that differs."""

    kind: str
    title: str
    clause_before: str
    clause_after: str
    facts: list[FactDifference]


class SectionDifference(BaseModel):
    """The rules of one kind that differ."""

    key: str
    title: str
    rules: list[RuleDifference]


class Differences(BaseModel):
    """How a notice differs from another; each language by itself."""

    before: str
    sections: list[SectionDifference]
    sections_zh: list[SectionDifference]


class WorkedCase(BaseModel):
    """A question that was worked out by hand, and what the notice answers."""

    name: str
    clause: str
    own_due_fen: int | None
    outcome: str | None
    summary: str
    summary_zh: str
    holds: bool
    falls_short: list[str]


class WorkedCases(BaseModel):
    """The worked cases of a notice."""

    items: list[WorkedCase]
    fault: str | None


class Asked(Assessment):
    """An assessment with what was asked."""

    question: dict[str, JsonValue]


class AskedStory(BaseModel):
    """What was asked about a person for a year."""

    as_of: Asked | None


class Share(BaseModel):
    """What somebody else bears."""

    payer: str
    status: str
    amount_fen: int
    mechanism: str


class Benefit(BaseModel):
    """Days of cover."""

    from_: date = Field(alias="from")
    to: date


class Warned(BaseModel):
    """What somebody should hear before paying."""

    clause: str
    zh: str
    en: str


class WhatIf(BaseModel):
    """What a question comes to."""

    outcome: str
    price_fen: int | None
    own_due_fen: int | None
    add_on_due_fen: int
    subsidies: list[Share]
    benefit: Benefit | None
    benefit_days: int
    wait: Wait | None = None
    assumptions: list[str]
    warnings: list[Warned]
    summary: Sentence
    trace: list[Step]

"""What is asked and answered about the fiscal match."""

from datetime import date
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from libs.common.web.schemas import (
    Answer,
    Body,
    CountyCode,
    CoverageYear,
    GivenDay,
    Instant,
    Page,
    PaperNumber,
)
from services.ledger.matches.examples import DOCUMENT, MATCH, TERMS
from services.ledger.matches.rules import Level

Percentage = Annotated[str, Field(pattern=r"^(100(\.00?)?|\d{1,2}(\.\d{1,2})?)$", examples=["60.00"])]


class Share(Body):
    """What part of the match a level bears."""

    level: Level
    percent: Percentage


class ClassShare(Body):
    """A status of the notice whose people one level matches whole."""

    status: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
    level: Level


class NewTerms(Body):
    """The match per head as a paper fixed it, and who bears it; a second person has to agree."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "county": "youxi",
                    "coverage_year": 2020,
                    **{name: TERMS[name] for name in ("per_head_fen", "fixed_on", "document_no", "shares")},
                    "classes": [{"status": "medical_assistance_1", "level": "province"}],
                }
            ]
        }
    )

    county: CountyCode
    coverage_year: CoverageYear
    per_head_fen: Annotated[int, Field(gt=0, le=10**8)]
    fixed_on: GivenDay
    document_no: Annotated[PaperNumber, Field(min_length=1, max_length=100)]
    shares: Annotated[list[Share], Field(min_length=1, max_length=4)]
    classes: Annotated[list[ClassShare], Field(default_factory=list, max_length=50)]


class TermsAsked(Answer):
    """The terms wait for a second person."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"approval_id": 4}]})

    approval_id: int


class ShareOut(Answer):
    """What part of the match a level bears."""

    level: Level
    percent: str


class ClassOut(Answer):
    """A status whose people one level matches whole."""

    status: str
    level: Level


class Terms(Answer):
    """The amount per head and who bears it."""

    terms_id: int
    per_head_fen: int
    fixed_on: date
    document_no: str
    shares: list[ShareOut]
    classes: list[ClassOut]


class LevelState(Answer):
    """What a level owes by all matches, what has come of it, and what is missing (more came: negative)."""

    level: Level
    owed_fen: int
    arrived_fen: int
    missing_fen: int


class MatchState(Answer):
    """How the match stands. `blocked` says why the next one cannot be computed; the money stands as it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "county": "youxi",
                    "coverage_year": 2020,
                    "clause": "三(二)；七(一)",
                    "stated_fen": 52000,
                    "blocked": None,
                    "terms": TERMS,
                    "levels": [
                        {"level": "centre", "owed_fen": 62400, "arrived_fen": 62400, "missing_fen": 0},
                        {"level": "county", "owed_fen": 41600, "arrived_fen": 0, "missing_fen": 41600},
                    ],
                }
            ]
        }
    )

    county: str
    coverage_year: int
    clause: str
    stated_fen: int | None = Field(
        description="per head, as the notice states it; at least, where it is a floor"
    )
    blocked: Literal["terms_unknown", "price_unknown"] | None
    terms: Terms | None
    levels: list[LevelState]


class MatchRequest(Body):
    """Of which books the newest handover of finance is matched anew."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"county": "youxi", "coverage_year": 2020}]})

    county: CountyCode
    coverage_year: CoverageYear


class MatchSummary(Answer):
    """A match that was computed: the whole of it up to its deadline, and what it changed."""

    model_config = ConfigDict(json_schema_extra={"examples": [MATCH]})

    match_id: int
    deadline_id: str
    heads: int
    amount_fen: int
    change_fen: int
    sha256: str
    made_by: str
    made_at: Instant


class MatchPage(Page[MatchSummary]):
    """Matches in the order in which they were computed."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [MATCH], "next_after": None}]})


class Line(Answer):
    """The people of a township (and class): who counts times the amount per head."""

    township: str | None
    status: str | None = Field(description="the class that one level matches whole; null: all others")
    heads: int
    bearing_heads: int = Field(description="charged own + fiscal: they bear the match, and earn none")
    amount_fen: int
    formula: str


class LevelLine(Answer):
    """What a level bears: the whole, what it bore before, and the difference, which was posted."""

    level: Level
    percent: str
    amount_fen: int
    before_fen: int
    change_fen: int


class MatchDocument(Answer):
    """A match line by line. `chain` are the handovers whose facts count, `standards_fen` the own prices."""

    format: str
    county: str
    coverage_year: int
    deadline_id: str
    clause: str
    chain: list[int]
    standards_fen: list[int] | None
    terms: Terms
    heads: int
    bearing_heads: int
    amount_fen: int
    lines: list[Line]
    levels: list[LevelLine]


class Match(MatchSummary):
    """A match with its lines, as it was computed; `identical`: computed again it is the same."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{**MATCH, "identical": True, "document": DOCUMENT}]}
    )

    identical: bool
    document: MatchDocument

"""How much the fiscal match is, who bears it, and which postings it makes.

The match of a handover is the whole match up to its cutoff: the heads of its chain times the amount per head
that is known now. What is posted is the difference to what was matched before, so that a new amount, a new
share or a head that counts no longer is an adjustment, and nothing that stands is rewritten.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from libs.common.events.envelope import Fact
from libs.common.money import yuan_decimals, yuan_grouped
from services.ledger.accounts import rules as accounts
from services.ledger.postings.kinds import Kind
from services.ledger.postings.rules import Leg, Season

FORMAT = "canbao.match/1"
#: Who may bear a share; what does not divide evenly is borne by the last of them that has one.
Level = Literal["centre", "province", "city", "county"]
LEVELS: tuple[Level, ...] = ("centre", "province", "city", "county")
LEVEL_NAMES: Mapping[str, tuple[str, str]] = {
    "centre": ("centre", "中央财政"),
    "province": ("province", "省级财政"),
    "city": ("city", "市级财政"),
    "county": ("county", "县级财政"),
}
#: All of the match, in parts of a percent's hundredth.
WHOLE = 10_000

#: The document of a match: texts, whole numbers and lists by name.
Document = dict[str, Any]


class LevelAmount(BaseModel):
    """What one level bears more than before; less is negative."""

    model_config = ConfigDict(frozen=True)

    level: str
    amount_fen: int


class FiscalMatched(Fact):
    """The match of a handover was computed: by how much each level bears more than before."""

    type: ClassVar[str] = "canbao.match.computed.v1"
    topic: ClassVar[str] = "canbao.ledger"

    match_id: int
    county: str
    coverage_year: int
    deadline_id: str
    levels: tuple[LevelAmount, ...]
    matched_at: AwareDatetime


class MatchArrived(Fact):
    """Money of a level's match has come to the special fiscal account."""

    type: ClassVar[str] = "canbao.match.arrived.v1"
    topic: ClassVar[str] = "canbao.ledger"

    arrival_id: int
    county: str
    coverage_year: int
    level: str
    #: Facts of before it was kept have none.
    reference: str | None = None
    amount_fen: int
    arrived_at: AwareDatetime


class MatchArrivalReversed(Fact):
    """Money of a level's match was entered wrongly: two persons took it back."""

    type: ClassVar[str] = "canbao.match.reversed.v1"
    topic: ClassVar[str] = "canbao.ledger"

    arrival_id: int
    county: str
    coverage_year: int
    level: str
    amount_fen: int
    reversed_at: AwareDatetime


def match_legs(fact: FiscalMatched) -> Iterator[Leg]:
    """Post what each level owes more than before, or mirror what it owes less."""
    season = Season(fact.county, fact.coverage_year)
    for one in fact.levels:
        leg = Leg(
            season, Kind.FISCAL_MATCH, accounts.match(one.level), accounts.match_due(one.level),
            abs(one.amount_fen), payer=one.level,
        )  # fmt: skip
        if one.amount_fen:
            yield leg if one.amount_fen > 0 else leg.mirrored()


def arrival_legs(fact: MatchArrived | MatchArrivalReversed) -> Iterator[Leg]:
    """Post money that came: the fund has it from now on, and may remit it; or that it has not come."""
    season = Season(fact.county, fact.coverage_year)
    due = accounts.match_due(fact.level)
    came = Leg(
        season, Kind.MATCH_ARRIVED, due, accounts.SPECIAL_FISCAL_ACCOUNT, fact.amount_fen, payer=fact.level
    )
    yield came.mirrored() if isinstance(fact, MatchArrivalReversed) else came


@dataclass(frozen=True, slots=True)
class Terms:
    """The amount per head and who bears it. `classes`: statuses whose match one level bears whole."""

    terms_id: int
    per_head_fen: int
    fixed_on: date
    document_no: str
    #: Level -> its share in hundredths of a percent.
    shares: Mapping[str, int]
    classes: Mapping[str, str]

    def as_dict(self) -> Document:
        """As it stands in the document of a match."""
        return {
            "terms_id": self.terms_id,
            "per_head_fen": self.per_head_fen,
            "fixed_on": self.fixed_on.isoformat(),
            "document_no": self.document_no,
            "shares": [{"level": level, "percent": percent_of(part)} for level, part in self.shares.items()],
            "classes": [{"status": status, "level": level} for status, level in self.classes.items()],
        }


@dataclass(frozen=True, slots=True)
class Heads:
    """How many people of a township count; `status` is the class whose match one level bears whole.

    `bearing`: they were charged own + fiscal, so they bear the match themselves.
    """

    township: str | None
    status: str | None
    bearing: bool
    heads: int


@dataclass(frozen=True, slots=True)
class Basis:
    """What a match is computed from, beside its heads. `chain` are the handovers whose facts count."""

    season: Season
    deadline_id: str
    clause: str
    chain: Sequence[int]
    #: Prices that do not add the match up; None where every price is one.
    standards: Sequence[int] | None
    terms: Terms


def match_document(basis: Basis, heads: Iterable[Heads], before: Mapping[str, int]) -> Document:
    """Make the match line by line; `before` is what each level bore until now."""
    rows = list(heads)
    lines = list(_lines(rows, basis.terms.per_head_fen))
    owed = _levels(lines, basis.terms)
    known = [level for level in LEVELS if level in owed or level in before]
    return {
        "format": FORMAT,
        "county": basis.season.county,
        "coverage_year": basis.season.coverage_year,
        "deadline_id": basis.deadline_id,
        "clause": basis.clause,
        "chain": sorted(basis.chain),
        "standards_fen": None if basis.standards is None else sorted(basis.standards),
        "terms": basis.terms.as_dict(),
        "heads": sum(row.heads for row in rows if not row.bearing),
        "bearing_heads": sum(row.heads for row in rows if row.bearing),
        "amount_fen": sum(line["amount_fen"] for line in lines),
        "lines": lines,
        "levels": [_level(level, owed.get(level, 0), before.get(level, 0), basis.terms) for level in known],
    }


def _lines(rows: Sequence[Heads], per_head_fen: int) -> Iterator[Document]:
    for township, status in sorted(
        {(row.township, row.status) for row in rows}, key=lambda one: (one[0] or "", one[1] or "")
    ):
        of = [row for row in rows if (row.township, row.status) == (township, status)]
        heads = sum(row.heads for row in of if not row.bearing)
        yield {
            "township": township,
            "status": status,
            "heads": heads,
            "bearing_heads": sum(row.heads for row in of if row.bearing),
            "amount_fen": heads * per_head_fen,
            "formula": f"{heads} × {yuan_grouped(per_head_fen)} = {yuan_grouped(heads * per_head_fen)}",
        }


def _levels(lines: Sequence[Document], terms: Terms) -> dict[str, int]:
    """What each level bears: its share of what is shared, and the whole of its classes."""
    shared_fen = sum(line["amount_fen"] for line in lines if line["status"] is None)
    owed = {level: shared_fen * part // WHOLE for level, part in terms.shares.items()}
    last = [level for level in LEVELS if level in owed][-1]
    owed[last] += shared_fen - sum(owed.values())
    for line in lines:
        if line["status"] is not None:
            level = terms.classes[line["status"]]
            owed[level] = owed.get(level, 0) + line["amount_fen"]
    return owed


def _level(level: str, amount_fen: int, before_fen: int, terms: Terms) -> Document:
    return {
        "level": level,
        "percent": percent_of(terms.shares.get(level, 0)),
        "amount_fen": amount_fen,
        "before_fen": before_fen,
        "change_fen": amount_fen - before_fen,
    }


def changes_of(document: Document) -> tuple[LevelAmount, ...]:
    """What is posted of a match: the levels that bear more or less than before."""
    return tuple(
        LevelAmount(level=row["level"], amount_fen=row["change_fen"])
        for row in document["levels"]
        if row["change_fen"]
    )


def percent_of(part: int) -> str:
    """Write hundredths of a percent as a percentage: 3333 -> `33.33`."""
    return yuan_decimals(part)


def part_of(percent: str) -> int:
    """Read a percentage with at most two decimals as hundredths of a percent."""
    whole, _, decimals = percent.partition(".")
    return int(whole) * 100 + int(decimals.ljust(2, "0"))


def parts_from(text: str) -> dict[str, Any]:
    """Read shares or classes as they are kept, in their order."""
    return dict(json.loads(text))

"""How much there is, of how many people, from whom, where and through which channel."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from services.ledger.postings.kinds import Kind
from services.ledger.postings.rules import Season

FORMAT = "canbao.totals/1"
RESIDENTS = "residents"


class Section(StrEnum):
    """The parts of the totals. Only `fund` is money of the fund; the others are kept apart."""

    #: Contributions of residents and shares that payers bear on their behalf, less refunds.
    FUND = "fund"
    #: Shares that payers owe to people who paid all themselves.
    GRANTED_TO_CARDS = "granted_to_cards"
    #: What of it reached their cards.
    PAID_TO_CARDS = "paid_to_cards"
    #: Help that departments settle with people themselves.
    OUTSIDE = "outside_system"
    #: Money for separate payees.
    ADD_ONS = "add_ons"
    #: Lapsed years that residents repaired: the fund's money, apart from the contributions of the year.
    REPAIRS = "repairs"
    #: Money that could not be applied: arrived, moved here, back from the bank, applied later, given back.
    SUSPENDED = "suspended"
    SUSPENSE_RELOCATED = "relocated"
    SUSPENSE_RETURNED = "returned"
    SUSPENSE_APPLIED = "applied"
    SUSPENSE_REFUNDED = "refunded"
    #: What banks gave back to residents.
    REFUNDS = "refunds"
    #: Payers' money that was applied for, and what of it has come and stays. Not money of the fund by itself.
    FUNDS_REQUESTED = "funds_requested"
    FUNDS_ARRIVED = "funds_arrived"
    #: The fiscal match by level of government: owed, and arrived. Beside the fund, which is contributions.
    MATCH_OWED = "match_owed"
    MATCH_ARRIVED = "match_arrived"
    #: Money of the county for the work of its units, not of the fund: owed by score sheets, and paid.
    WORK_FUNDS_SETTLED = "work_funds_settled"
    WORK_FUNDS_PAID = "work_funds_paid"
    #: Money that operators moved on.
    MOVEMENTS = "movements"


#: (kind of posting, section, sign of an ordinary posting; its reversal has the other).
PARTS: tuple[tuple[Kind, Section, int], ...] = (
    (Kind.CONTRIBUTION, Section.FUND, 1),
    (Kind.APPLIED, Section.FUND, 1),
    (Kind.PAID_ON_BEHALF, Section.FUND, 1),
    (Kind.REFUND_OF_CONTRIBUTION, Section.FUND, -1),
    (Kind.REFUND_ON_ITS_WAY, Section.FUND, -1),
    (Kind.RETURNED_OF_CONTRIBUTION, Section.FUND, -1),
    (Kind.UNAPPLIED, Section.FUND, -1),
    (Kind.RECOVERED_FROM_FUND, Section.FUND, -1),
    (Kind.REIMBURSEMENT, Section.GRANTED_TO_CARDS, 1),
    (Kind.PAYOUT, Section.PAID_TO_CARDS, 1),
    (Kind.RECOVERED_FROM_FUND, Section.PAID_TO_CARDS, -1),
    (Kind.RECOVERED_FROM_PERSON, Section.PAID_TO_CARDS, -1),
    (Kind.ADD_ON_SET_APART, Section.ADD_ONS, 1),
    (Kind.ADD_ON_APPLIED, Section.ADD_ONS, 1),
    (Kind.REFUND_OF_ADD_ON, Section.ADD_ONS, -1),
    (Kind.RETURNED_OF_ADD_ON, Section.ADD_ONS, -1),
    (Kind.ADD_ON_UNAPPLIED, Section.ADD_ONS, -1),
    (Kind.REPAIR_RECEIVED, Section.REPAIRS, 1),
    (Kind.REPAIR_SETTLED, Section.REPAIRS, 1),
    (Kind.REPAIR_GIVEN_BACK, Section.REPAIRS, -1),
    (Kind.SUSPENDED, Section.SUSPENDED, 1),
    (Kind.SUSPENSE_RELOCATED, Section.SUSPENSE_RELOCATED, -1),
    (Kind.REFUND_RETURNED, Section.SUSPENSE_RETURNED, 1),
    (Kind.UNAPPLIED, Section.SUSPENSE_RETURNED, 1),
    (Kind.ADD_ON_UNAPPLIED, Section.SUSPENSE_RETURNED, 1),
    (Kind.REPAIR_UNAPPLIED, Section.SUSPENSE_RETURNED, 1),
    (Kind.APPLIED, Section.SUSPENSE_APPLIED, 1),
    (Kind.REPAIR_APPLIED, Section.SUSPENSE_APPLIED, 1),
    (Kind.ADD_ON_APPLIED, Section.SUSPENSE_APPLIED, 1),
    (Kind.REFUND_OF_SUSPENSE, Section.SUSPENSE_REFUNDED, 1),
    (Kind.RETURNED_OF_SUSPENSE, Section.SUSPENSE_REFUNDED, 1),
    (Kind.FUNDS_REQUESTED, Section.FUNDS_REQUESTED, 1),
    (Kind.FUNDS_ARRIVED, Section.FUNDS_ARRIVED, 1),
    (Kind.FUNDS_RETURNED, Section.FUNDS_ARRIVED, -1),
    (Kind.FISCAL_MATCH, Section.MATCH_OWED, 1),
    (Kind.MATCH_ARRIVED, Section.MATCH_ARRIVED, 1),
    (Kind.WORK_FUNDS_SETTLED, Section.WORK_FUNDS_SETTLED, 1),
    (Kind.WORK_FUNDS_PAID, Section.WORK_FUNDS_PAID, 1),
    (Kind.REFUND, Section.REFUNDS, 1),
    (Kind.RETURNED, Section.REFUNDS, 1),
    *((kind, Section.MOVEMENTS, 1) for kind in (Kind.CHANNEL_SETTLEMENT, Kind.EMPLOYEE_FUND_TRANSFER)),
    *((kind, Section.MOVEMENTS, 1) for kind in (Kind.CHANNEL_FEE, Kind.CHANNEL_FEE_REIMBURSED)),
    *((kind, Section.MOVEMENTS, 1) for kind in (Kind.TREASURY_RECEIPT, Kind.FISCAL_TRANSFER)),
    *((kind, Section.MOVEMENTS, 1) for kind in (Kind.UPWARD_REMITTANCE, Kind.ADD_ON_HANDOVER)),
)
#: In the fund these are residents' money, although the posting names the payer who gets it back.
RESIDENTS_MONEY = (Kind.RECOVERED_FROM_FUND,)
#: Postings of these kinds are what a handover counts.
COUNTED_KINDS = tuple(dict.fromkeys(kind for kind, _, _ in PARTS))


#: One row of a document: texts, whole numbers and null by name.
Figures = dict[str, Any]
#: Totals as they are answered and sealed: rows by section.
Document = dict[str, Any]


class Level(StrEnum):
    """By what a total is broken down."""

    ALL = "all"
    PAYER = "payer"
    TOWNSHIP = "township"
    CHANNEL = "channel"
    LINE = "line"


class Cell(NamedTuple):
    """One total. A dimension that `level` does not break down by is None.

    In the section of add-ons `payer` is the payee, if known, of repairs the year, of work funds the unit.
    `head_count` is how many more distinct persons have money in this cell than before (fewer: negative);
    `entries` is how many postings, reversals counting back. For movements `payer` is the kind.
    """

    section: str
    level: Level
    payer: str | None
    township: str | None
    channel: str | None
    head_count: int
    amount_fen: int
    entries: int


def live_document(season: Season, cells: Iterable[Cell]) -> Document:
    """Make the totals of everything that is known now, in the shape of a handover."""
    return {"format": FORMAT, "county": season.county, "coverage_year": season.coverage_year, **totals(cells)}


def totals(cells: Iterable[Cell]) -> Document:
    """Arrange cells into the sections that people read."""
    by_part: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        by_part.setdefault((cell.section, cell.level), []).append(cell)

    def rows(section: Section, level: Level, *dimensions: str) -> list[Figures]:
        found = [_row(cell, dimensions) for cell in by_part.get((section, level), ())]
        return sorted(found, key=lambda row: tuple(row[name] or "" for name in dimensions))

    whole = by_part.get((Section.FUND, Level.ALL), ())
    funds, match, work, repairs = (make(by_part) for make in (_funds, _match, _work_funds, _repairs))
    payees = [row for row in rows(Section.ADD_ONS, Level.PAYER, "payer") if row["payer"]]
    return {
        "total": {
            "head_count": sum(cell.head_count for cell in whole),
            "amount_fen": sum(cell.amount_fen for cell in whole),
        },
        "by_payer": [_with_mechanism(row) for row in rows(Section.FUND, Level.PAYER, "payer")],
        "by_township": rows(Section.FUND, Level.TOWNSHIP, "township"),
        "by_channel": [row for row in rows(Section.FUND, Level.CHANNEL, "channel") if row["channel"]],
        "lines": [
            _with_mechanism(row) for row in rows(Section.FUND, Level.LINE, "payer", "township", "channel")
        ],
        "to_cards": _to_cards(by_part),
        "outside_system": rows(Section.OUTSIDE, Level.PAYER, "payer"),
        "add_ons": rows(Section.ADD_ONS, Level.CHANNEL, "channel"),
        **({"repairs": repairs} if repairs else {}),
        **({"funds_by_payer": funds} if funds else {}),
        **({"fiscal_match": match} if match else {}),
        **({"work_funds": work} if work else {}),
        **({"add_ons_by_payee": [_for_payee(row) for row in payees]} if payees else {}),
        "suspense": _suspense(by_part),
        "refunds": rows(Section.REFUNDS, Level.CHANNEL, "channel"),
        "movements": _movements(by_part),
    }


def _row(cell: Cell, dimensions: Sequence[str]) -> Figures:
    named = {name: getattr(cell, name) for name in dimensions}
    return named | {"head_count": cell.head_count, "amount_fen": cell.amount_fen}


def _with_mechanism(row: Figures) -> Figures:
    return row | {"mechanism": "own" if row["payer"] == RESIDENTS else "paid_on_behalf"}


def _for_payee(row: Figures) -> Figures:
    return {"payee": row["payer"], **{name: row[name] for name in ("head_count", "amount_fen")}}


def _repairs(by_part: Mapping[tuple[str, str], list[Cell]]) -> list[Figures]:
    """Per lapsed year that was repaired, through each channel."""
    found: dict[tuple[int, str], list[Cell]] = {}
    for cell in by_part.get((Section.REPAIRS, Level.LINE), ()):
        found.setdefault((int(cell.payer or 0), cell.channel or ""), []).append(cell)
    return [
        {"repaired_year": year, "channel": channel}
        | {name: sum(getattr(one, name) for one in some) for name in ("head_count", "amount_fen")}
        for (year, channel), some in sorted(found.items())
    ]


def _to_cards(by_part: Mapping[tuple[str, str], list[Cell]]) -> list[Figures]:
    """Per payer: what it owes to people who paid first, and what reached their cards."""
    found: dict[str, Figures] = {}
    for section, name in ((Section.GRANTED_TO_CARDS, "granted"), (Section.PAID_TO_CARDS, "paid")):
        for cell in by_part.get((section, Level.PAYER), ()):
            row = found.setdefault(cell.payer or "", dict.fromkeys(_CARD_FIGURES, 0))
            row[f"{name}_head_count"], row[f"{name}_fen"] = cell.head_count, cell.amount_fen
    return [{"payer": payer, **found[payer]} for payer in sorted(found)]


def _funds(by_part: Mapping[tuple[str, str], list[Cell]]) -> list[Figures]:
    """Per payer whose money is applied for or has come: what was granted, applied for and has arrived."""
    found: dict[str, Figures] = {}
    for section, name in _FUND_SECTIONS:
        for cell in by_part.get((section, Level.PAYER), ()):
            row = found.setdefault(cell.payer or "", {"granted_fen": 0, "requested_fen": 0, "arrived_fen": 0})
            row[name] += cell.amount_fen
    asked = {
        cell.payer
        for section in (Section.FUNDS_REQUESTED, Section.FUNDS_ARRIVED)
        for cell in by_part.get((section, Level.PAYER), ())
    }
    return [{"payer": payer, **found[payer]} for payer in sorted(found) if payer in asked]


def _match(by_part: Mapping[tuple[str, str], list[Cell]]) -> list[Figures]:
    """Per level of government: what it owes of the match more than before, and what has come of it."""
    found: dict[str, Figures] = {}
    for section, name in ((Section.MATCH_OWED, "owed_fen"), (Section.MATCH_ARRIVED, "arrived_fen")):
        for cell in by_part.get((section, Level.PAYER), ()):
            row = found.setdefault(cell.payer or "", {"owed_fen": 0, "arrived_fen": 0})
            row[name] = cell.amount_fen
    return [{"level": level, **found[level]} for level in sorted(found)]


def _work_funds(by_part: Mapping[tuple[str, str], list[Cell]]) -> list[Figures]:
    """Per unit: what it is owed for its work more than before, and what it was paid."""
    found: dict[str, Figures] = {}
    for section, name in ((Section.WORK_FUNDS_SETTLED, "settled_fen"), (Section.WORK_FUNDS_PAID, "paid_fen")):
        for cell in by_part.get((section, Level.PAYER), ()):
            row = found.setdefault(cell.payer or "", {"settled_fen": 0, "paid_fen": 0})
            row[name] = cell.amount_fen
    return [{"division_code": unit, **found[unit]} for unit in sorted(found)]


_FUND_SECTIONS = (
    (Section.FUND, "granted_fen"),
    (Section.GRANTED_TO_CARDS, "granted_fen"),
    (Section.FUNDS_REQUESTED, "requested_fen"),
    (Section.FUNDS_ARRIVED, "arrived_fen"),
)
_CARD_FIGURES = ("granted_head_count", "granted_fen", "paid_head_count", "paid_fen")


def _suspense(by_part: Mapping[tuple[str, str], list[Cell]]) -> list[Figures]:
    """Per channel: how many lines and how much money could not be applied, and what became of it."""
    found: dict[str, dict[str, int]] = {}
    for section in _SUSPENSE_SECTIONS:
        for cell in by_part.get((section, Level.CHANNEL), ()):
            row = found.setdefault(cell.channel or "", {f"{part}_fen": 0 for part in _SUSPENSE_SECTIONS})
            row[f"{section}_fen"] = cell.amount_fen
            if section == Section.SUSPENDED:
                row["suspended_lines"] = cell.entries
    return [
        {
            "channel": channel,
            "suspended_lines": row.pop("suspended_lines", 0),
            **row,
            "change_fen": row["suspended_fen"]
            + row["relocated_fen"]
            + row["returned_fen"]
            - row["applied_fen"]
            - row["refunded_fen"],
        }
        for channel, row in sorted(found.items())
    ]


_SUSPENSE_SECTIONS = (
    Section.SUSPENDED,
    Section.SUSPENSE_RELOCATED,
    Section.SUSPENSE_RETURNED,
    Section.SUSPENSE_APPLIED,
    Section.SUSPENSE_REFUNDED,
)


def _movements(by_part: Mapping[tuple[str, str], list[Cell]]) -> list[Figures]:
    """Per step and channel, in the order of the steps."""
    order = [kind for kind, section, _ in PARTS if section == Section.MOVEMENTS]
    cells = sorted(
        by_part.get((Section.MOVEMENTS, Level.LINE), ()),
        key=lambda cell: (order.index(cell.payer), cell.channel or ""),
    )
    return [{"kind": cell.payer, "channel": cell.channel, "amount_fen": cell.amount_fen} for cell in cells]

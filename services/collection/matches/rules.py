"""The five matches (Huining 2021, 九(二)): money, people, names, roster and receipts agree each day."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from libs.common.divisions import prefix_of
from libs.common.policy.format.custody_rules import Voucher
from services.collection.cash.rules import IN_HAND
from services.collection.deposits.rules import Difference

MatchCode = Literal["money", "people", "names", "roster", "receipts"]
#: Code -> what the two figures are: what receipts say, and what there is.
LABELS: Mapping[MatchCode, tuple[str, str]] = {
    "money": ("资金", "taken by receipts; at the bank"),
    "people": ("人员", "people on receipts; people who are known by their number"),
    "names": ("姓名", "people on receipts; people whose name is that of their number"),
    "roster": ("花名册", "people on receipts; people whose contribution of this place is paid by it"),
    "receipts": ("收据", "numbers of paper that there have to be; numbers that are the collector's"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A receipt's part for one person; without `line_no` the receipt is not matched yet.

    Where it repairs lapsed years it is several, of which `part_no` is the first.
    """

    collector_id: int
    receipt_id: int
    county: str
    coverage_year: int
    channel: str
    area: str
    people: int
    instrument: str
    state: str
    amount_fen: int
    returned_fen: int
    deposit_id: int | None
    line_no: int | None
    line_fen: int | None
    line_state: str | None
    reason: str | None
    person_division: str | None
    part_no: int | None = None

    @property
    def part(self) -> tuple[int, int | None]:
        """Which part of which receipt it is of."""
        return self.receipt_id, self.line_no if self.part_no is None else self.part_no


@dataclass(frozen=True, slots=True)
class Number:
    """A number of paper on a receipt; `own` is whether its collector held it, or nobody keeps books."""

    receipt_id: int
    line_no: int
    voucher_no: str
    own: bool


@dataclass(frozen=True, slots=True)
class Slip:
    """A deposit that brought receipts of the day."""

    deposit_id: int
    amount_fen: int
    covered_fen: int
    made_good_fen: int


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing in which the figures differ."""

    why: str
    why_zh: str
    receipt_id: int | None = None
    line_no: int | None = None
    deposit_id: int | None = None
    voucher_no: str | None = None
    amount_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """Two figures that have to be one, and where they differ."""

    code: MatchCode
    said: int
    found: int
    differences: tuple[Gap, ...]

    @property
    def fits(self) -> bool:
        """Whether they agree, line by line."""
        return self.said == self.found and not self.differences


def matches(
    lines: Sequence[Line],
    numbers: Sequence[Number],
    slips: Sequence[Slip],
    papers: Mapping[int, Voucher | None],
) -> list[Match]:
    """The five matches of one collector and day; `papers` is the paper of each coverage year."""
    receipts = {one.receipt_id: one for one in lines}
    people = sum(one.people for one in receipts.values())
    return [
        _money(list(receipts.values()), slips),
        *(_of_people(code, people, lines, fits) for code, fits in _OF_PEOPLE),
        _paper(list(receipts.values()), numbers, papers),
    ]


def _known(line: Line) -> bool:
    return line.line_no is not None and line.reason != "unknown_person"


def _named(line: Line) -> bool:
    return _known(line) and line.reason != "name_mismatch"


def _pays(line: Line) -> bool:
    here = line.person_division is not None and line.person_division.startswith(prefix_of(line.area))
    return _named(line) and line.line_state == "applied" and here


#: What each match wants of a line, every one more than the one before.
_OF_PEOPLE: tuple[tuple[MatchCode, Callable[[Line], bool]], ...] = (
    ("people", _known),
    ("names", _named),
    ("roster", _pays),
)


def _of_people(code: MatchCode, people: int, lines: Sequence[Line], fits: Callable[[Line], bool]) -> Match:
    wrong = [one for one in lines if not fits(one)]
    right = {one.part for one in lines} - {one.part for one in wrong}
    return Match(code, people, len(right), tuple(_wrong(one) for one in wrong))


def _wrong(line: Line) -> Gap:
    if line.line_no is None:
        held = line.state == "held"
        why = ("Held until its case is decided.", "待审，待办事项处理后入账。") if held else (
            "Not matched yet.", "尚未匹配入账。"
        )  # fmt: skip
    elif line.line_state == "applied":
        why = ("Enrolled in another place.", "参保地不在本辖区。")
    elif line.reason is not None:
        why = (f"Waits: {line.reason}.", f"挂账：{line.reason}。")
    else:
        why = (f"The money is {line.line_state}.", f"资金状态：{line.line_state}。")
    return Gap(*why, line.receipt_id, line.line_no, amount_fen=line.line_fen or line.amount_fen)


def _money(receipts: Sequence[Line], slips: Sequence[Slip]) -> Match:
    left = {one.receipt_id: one.amount_fen - one.returned_fen for one in receipts}
    waiting = [
        one
        for one in receipts
        if one.instrument in IN_HAND and one.deposit_id is None and left[one.receipt_id]
    ]
    missing = {
        one.deposit_id: gap
        for one in slips
        if (gap := Difference(one.amount_fen, one.covered_fen, one.made_good_fen).missing_fen)
    }
    differences = [
        Gap("In hand still.", "尚在手中，未解缴。", one.receipt_id, amount_fen=left[one.receipt_id])
        for one in waiting
    ]
    differences += [
        Gap("The slip and its receipts differ.", "存款单与所含收款不符。", deposit_id=which, amount_fen=gap)
        for which, gap in missing.items()
    ]
    said = sum(left.values())
    found = said - sum(left[one.receipt_id] for one in waiting) - sum(missing.values())
    return Match("money", said, found, tuple(differences))


def _paper(
    receipts: Sequence[Line], numbers: Sequence[Number], papers: Mapping[int, Voucher | None]
) -> Match:
    differences = list(_missing(receipts, numbers, papers))
    differences += [
        Gap("The number was not the collector's.", "票据号码不属于该收缴点。", one.receipt_id, one.line_no,
            voucher_no=one.voucher_no)
        for one in numbers
        if not one.own
    ]  # fmt: skip
    said = sum(_needed(one, papers[one.coverage_year]) for one in receipts)
    with_paper = {one.receipt_id for one in receipts if papers[one.coverage_year] is not None}
    own = sum(one.own for one in numbers if one.receipt_id in with_paper)
    return Match("receipts", said, own, tuple(differences))


def _needed(receipt: Line, paper: Voucher | None) -> int:
    if paper is None:
        return 0
    return receipt.people if paper.per == "person" else 1


def _missing(
    receipts: Sequence[Line], numbers: Sequence[Number], papers: Mapping[int, Voucher | None]
) -> Iterator[Gap]:
    have = Counter(number.receipt_id for number in numbers)
    for one in receipts:
        if have[one.receipt_id] < _needed(one, papers[one.coverage_year]):
            yield Gap("A number of paper is missing.", "缺少票据号码。", one.receipt_id)

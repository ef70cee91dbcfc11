"""Books of numbered paper: ranges of numbers, who holds them since when, and what may happen to them.

Which paper has books, who hands it out and when it is written off is the notice's word (`vouchers`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from libs.common.divisions import Level, level_of, prefix_of
from libs.common.policy import Notice
from libs.common.policy.format.custody_rules import Voucher
from libs.common.web.problems import FieldError

#: What happened to numbers. received: the county got them; handed_on: down to an office or collector.
MoveKind = Literal["received", "handed_on", "returned", "void", "lost", "found", "restored", "written_off"]
#: How numbers stand. What is used is said by the receipts that bear them.
NumberState = Literal["held", "void", "lost", "written_off"]
#: What those do who look after collectors; the rest is for whoever holds the numbers.
REVIEWED: tuple[MoveKind, ...] = ("received", "handed_on")
REASONED: tuple[MoveKind, ...] = ("returned", "void", "lost", "found", "restored")
#: Kind -> how numbers stand before, and after.
BEFORE: Mapping[MoveKind, NumberState] = {"found": "lost", "restored": "void"}
AFTER: Mapping[MoveKind, NumberState] = {"void": "void", "lost": "lost", "written_off": "written_off"}
#: Moves that make a book: gaps are looked for within what was handed over at once.
HANDING: tuple[MoveKind, ...] = ("received", "handed_on", "returned")

_NUMBER = re.compile(r"(?P<stem>(?:.*[^0-9])?)(?P<digits>[0-9]{1,18})")


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers of paper that follow each other. `series` is all but the digits at the end, and how many."""

    series: str
    first_serial: int
    last_serial: int

    @property
    def count(self) -> int:
        """How many."""
        return self.last_serial - self.first_serial + 1

    @property
    def first_no(self) -> str:
        """The first as it is printed."""
        return printed(self.series, self.first_serial)

    @property
    def last_no(self) -> str:
        """The last as it is printed."""
        return printed(self.series, self.last_serial)

    def __str__(self) -> str:
        return self.first_no if self.count == 1 else f"{self.first_no}-{self.last_no}"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds paper: an office, by its division, or a collector."""

    division_code: str
    collector_id: int | None = None

    def __str__(self) -> str:
        return f"collector {self.collector_id}" if self.collector_id else f"office {self.division_code}"

    @property
    def zh(self) -> str:
        """The same in Chinese."""
        return f"收缴点 {self.collector_id}" if self.collector_id else f"{self.division_code} 经办机构"


@dataclass(frozen=True, slots=True)
class Stretch(Numbers):
    """Numbers with one holder and one state for a time; `until_at` None: still."""

    division_code: str
    collector_id: int | None
    state: NumberState
    from_at: datetime
    until_at: datetime | None
    move_id: int
    book_id: int

    @property
    def holder(self) -> Holder:
        """Whose they are."""
        return Holder(self.division_code, self.collector_id)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A move that somebody asks for; `to` where it changes the holder."""

    kind: MoveKind
    numbers: Numbers
    at: datetime
    to: Holder | None = None

    @property
    def before(self) -> NumberState:
        """How the numbers have to stand."""
        return BEFORE.get(self.kind, "held")

    @property
    def after(self) -> NumberState:
        """How they stand then."""
        return AFTER.get(self.kind, "held")


def printed(series: str, serial: int) -> str:
    """A number as it stands on paper."""
    stem, _, digits = series.rpartition("/")
    return f"{stem}{serial:0{digits}d}"


def numbers_of(first_no: str, last_no: str) -> Numbers | None:
    """The numbers from one to another; None where they do not follow each other."""
    first, last = _NUMBER.fullmatch(first_no), _NUMBER.fullmatch(last_no)
    if first is None or last is None or first["stem"] != last["stem"]:
        return None
    if len(first["digits"]) != len(last["digits"]) or int(first["digits"]) > int(last["digits"]):
        return None
    return Numbers(f"{first['stem']}/{len(first['digits'])}", int(first["digits"]), int(last["digits"]))


def paper_named(notice: Notice, code: str) -> Voucher | None:
    """The numbered paper of this code in a notice."""
    stock = (one for one in notice.document.vouchers if one.medium == "paper_stock")
    return next((one for one in stock if one.code == code), None)


def office_gets(paper: Voucher, office: str) -> bool:
    """Whether new paper comes to an office: the county's, or a township's where townships issue it."""
    level = level_of(office)
    return level is Level.COUNTY or (level is Level.TOWNSHIP and paper.issued_by == "township")


def not_an_office_of(paper: Voucher) -> FieldError:
    """Say where new paper comes to."""
    if paper.issued_by == "township":
        where, where_zh = "the county or a township", "县级或乡镇机构"
    else:
        where, where_zh = "the county", "县级机构"
    return FieldError(
        "#/division_code",
        f"New paper comes to {where} ({paper.clause}); hand it on from there.",
        f"新票据由{where_zh}领入（{paper.clause}），再逐级下发。",
    )


def faults_of_form(
    kind: MoveKind, numbers: Numbers | None, to: Holder | None, reason: str | None, county: str
) -> Iterator[FieldError]:
    """What is missing, or cannot be meant, in the wish for a move."""
    if kind == "written_off":
        yield FieldError(
            "#/kind",
            "Paper is written off by POST /v1/voucher-writeoffs.",
            "核销请使用 POST /v1/voucher-writeoffs。",
        )
    if numbers is None:
        yield FieldError(
            "#/last_no",
            "Numbers end in 1 to 18 digits, differ only there, and go upwards: 甘A00120001 to 甘A00120100.",
            "号码须以 1 至 18 位数字结尾，首尾号码仅数字不同且由小到大，例如 甘A00120001 至 甘A00120100。",
        )
    if kind in HANDING and to is None:
        yield FieldError(
            "#/division_code",
            f"Say which office or collector of {county} gets the numbers.",
            "请填写接收机构的区划代码，或本县收缴点编号。",
        )
    if kind not in HANDING and to is not None:
        yield FieldError(
            "#/division_code" if to.collector_id is None else "#/collector_id",
            "They stay with who holds them: leave this out.",
            "号码仍在原持有人名下，请勿填写接收方。",
        )
    if kind in ("received", "returned") and to is not None and to.collector_id is not None:
        yield FieldError("#/collector_id", "Name an office.", "请填写机构的区划代码。")
    if kind in REASONED and not reason:
        yield FieldError("#/reason", "Say why.", "请填写原因。")


def less(whole: Numbers, parts: Sequence[Numbers]) -> list[Numbers]:
    """What is left of `whole` without `parts`, in order."""
    left, begin = [], whole.first_serial
    for part in sorted(parts, key=lambda one: one.first_serial):
        if part.first_serial > begin:
            left.append(Numbers(whole.series, begin, min(part.first_serial - 1, whole.last_serial)))
        begin = max(begin, part.last_serial + 1)
    if begin <= whole.last_serial:
        left.append(Numbers(whole.series, begin, whole.last_serial))
    return left


def shared(one: Numbers, other: Numbers) -> Numbers:
    """The numbers that are in both; they have some in common."""
    first = max(one.first_serial, other.first_serial)
    return Numbers(one.series, first, min(one.last_serial, other.last_serial))


def cut(stretch: Stretch, moves: Sequence[tuple[int, Wanted]]) -> list[Stretch]:
    """What becomes of a stretch when parts of it move (ids of moves with what each asks for).

    What stays keeps its beginning; what moves ends here, and begins anew with its holder and state.
    """

    def part(numbers: Numbers, like: Stretch) -> Stretch:
        return replace(like, first_serial=numbers.first_serial, last_serial=numbers.last_serial)

    result = [part(numbers, stretch) for numbers in less(stretch, [wanted.numbers for _, wanted in moves])]
    for move_id, wanted in moves:
        numbers, to = shared(stretch, wanted.numbers), wanted.to or stretch.holder
        result.append(part(numbers, replace(stretch, until_at=wanted.at)))
        begun = replace(
            stretch, division_code=to.division_code, collector_id=to.collector_id, state=wanted.after
        )
        book = move_id if wanted.kind in HANDING else stretch.book_id
        result.append(part(numbers, replace(begun, from_at=wanted.at, move_id=move_id, book_id=book)))
    return result


def faults_of(wanted: Wanted, found: Sequence[Stretch]) -> Iterator[FieldError]:
    """What stands in the way of a move; `found` are the stretches as they are now that have such numbers."""
    if wanted.kind == "received":
        for one in found:
            some = shared(one, wanted.numbers)
            yield FieldError(
                "#/first_no",
                f"{some} is on record already, with {one.holder}; leave it out.",
                f"{some} 已登记在{one.holder.zh}名下，请勿重复登记。",
            )
        return
    for gap in less(wanted.numbers, found):
        yield FieldError(
            "#/first_no",
            f"{gap} is in no book; have it received first, or look at the number again.",
            f"{gap} 未登记入库；请先登记领入，或核对号码。",
        )
    yield from _faults_of_state(wanted, found)
    if found and wanted.to is not None:
        yield from _faults_of_way(wanted, found[0].holder, wanted.to)


def _faults_of_state(wanted: Wanted, found: Sequence[Stretch]) -> Iterator[FieldError]:
    for one in found:
        some = shared(one, wanted.numbers)
        if one.state != wanted.before:
            yield FieldError(
                "#/first_no",
                f"{some} is {one.state}, not {wanted.before}; leave it out.",
                f"{some} 的状态为{_STATES[one.state]}，不能办理；请剔除这些号码。",
            )
        elif one.holder != found[0].holder:
            yield FieldError(
                "#/last_no",
                f"{some} is with {one.holder}, others with {found[0].holder}: send each by itself.",
                f"{some} 在{one.holder.zh}，其余在{found[0].holder.zh}；请分开办理。",
            )
        elif one.from_at > wanted.at:
            yield FieldError(
                "#/at",
                f"{some} came to {one.holder} later than that; give a later instant.",
                f"{some} 到{one.holder.zh}的时间晚于所填时间；请改填更晚的时间。",
            )


_STATES: Mapping[NumberState, str] = {
    "held": "在手",
    "void": "作废",
    "lost": "遗失",
    "written_off": "已核销",
}


def _faults_of_way(wanted: Wanted, holder: Holder, to: Holder) -> Iterator[FieldError]:
    """Paper goes down from offices, and back up to them."""
    down = wanted.kind == "handed_on"
    upper, lower = (holder, to) if down else (to, holder)
    within = lower.division_code.startswith(prefix_of(upper.division_code))
    if holder == to or not within or upper.collector_id is not None:
        yield FieldError(
            "#/collector_id" if to.collector_id else "#/division_code",
            f"The numbers are with {holder}: hand them on to an office or collector below it,"
            " or return them to an office above it.",
            f"号码现在{holder.zh}：只能下发给其下级机构或收缴点，或交回其上级机构。",
        )

"""Days of channels beside our own payments: which files are compared, what differs, how it is called."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from libs.common.cases.kinds import CaseKind
from libs.common.clock import SHANGHAI
from services.collection.cases import channel_days
from services.collection.files.rules import FileKind

DifferenceKind = Literal[
    "they_only", "we_only", "amount", "state", "twice", "other_person", "other_year", "late", "fee"
]
KINDS: Mapping[DifferenceKind, CaseKind] = {
    "they_only": channel_days.THEY_ONLY,
    "we_only": channel_days.WE_ONLY,
    "amount": channel_days.AMOUNT,
    "state": channel_days.STATE,
    "twice": channel_days.TWICE,
    "other_person": channel_days.OTHER_PERSON,
    "other_year": channel_days.OTHER_YEAR,
    "late": channel_days.LATE,
    "fee": channel_days.FEE,
}
#: Files that say what was paid, and what went back: of those that say the same, the first that is there.
PAYMENTS: tuple[FileKind, ...] = ("wechat_all", "wechat_success", "alipay_trade", "unionpay_zm", "tax_table")
REFUNDS: tuple[FileKind, ...] = ("wechat_refund", "wechat_all", "alipay_trade", "unionpay_zm", "tax_table")
COMPARED: tuple[FileKind, ...] = tuple(sorted({*PAYMENTS, *REFUNDS}))
#: UnionPay settles a day from eleven in the evening before it on.
_ENDS_AT: Mapping[FileKind, time] = {"unionpay_zm": time(23)}
#: What is compared at once: some days, or one that is larger.
_ROWS_TOGETHER = 200_000


class FeeTerms(BaseModel):
    """The fee that a channel may take of a payment, in hundredths of a percent of it; parts of a fen are
    rounded.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    basis_points: int = Field(ge=0, le=10_000)
    rounding: Literal["half_up", "down", "up"] = "half_up"


@dataclass(frozen=True, slots=True)
class Terms:
    """The fee that was agreed with a channel, if any, and whether it can be asked about a payment."""

    fee: FeeTerms | None = None
    askable: bool = False


@dataclass(frozen=True, slots=True)
class DayFile:
    """A file of a day that counts, and with what it was compared last; `named_count` rows of it say for whom
    or for which year a payment is.
    """

    county: str
    division_code: str
    channel: str
    business_on: date
    file_id: int
    kind: FileKind
    row_count: int
    named_count: int
    compared_with: str | None
    difference_count: int | None


@dataclass(frozen=True, slots=True)
class Compared:
    """With what a file was compared, and how many differences its day has."""

    file_id: int
    compared_with: str
    difference_count: int


@dataclass(frozen=True, slots=True)
class Account:
    """What a channel takes for a county: its days are compared together."""

    county: str
    channel: str

    @property
    def about(self) -> str:
        """How the subjects of its cases begin."""
        return f"channel-days/{self.county}/{self.channel}/"


@dataclass(frozen=True, slots=True)
class Day:
    """A day of an account with the files that say what was paid and what went back; a payment paid from
    `since` until `until` belongs to it.
    """

    county: str
    division_code: str
    channel: str
    business_on: date
    file_ids: tuple[int, ...]
    paid_file_id: int | None
    back_file_id: int | None
    since: datetime
    until: datetime
    row_count: int
    named_count: int
    compared_with: frozenset[str | None]
    difference_count: int | None

    @property
    def about(self) -> str:
        """How the subjects of its cases begin."""
        return f"{Account(self.county, self.channel).about}{self.business_on.isoformat()}/"


@dataclass(frozen=True, slots=True)
class Difference:
    """What a file says of a transaction, what we say, and how they differ. Of what one does not know, null.

    `line` is where it stands in the file `file_id` of the day `business_on`, `payment_id` our payment. About
    fees there is one for a day: the sums of its `rows` that differ, of which `line` is the first.
    """

    business_on: date
    file_id: int
    kind: DifferenceKind
    entry: str
    transaction_no: str
    line: int | None
    theirs_fen: int | None
    payment_id: int | None
    coverage_year: int | None
    ours_fen: int | None
    theirs_person_id: int | None = None
    ours_person_id: int | None = None
    theirs_year: int | None = None
    ours_year: int | None = None
    rows: int | None = None

    @property
    def told_apart(self) -> Mapping[str, int]:
        """What else both say, as far as it is what they differ about."""
        return {name: said for name in BESIDE if (said := getattr(self, name)) is not None}


#: Members of a difference about persons, years and fees.
BESIDE = ("theirs_person_id", "ours_person_id", "theirs_year", "ours_year", "rows")


def more_by_file(one: Difference) -> bool:
    """Whether by the file more money moved than by us."""
    return (one.theirs_fen or 0) > (one.ours_fen or 0)


def proposed(one: Difference, askable: bool) -> str:
    """The step that the system would take: what went back is booked, a gateway asked where it can be."""
    kind = KINDS[one.kind]
    if one.entry == "refund" and one.kind in ("they_only", "amount") and more_by_file(one):
        return channel_days.BOOK_RETURN.code
    asks = askable and one.entry == "payment" and kind.step(channel_days.ASK_GATEWAY.code) is not None
    return channel_days.ASK_GATEWAY.code if asks else kind.steps[0].code


def days_of(files: Iterable[DayFile]) -> list[Day]:
    """The days of an account, of its files that count."""
    by_day: dict[date, list[DayFile]] = {}
    for one in files:
        by_day.setdefault(one.business_on, []).append(one)
    return [_day(found) for _, found in sorted(by_day.items())]


def _day(files: Sequence[DayFile]) -> Day:
    first, there = files[0], {one.kind: one.file_id for one in files}
    since, until = window(first.business_on, there)
    return Day(
        county=first.county,
        division_code=first.division_code,
        channel=first.channel,
        business_on=first.business_on,
        file_ids=tuple(one.file_id for one in files),
        paid_file_id=_chosen(there, PAYMENTS),
        back_file_id=_chosen(there, REFUNDS),
        since=since,
        until=until,
        row_count=sum(one.row_count for one in files),
        named_count=sum(one.named_count for one in files),
        compared_with=frozenset(one.compared_with for one in files),
        difference_count=first.difference_count,
    )


def _chosen(there: Mapping[FileKind, int], wanted: Sequence[FileKind]) -> int | None:
    return next((there[kind] for kind in wanted if kind in there), None)


def window(day: date, there: Collection[FileKind]) -> tuple[datetime, datetime]:
    """From when until when a payment belongs to the day of these files."""
    ends = next((_ENDS_AT[kind] for kind in there if kind in _ENDS_AT), None)
    end = datetime.combine(day, ends, SHANGHAI) if ends else _begin(day + timedelta(days=1))
    return end - timedelta(days=1), end


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def together(days: Iterable[Day]) -> Iterator[list[Day]]:
    """Days as they are compared with few statements: as many as have not too many rows."""
    some, rows = list[Day](), 0
    for day in days:
        if some and rows + day.row_count > _ROWS_TOGETHER:
            yield some
            some, rows = [], 0
        some.append(day)
        rows += day.row_count
    if some:
        yield some


@dataclass(frozen=True, slots=True)
class RestsOn:
    """On what a comparison of a day rests: what is known of its payments, how its refunds differ, all that
    the channel ever told of, and the fee that was agreed with it.
    """

    known: str
    back: str
    taken: str
    fee: FeeTerms | None = None

    def of(self, difference_count: int | None) -> str:
        """As it is kept of a day with so many differences: any payment may end one that stands."""
        said = f"{self.known} {self.back} {self.taken if difference_count else '-'}"
        return said if self.fee is None else f"{said} {self.fee.basis_points} {self.fee.rounding}"


def by_day(differences: Iterable[Difference]) -> dict[date, list[Difference]]:
    """Differences of each day that has any."""
    found: dict[date, list[Difference]] = {}
    for one in differences:
        found.setdefault(one.business_on, []).append(one)
    return found


def fingerprint(differences: Iterable[Difference]) -> str:
    """What differs, in a few characters that change when anything of it does."""
    said = [(one.kind, one.transaction_no, one.line, one.theirs_fen, one.ours_fen) for one in differences]
    return sha256(repr(said).encode()).hexdigest()[:16]

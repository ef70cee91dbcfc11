"""A day of a channel beside our own payments: which files are compared, what differs, how it is called."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from pydantic import JsonValue

from libs.common.cases.kinds import CaseKind
from libs.common.clock import SHANGHAI
from services.collection.cases import channel_days
from services.collection.files.rules import FileKind

DifferenceKind = Literal["they_only", "we_only", "amount", "state", "twice"]
KINDS: Mapping[DifferenceKind, CaseKind] = {
    "they_only": channel_days.THEY_ONLY,
    "we_only": channel_days.WE_ONLY,
    "amount": channel_days.AMOUNT,
    "state": channel_days.STATE,
    "twice": channel_days.TWICE,
}
#: Files that say what was paid, and what went back: of those that say the same, the first that is there.
PAYMENTS: tuple[FileKind, ...] = ("wechat_all", "wechat_success", "alipay_trade", "unionpay_zm")
REFUNDS: tuple[FileKind, ...] = ("wechat_refund", "wechat_all", "alipay_trade", "unionpay_zm")
COMPARED: tuple[FileKind, ...] = tuple(sorted({*PAYMENTS, *REFUNDS}))
#: UnionPay settles a day from eleven in the evening before it on.
_ENDS_AT: Mapping[FileKind, time] = {"unionpay_zm": time(23)}


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a channel in a county."""

    county: str
    division_code: str
    channel: str
    business_on: date

    @property
    def about(self) -> str:
        """How the subjects of its cases begin."""
        return f"channel-days/{self.county}/{self.channel}/{self.business_on.isoformat()}/"


@dataclass(frozen=True, slots=True)
class Difference:
    """What a file says of a transaction, what we say, and how they differ. Of what one does not know, null.

    `line` is where it stands in the file, `payment_id` our payment.
    """

    kind: DifferenceKind
    entry: str
    transaction_no: str
    line: int | None
    theirs_fen: int | None
    payment_id: int | None
    coverage_year: int | None
    ours_fen: int | None


def chosen(there: Mapping[FileKind, int], wanted: Sequence[FileKind]) -> int | None:
    """The file of a day that is compared, of those that count."""
    return next((there[kind] for kind in wanted if kind in there), None)


def window(day: date, there: Collection[FileKind]) -> tuple[datetime, datetime]:
    """From when until when a payment belongs to the day of these files."""
    ends = next((_ENDS_AT[kind] for kind in there if kind in _ENDS_AT), None)
    end = datetime.combine(day, ends, SHANGHAI) if ends else _begin(day + timedelta(days=1))
    return end - timedelta(days=1), end


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def same_difference(one: Mapping[str, JsonValue], other: Mapping[str, JsonValue]) -> bool:
    """Whether two cases say the same, wherever it stands in whichever version of the file."""
    return all(one.get(name) == other.get(name) for name in ("theirs_fen", "ours_fen", "payment_id"))

"""Which notice is meant, and which values it lets an operator supply."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from libs.common.dates import instant_of, second_of
from libs.common.money import yuan_text
from libs.common.policy import Notice, Notices
from libs.common.policy.format.checks import rules_of
from libs.common.policy.format.conditions_model import Condition
from libs.common.policy.format.document import Document
from libs.common.policy.format.registration_rules import Registration
from libs.common.web.catalogue import NOTICE_FAULTY
from libs.common.web.notices import without_notice
from libs.common.web.problems import FieldError, ProblemType

#: Where a notice sets no upper bound, a value may be so many times the largest amount that it names: more is
#: a slip, such as yuan that were multiplied by 100 twice.
_TIMES_THE_LARGEST = 10

NOTICE_NOT_FOUND = ProblemType(
    "notice-not-found",
    404,
    "There is no notice for this county and year",
    "没有该县该年度的参保通知",
    "GET /v1/notices lists the notices in force.",
    "可用的通知见 GET /v1/notices。",
    beside=(NOTICE_FAULTY,),
)


def notice_of(notices: Notices, county: str, coverage_year: int) -> Notice:
    """The notice in force; raises the problem if there is none."""
    notice = notices.get((county, coverage_year))
    if notice is None:
        raise without_notice(NOTICE_NOT_FOUND, notices, county, coverage_year)
    return notice


def before_of(notices: Notices, notice: Notice, wanted: str | None) -> Notice:
    """The notice to compare one with: that of `county/year`, or the latest earlier one of the same county.

    Raises the problem where there is none.
    """
    if wanted is not None:
        county, _, year = wanted.partition("/")
        return notice_of(notices, county, int(year))
    earlier = [year for county, year in notices if county == notice.county and year < notice.year]
    return notice_of(notices, notice.county, max(earlier, default=0))


#: Whether people of a kind may still register: where the notice gives them a last second of their own.
RegistrationState = Literal["no_deadline", "open", "ends_soon", "over"]
#: No notice says how long before its end somebody should be warned.
_SOON = timedelta(days=7)


def registration_state(rule: Registration, now: datetime) -> RegistrationState:
    """How long people of a kind may still register; the last second that the notice names still counts."""
    if rule.by is None:
        return "no_deadline"
    if second_of(now) >= rule.by:
        return "over"
    return "ends_soon" if second_of(now + _SOON) >= rule.by else "open"


def registration_ends(rule: Registration) -> datetime | None:
    """The last second in which people of a kind may register."""
    return instant_of(rule.by - 1) if rule.by is not None else None


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a value may be, in fen; `clause` is the one that leaves it to an operator.

    A `switch` is no amount: 1 lets the rules apply that ask for it, such as a window that is extended.
    """

    least: int
    most: int
    clause: str
    switch: bool = False

    def said(self, value: int) -> str:
        """Say a value as people read it."""
        return ("否", "是")[bool(value)] if self.switch else f"{yuan_text(value)} 元"


def parameters_of(notice: Notice) -> dict[str, Bounds]:
    """The values that a notice leaves to operators, by name, with the bounds of each."""
    document = notice.document
    named = [amount.value for amount in document.amounts] + [amount.floor for amount in document.amounts]
    named += [rule.amount.fen for rule in document.subsidies.rules]
    most = max((fen for fen in named if fen is not None), default=0) * _TIMES_THE_LARGEST
    found = dict(_switches(document))
    found |= {
        rule.amount.parameter: Bounds(0, most, rule.clause)
        for rule in document.subsidies.rules
        if rule.amount.parameter is not None
    }
    found |= {
        amount.parameter: Bounds(amount.floor or 1, most, amount.clause)
        for amount in document.amounts
        if amount.parameter is not None
    }
    return dict(sorted(found.items()))


def _switches(document: Document) -> Iterator[tuple[str, Bounds]]:
    """What conditions ask an operator for, with the clause of the rule that asks."""
    for rule in rules_of(document):
        clause: str = getattr(rule, "clause", None) or ""
        for part in rules_of(getattr(rule, "when", None)):
            if isinstance(part, Condition) and part.parameter is not None:
                yield part.parameter, Bounds(0, 1, clause, switch=True)


def out_of_bounds(values: Mapping[str, int], bounds: Mapping[str, Bounds]) -> Iterator[FieldError]:
    """Say of each value that its notice does not allow which it does."""
    for name, value in values.items():
        allowed = bounds[name]
        if not allowed.least <= value <= allowed.most:
            if allowed.switch:
                yield FieldError(
                    f"/{name}",
                    f"must be 1 (yes) or 0 (no): clause {allowed.clause} of the notice waits for it",
                    f"须填 1（是）或 0（否）：通知{allowed.clause}以此为条件",
                )
                continue
            least, most = yuan_text(allowed.least), yuan_text(allowed.most)
            yield FieldError(
                f"/{name}",
                f"must be {allowed.least} to {allowed.most} fen ({least} to {most} yuan) by clause "
                f"{allowed.clause} of the notice",
                f"按通知{allowed.clause}，须为 {allowed.least} 至 {allowed.most} 分（{least} 至 {most} 元）",
            )

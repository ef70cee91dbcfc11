"""What one person owes for one year, by the instant of payment, and why, in words for the person who pays."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from libs.common.dates import SHANGHAI, instant_of, second_of
from libs.common.events import DueSegment, SubsidyLine
from libs.common.events.envelope import TierSchedule
from libs.common.money import yuan_text
from libs.common.policy import Notice
from libs.common.policy.format.vocabulary import MECHANISMS, REASONS, WINDOWS

#: paid: a payment line counts for it; exempt: help covers all of it; cancelled: nothing is owed any more;
#: open: everything else.
DueState = Literal["open", "paid", "exempt", "cancelled"]


@dataclass(frozen=True, slots=True)
class Stated:
    """What one assessment of an enrollment says, and when it was decided.

    `choices` say what each tier would cost while none is chosen.
    """

    assessment_id: int | None
    revision: int
    assessed_at: datetime | None
    schedule: tuple[DueSegment, ...]
    tier: int | None = None
    choices: tuple[TierSchedule, ...] = ()
    name_digest: str | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """What one person owes for one year. `schedule` covers the season by the instant of payment.

    It is the newest; `earlier` assessments say what was owed before, where there are any. It was owed until
    `cancelled_at`; null where it is not, where another enrollment of the person goes on for it, or where an
    officer ended the cover. `guardian_id` acts for a minor; by year of birth and the last characters of the
    number members of a family are told apart, where registration has told them.
    """

    enrollment_id: int
    assessment_id: int | None
    person_id: int
    household_id: int | None
    county: str
    coverage_year: int
    division_code: str
    name_digest: str | None
    masked_name: str | None
    state: DueState
    schedule: tuple[DueSegment, ...]
    revision: int = 1
    assessed_at: datetime | None = None
    tier: int | None = None
    choices: tuple[TierSchedule, ...] = ()
    exempt_at: datetime | None = None
    exempt_assessment_id: int | None = None
    cancelled_at: datetime | None = None
    guardian_id: int | None = None
    birth_year: int | None = None
    number_ends: str | None = None
    earlier: tuple[Stated, ...] = ()

    @property
    def newest(self) -> Stated:
        """The newest assessment."""
        return Stated(
            self.assessment_id,
            self.revision,
            self.assessed_at,
            self.schedule,
            self.tier,
            self.choices,
            self.name_digest,
        )

    def in_force(self, instant: datetime) -> Stated | None:
        """The newest assessment that had been decided by `instant`; None when there was none."""
        decided = [
            stated
            for stated in (*self.earlier, self.newest)
            if stated.assessed_at is not None and stated.assessed_at <= instant
        ]
        return max(decided, key=lambda stated: stated.revision, default=None)

    def is_named(self, name_digest: str | None, instant: datetime) -> bool:
        """Whether this was the name at `instant`, or is by now; before anything was said, the first one."""
        return name_digest is not None and name_digest in (self.name_digest, self._name_at(instant))

    def _name_at(self, instant: datetime) -> str | None:
        """The name at an instant: it holds from the assessment that first bears it.

        Later ones may be dated before that, such as when the tier of a household is told late.
        """
        every = sorted((*self.earlier, self.newest), key=lambda stated: stated.assessment_id or 0)
        first, *later = sorted({one.revision: one for one in every}.values(), key=lambda one: one.revision)
        name = first.name_digest
        for before, one in pairwise((first, *later)):
            at = one.assessed_at
            if one.name_digest != before.name_digest and at is not None and at <= instant:
                name = one.name_digest
        return name

    def said_until(self, assessment_id: int) -> datetime | None:
        """When another assessment followed the one that said something last; None where none did."""
        later = [
            stated.assessed_at
            for stated in (*self.earlier, self.newest)
            if (stated.assessment_id or 0) > assessment_id and stated.assessed_at is not None
        ]
        return min(later, default=None)

    @property
    def exempted_by(self) -> Stated | None:
        """The assessment that the exemption stands on, as far as it is on record."""
        for stated in (*self.earlier, self.newest):
            if stated.assessment_id == self.exempt_assessment_id and stated.assessed_at is not None:
                return stated
        return None

    @property
    def exemption_known_at(self) -> datetime | None:
        """When registration knew of the exemption; the grant itself may be dated before."""
        stated = self.exempted_by
        return stated.assessed_at if stated is not None else self.exempt_at


@dataclass(frozen=True, slots=True)
class Choice:
    """What a payer chose in an order: a tier, and add-ons for `add_on_fen` in all; None: as registered."""

    tier: int | None = None
    add_on_fen: int | None = None


#: Nothing but what is registered.
AS_REGISTERED = Choice()


@dataclass(frozen=True, slots=True)
class FoundDue:
    """A due, and the digest of the identity document by which it was found.

    `last_said` is set where the person has this document no more: the last assessment that named it.
    """

    digest: str | None
    due: Due
    last_said: int | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """One sentence in each language."""

    zh: str
    en: str


def segment_at(schedule: Sequence[DueSegment], instant: datetime) -> DueSegment | None:
    """Find what is owed when paying at `instant`; None before and after the season."""
    return next((segment for segment in schedule if segment.covers(instant)), None)


def until(schedule: Sequence[DueSegment], instant: datetime) -> tuple[DueSegment, ...]:
    """What a schedule says of payments before an instant."""
    return tuple(
        segment
        if segment.until_at is not None and segment.until_at <= instant
        else segment.model_copy(update={"until_at": instant})
        for segment in schedule
        if segment.from_at < instant
    )


def owed_fen(segment: DueSegment | None) -> int:
    """What the person hands over in all, add-ons included; 0 when nothing can be paid."""
    if segment is None or segment.outcome not in ("payable", "exempt"):
        return 0
    return (segment.own_due_fen or 0) + segment.add_on_due_fen


def asks_for_add_ons(due: Due) -> bool:
    """Whether any were chosen."""
    return any(segment.add_on_due_fen for segment in due.schedule)


def on_tier(due: Due, tier: int | None) -> Due | None:
    """What is owed with a tier that a payer chooses; None where there is no such tier, or another is set."""
    if tier is None or tier == due.tier:
        return due
    found = next((one for one in due.choices if one.tier == tier), None) if due.tier is None else None
    return None if found is None else replace(due, tier=tier, schedule=found.schedule, choices=())


def still_owed(
    due: Due, now: datetime, *, paid: bool = False, add_ons_fen: int = 0, chosen_fen: int | None = None
) -> DueSegment | None:
    """What paying at this moment would still be for; None when nothing can be paid.

    The contribution is not owed any more once the year is paid for (`paid`: by any enrollment) or help covers
    it; add-ons that were chosen are, unless they were bought (`add_ons_fen`). `chosen_fen` is what the payer
    chooses of them instead.
    """
    segment = segment_at(due.schedule, now)
    if segment is None or due.state == "cancelled":
        return None
    settled = paid or due.state != "open"
    if chosen_fen is None:
        open_fen = max(0, segment.add_on_due_fen - add_ons_fen)
    else:
        open_fen = chosen_fen + (0 if settled else segment.included_fen)
    left = segment.model_copy(
        update={"own_due_fen": 0 if settled else segment.own_due_fen, "add_on_due_fen": open_fen}
    )
    return left if owed_fen(left) else None


def why(segment: DueSegment, notice: Notice | None) -> Words:
    """Say in one sentence in each language what is owed in this segment and why."""
    if segment.reason_codes:
        found = [REASONS.get(code, (code, code)) for code in segment.reason_codes]
        return Words(
            zh="；".join(zh for zh, _ in found) + "。", en=_sentence("; ".join(en for _, en in found))
        )
    zh, en = WINDOWS.get(segment.window or "", ("", ""))
    words_zh = [f"{zh}缴费标准 {yuan_text(segment.price_fen or 0)} 元"]
    words_en = [f"{en}: the standard is {yuan_text(segment.price_fen or 0)} yuan"]
    for subsidy in segment.subsidies:
        helped_zh, helped_en = _help(subsidy, notice)
        words_zh.append(helped_zh)
        words_en.append(helped_en)
    if segment.add_on_due_fen:
        words_zh.append(f"附加保险 {yuan_text(segment.add_on_due_fen)} 元")
        words_en.append(f"add-ons cost {yuan_text(segment.add_on_due_fen)} yuan")
    words_zh.append(f"本人应缴 {yuan_text(owed_fen(segment))} 元")
    words_en.append(f"to pay: {yuan_text(owed_fen(segment))} yuan")
    if segment.until_at is not None:
        words_zh.append(f"此标准至 {last_minute(segment.until_at)} 止")
        words_en.append(f"until {last_minute(segment.until_at)}")
    return Words(zh="；".join(words_zh) + "。", en=_sentence("; ".join(words_en)))


def why_closed(due: Due, notice: Notice, now: datetime) -> Words:
    """Say in one sentence in each language why nothing can be paid now, outside of every window."""
    second = second_of(now)
    # Whether a window is open that waits for a decision, nobody but registration knows.
    certain = [one for one in notice.document.windows if one.when is None or one.when.parameter is None]
    if not certain:
        return Words(zh="缴费期尚待开放。", en="The window for payment has not been opened yet.")
    windows = sorted(certain, key=lambda window: (window.from_, window.to))
    closed = [window for window in windows if window.to <= second]
    if not closed:
        opens = _minute(windows[0].from_)
        return Words(zh=f"缴费期自 {opens} 开始。", en=f"Payment opens on {opens}.")
    last = max(closed, key=lambda window: window.to)
    until = _minute(last.to - 1)
    label_zh, label_en = last.label.zh, last.label.en
    if due.revision == 1 and due.assessed_at is not None and second_of(due.assessed_at) >= last.to:
        on = f"{due.assessed_at.astimezone(SHANGHAI):%Y-%m-%d}"
        zh, en = (
            f"登记过晚：{on} 登记，{label_zh}已于 {until} 结束",
            f"Registered too late: on {on}, after the window {label_en} had closed on {until}",
        )
    else:
        zh, en = f"{label_zh}已于 {until} 结束", f"The window {label_en} closed on {until}"
    nexts = [window for window in windows if window.from_ > second]
    if not nexts:
        return Words(zh=f"{zh}。", en=f"{en}.")
    opens = _minute(nexts[0].from_)
    return Words(
        zh=f"{zh}；{nexts[0].label.zh}自 {opens} 开始。",
        en=f"{en}; the window {nexts[0].label.en} opens on {opens}.",
    )


def _minute(second: int) -> str:
    return f"{instant_of(second):%Y-%m-%d %H:%M}"


def now_and_ahead(due: Due, now: datetime) -> tuple[DueSegment | None, list[DueSegment]]:
    """Split what is left of the season: the segment that covers `now`, and those that follow it."""
    ahead: Sequence[DueSegment] = [segment for segment in due.schedule if segment.from_at > now]
    return segment_at(due.schedule, now), list(ahead)


def _help(subsidy: SubsidyLine, notice: Notice | None) -> tuple[str, str]:
    payer = notice.payer_labels.get(subsidy.payer) if notice is not None else None
    status = notice.labels.get(subsidy.status) if notice is not None else None
    how_zh, how_en = MECHANISMS.get(subsidy.mechanism, (subsidy.mechanism, subsidy.mechanism))
    amount = yuan_text(subsidy.amount_fen)
    payer_zh, payer_en = (payer.zh, payer.en) if payer else (subsidy.payer, subsidy.payer)
    status_zh, status_en = (status.zh, status.en) if status else (subsidy.status, subsidy.status)
    return (
        f"{payer_zh}{how_zh} {amount} 元（{status_zh}）",
        f"{payer_en} {how_en}: {amount} yuan ({status_en})",
    )


def last_minute(until_at: datetime) -> str:
    """Name the last minute before a border: people read "2019-12-31 23:59", not "2020-01-01 00:00"."""
    return f"{(until_at - timedelta(seconds=1)).astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."

"""What the page of a person shows: one season of theirs, whether they are covered, and what happened."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from libs.common.divisions import CODE_LENGTH, prefix_of
from services.console.home.rules import is_of_county, may
from services.console.persons.words import Names
from services.console.session.rules import Visitor

#: Those in which somebody has still to pay.
OPEN_STATES = ("registered", "assessed")
#: So much of a story stands on one page.
EVENTS = 100
#: Those with which a year is complete.
COMPLETE_STATES = ("paid", "exempt")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: when, what in both languages, and the money of it."""

    at: datetime
    says_zh: str
    says: str
    amount_fen: int | None = None
    #: Whether somebody has to do something about it.
    trouble: bool = False
    #: The page of what it was, if there is one.
    page: str = ""


@dataclass(frozen=True, slots=True)
class Called:
    """What a notice calls its channels, payers, statuses and places, by their codes.

    Places stand by the digits that all within them share.
    """

    channels: Names = field(default_factory=dict)
    payers: Names = field(default_factory=dict)
    statuses: Names = field(default_factory=dict)
    places: Names = field(default_factory=dict)

    def channel(self, code: str) -> tuple[str, str]:
        """What a channel is called in both languages."""
        return named(self.channels, code)

    def payer(self, code: str) -> tuple[str, str]:
        """What a payer is called in both languages."""
        return named(self.payers, code)

    def place(self, code: str | None) -> tuple[str, str]:
        """A place by its name and code; a village that has no name by that of its township."""
        if not code:
            return "", ""
        known = prefix_of(code) if len(code) == CODE_LENGTH and code.isdecimal() else code
        names = self.places.get(known) or (self.places.get(known[:9]) if len(known) > 9 else None)
        return (f"{names[0]} {code}", f"{names[1]} {code}") if names else (code, code)


@dataclass(frozen=True, slots=True)
class Cover:
    """A year of a person as far as cover goes: its state, from when to when, when it ended otherwise."""

    state: str
    begins: date | None
    ends: date | None
    contested: bool = False


def named(names: Mapping[str, tuple[str, str]], code: str) -> tuple[str, str]:
    """What a code is called in both languages; a code without a name stays as it is."""
    return names.get(code, (code, code))


def cover_says(cover: Cover, today: date) -> tuple[str, str]:
    """Whether somebody is insured, from when to when, as it is said on the telephone today."""
    if cover.state == "withdrawn":
        return "已退保，不享受待遇。", "The cover was withdrawn."
    if cover.state == "cancelled":
        return "参保已取消，不享受待遇。", "The enrollment was cancelled: there is no cover."
    if cover.state not in COMPLETE_STATES:
        return "尚未缴费，目前不享受待遇。", "Not paid yet: there is no cover."
    if cover.begins is None:
        return "已参保，待遇起止日期尚未确定。", "Insured; the days of cover are not known yet."
    doubt = ("（参保依据待核实）", " (its reason is being looked into)") if cover.contested else ("", "")
    until = (f"至 {cover.ends} ", f" to {cover.ends}") if cover.ends else ("起", " on")
    if cover.ends is not None and cover.ends < today:
        return (
            f"待遇期已于 {cover.ends} 结束（自 {cover.begins} 起）{doubt[0]}。",
            f"The cover ended on {cover.ends}; it began on {cover.begins}{doubt[1]}.",
        )
    if cover.begins > today:
        return (
            f"已参保，自 {cover.begins} {until[0]}享受待遇，目前尚未生效{doubt[0]}。",
            f"Insured: covered from {cover.begins}{until[1]}, not yet today{doubt[1]}.",
        )
    return (
        f"已参保，自 {cover.begins} {until[0]}享受待遇{doubt[0]}。",
        f"Insured: covered from {cover.begins}{until[1]}{doubt[1]}.",
    )


def year_shown(years: Iterable[int], wanted: int | None) -> int | None:
    """The year that was asked for where there is one, else the newest."""
    known = list(years)
    return wanted if wanted in known else max(known, default=None)


def is_transaction(number: str) -> bool:
    """Whether a number is none of a voucher: those are digits alone, 22 of them."""
    return not (number.isdecimal() and len(number) == 22)


def searches_of(scopes: Iterable[str]) -> tuple[str, ...]:
    """The ways to find somebody that lead somewhere with these scopes, in the order of the page."""
    held = set(scopes)
    needed = {
        "number": {"registration:read"},
        # What it finds is shown on the page of the person.
        "paper": {"collection:read", "registration:read"},
        "village": {"survey:read"},
    }
    return tuple(way for way, asked in needed.items() if asked <= held)


def sees_notifications(visitor: Visitor) -> bool:
    """Whether somebody is shown what channels sent: they name people in clear, and are of a whole county."""
    return is_of_county(visitor) and may(visitor, "collection:read") and may(visitor, "pii:read")


def page_of(events: Sequence[Event], back: int) -> tuple[Sequence[Event], int | None]:
    """What of a story stands on the page so far back, the newest being page 0; and where it goes on."""
    end = max(len(events) - back * EVENTS, 0)
    return events[max(end - EVENTS, 0) : end], back + 1 if end > EVENTS else None

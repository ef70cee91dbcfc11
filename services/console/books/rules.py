"""What may be done to numbers of paper as they stand, by whom, and how many they are."""

import re
from urllib.parse import urlencode

from libs.common.divisions import Level, county_of, level_of, township_of
from services.console.home.rules import may
from services.console.session.rules import Visitor

#: Of numbers in a state: what may be done to them.
_OF_STATES = {"held": ("handed_on", "returned", "void", "lost"), "lost": ("found",), "void": ("restored",)}
#: What those do who look after collectors; the rest is for whoever holds the numbers.
_REVIEWED = ("received", "handed_on")
#: What takes numbers out of use: which ones is typed, so that nobody takes out a whole book by two keys.
TYPED = ("void", "lost")
_NUMBER = re.compile(r"((?:.*[^0-9])?)([0-9]{1,18})")


def sees(visitor: Visitor) -> bool:
    """Whether a role sees who holds which numbers at all."""
    return any(may(visitor, scope) for scope in ("cash:write", "cash:review", "collection:read"))


def may_move(visitor: Visitor, kind: str) -> bool:
    """Whether a role makes such a move."""
    return may(visitor, "cash:review" if kind in _REVIEWED else "cash:write")


def moves_of(visitor: Visitor, state: str, *, by_collector: bool) -> list[str]:
    """The moves of numbers in a state that a visitor may make; a collector hands nothing on."""
    kinds = _OF_STATES.get(state, ())
    return [one for one in kinds if may_move(visitor, one) and not (by_collector and one == "handed_on")]


def filled_in(kind: str, first_no: str, last_no: str) -> dict[str, str]:
    """What stands in the form of a move of a range at first."""
    if kind in TYPED and first_no != last_no:
        return {}
    return {"first_no": first_no, "last_no": last_no}


def way(county: str, voucher: str, voucher_no: str, step: str = "") -> str:
    """The page of the range that a number is in, or of a step of it."""
    path = f"books/{county}/{voucher}" + (f"/{step}" if step else "")
    return f"{path}?{urlencode({'no': voucher_no})}"


def count_of(first_no: str, last_no: str) -> int | None:
    """How many numbers there are from one to another; None where they do not follow each other."""
    first, last = _NUMBER.fullmatch(first_no), _NUMBER.fullmatch(last_no)
    if first is None or last is None or first[1] != last[1] or len(first[2]) != len(last[2]):
        return None
    count = int(last[2]) - int(first[2]) + 1
    return count if count > 0 else None


def offices_above(division: str) -> list[str]:
    """The offices to which whoever sees a division returns paper: of the township, and of the county."""
    code = division.ljust(12, "0")
    if level_of(code) in (Level.VILLAGE, Level.TOWNSHIP):
        return [township_of(code), county_of(code)]
    return [county_of(code)] if level_of(code) is Level.COUNTY else []


def office_said(code: str) -> tuple[str, str]:
    """What the office of a division is called."""
    level = level_of(code)
    if level is Level.TOWNSHIP:
        return f"乡镇（街道）经办机构（{code}）", f"township office ({code})"
    if level is Level.VILLAGE:
        return f"村（社区）（{code}）", f"village ({code})"
    return f"县级经办机构（{code}）", f"county office ({code})"

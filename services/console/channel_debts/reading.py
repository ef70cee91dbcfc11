"""Which days a slip pays, as somebody types them: a line for each."""

import re
from collections.abc import Iterable
from datetime import date

from libs.common.money import parse_yuan, yuan_grouped
from services.console.channel_debts.schemas import PaidDay

_LINE = re.compile(r"(\d{4}-\d\d-\d\d)[ \t,，]+(-?)([0-9][0-9,]*(?:\.[0-9]{1,2})?)(?:元)?")


def typed_days(text: str) -> list[PaidDay]:
    """Read lines such as `2019-11-04 745.44`; below zero what went back that day is taken off.

    Raises ValueError.
    """
    days = []
    for line in filter(None, map(str.strip, text.splitlines())):
        found = _LINE.fullmatch(line)
        if found is None:
            raise ValueError(line)
        fen = parse_yuan(found[3].replace(",", "") + "元")
        days.append(PaidDay(on=date.fromisoformat(found[1]), amount_fen=-fen if found[2] else fen))
    if not days:
        raise ValueError(text)
    return days


def as_typed(days: Iterable[PaidDay]) -> str:
    """The lines of days."""
    return "\n".join(f"{one.on.isoformat()} {yuan_grouped(one.amount_fen)}" for one in days)

"""How a notice has people reminded of paying."""

from dataclasses import dataclass

from libs.common.policy.format.conditions_model import Label
from libs.common.policy.format.reader import Clock


@dataclass(frozen=True, slots=True)
class Quiet:
    """From when to when (of the day) nobody is sent a message; over midnight where it ends earlier."""

    from_: Clock
    to: Clock


#: What a message may say in braces: `people` is how many have to pay.
MESSAGE_NAMES = ("place", "year", "people", "last_day")


@dataclass(frozen=True, slots=True)
class MessageText:
    """What a message says; `{place}`, `{year}`, `{people}` and `{last_day}` are filled in."""

    id: str
    clause: str
    label: Label
    text: Label


@dataclass(frozen=True, slots=True)
class Messages:
    """Messages that remind of paying: to one phone at most one in `every_days`, and `most` in a season."""

    clause: str
    label: Label
    every_days: int
    most: int
    quiet: Quiet
    texts: tuple[MessageText, ...]
    questions: tuple[str, ...] = ()

"""How a notice has people reminded of paying."""

from dataclasses import dataclass

from libs.common.policy.format import vocabulary as v
from libs.common.policy.format.conditions_model import Label
from libs.common.policy.format.reader import Clock


@dataclass(frozen=True, slots=True)
class Quiet:
    """From when to when (of the day) nobody is sent a message; over midnight where it ends earlier."""

    from_: Clock
    to: Clock


#: What a message may say in braces of who could repair lapsed years: how many, and how much shorter the wait.
REPAIR_NAMES = ("repair_years", "repair_months")
#: What a message may say in braces: `people` is how many have to pay.
MESSAGE_NAMES = ("place", "year", "people", "last_day", *REPAIR_NAMES)


@dataclass(frozen=True, slots=True)
class MessageText:
    """What a message says, and to whom; names in braces are filled in.

    To `could_repair`, `{repair_years}` and `{repair_months}` are those of whom it helps most at the phone.
    """

    id: str
    clause: str
    label: Label
    text: Label
    who: v.Reminded = "unpaid"


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

"""Where people register, as a notice states it."""

from dataclasses import dataclass

from libs.common.policy.format.conditions_model import Condition, Label
from libs.common.policy.format.reader import Closes


@dataclass(frozen=True, slots=True)
class Registration:
    """Where and with which papers somebody registers; `by` when it has a deadline of its own.

    `when` is for whom, where facts of people tell; `then` is the registration that they go to after `by`.
    `earlier_year_first`: who owes the coverage year before pays it before this one, or together with it.
    """

    id: str
    clause: str
    who: Label
    where: Label
    when: Condition | None = None
    papers: tuple[str, ...] = ()
    by: Closes | None = None
    then: str | None = None
    earlier_year_first: bool = False
    questions: tuple[str, ...] = ()

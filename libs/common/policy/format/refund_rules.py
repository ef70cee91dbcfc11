"""What a notice says of giving contributions back, and what is asked of whoever wants one."""

from dataclasses import dataclass
from typing import Literal

from libs.common.policy.format.conditions_model import Label
from libs.common.policy.format.reader import Closes, Opens


@dataclass(frozen=True, slots=True)
class Proof:
    """A paper that has to lie before; it is named by its code."""

    code: str
    label: Label


@dataclass(frozen=True, slots=True)
class RefundReason:
    """A reason for which a contribution is given back.

    It is asked for from `from` until `to`, and no more than `within_days` after the day of payment. What
    `goes_to` an heir goes to the card of somebody who is named.
    """

    id: str
    clause: str
    label: Label
    proofs: tuple[Proof, ...] = ()
    from_: Opens | None = None
    to: Closes | None = None
    within_days: int | None = None
    goes_to: Literal["person", "heir"] = "person"
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refunds:
    """Whether contributions go back at all; where they do for listed reasons only, for which."""

    clause: str
    label: Label
    rule: Literal["not_stated", "default_deny", "collector_decides", "listed"]
    reasons: tuple[RefundReason, ...] = ()
    questions: tuple[str, ...] = ()

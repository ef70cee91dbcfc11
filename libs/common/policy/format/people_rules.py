"""Statuses, households and add-ons of a notice, as the file states them."""

from dataclasses import dataclass
from typing import Literal

from libs.common.policy.format import vocabulary as v
from libs.common.policy.format.conditions_model import Condition, Label
from libs.common.policy.format.reader import Fen


@dataclass(frozen=True, slots=True)
class StatusClass:
    """A class within a status, such as the second class of rural dibao."""

    code: str
    label: Label


@dataclass(frozen=True, slots=True)
class StatusRule:
    """A status the notice names: who decides it, its classes, and the event its recognition is, if any.

    `per` says whether a department recognizes persons or whole households; either way only the roster counts.
    `carried_over` keeps whom the list of the year before has, until a roster of the new year says otherwise.
    """

    code: str
    clause: str
    label: Label
    department: str
    classes: tuple[StatusClass, ...] = ()
    per: Literal["person", "household"] = "person"
    event: v.EventKind | None = None
    carried_over: bool = False
    definition: str | None = None
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Excuse:
    """A reason for which a household member need not join, with the proof asked for.

    `reason` is the word by which the survey of a village writes it down.
    """

    label: Label
    clause: str
    proof: str
    reason: v.AbsenceReason | None = None


@dataclass(frozen=True, slots=True)
class Household:
    """What a household has to do together. Only `same_tier` changes an answer; registration uses the rest.

    With `when`, who has not enrolled is lacking only where it holds, or where nothing is on record to ask.
    """

    clause: str
    label: Label
    unit: Literal["individual", "household"]
    same_tier: bool = False
    tier_clause: str | None = None
    complete: Literal["not_required", "warn", "required"] = "not_required"
    when: Condition | None = None
    indivisible_payment: bool = False
    voucher_per: Literal["person", "household", "payment"] = "person"
    place: Literal["hukou", "residence", "hukou_or_residence"] = "hukou_or_residence"
    excuses: tuple[Excuse, ...] = ()
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AddOn:
    """Insurance sold beside the fund: its own price, its own payee, never posted to the fund.

    With `inside_price` nobody chooses it: it is a part of what everybody pays of whom `when` holds.
    """

    code: str
    clause: str
    label: Label
    price: Fen
    payee: str
    departments: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    inside_price: bool = False
    when: Condition | None = None
    questions: tuple[str, ...] = ()

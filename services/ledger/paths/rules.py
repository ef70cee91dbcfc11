"""The way of the money as a notice has it (`money_path`): which movements it knows, and what waits where.

A notice names the accounts that it cares about. Money may rest on further accounts of the ledger on the way:
a step from the payer to the treasury is gone by settlement and treasury receipt. So a movement is on the way
where each stretch of it lies within a step of the notice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from libs.common.policy import Notice
from libs.common.policy.format.custody_rules import MoneyStep
from services.ledger.accounts import rules as accounts
from services.ledger.postings.kinds import Kind


class Place(IntEnum):
    """Where money can lie, in the order in which it gets there."""

    #: Paid, and still with its channel.
    CHANNEL = 0
    #: In the hands of whoever took it.
    HAND = 1
    #: On the account of a bank that waits for it to go on.
    BANK = 2
    TREASURY = 3
    SPECIAL_FISCAL_ACCOUNT = 4
    CITY = 5


#: Role of an account of a notice -> the place of the ledger that it is. An add-on's payee lies off the way.
PLACES: Mapping[str, Place] = {
    "collector_cash": Place.HAND,
    "pending_remittance": Place.BANK,
    "designated_bank": Place.BANK,
    "treasury": Place.TREASURY,
    "special_fiscal_account": Place.SPECIAL_FISCAL_ACCOUNT,
    "city_special_account": Place.CITY,
}
PAYEE_ROLE, EMPLOYEE_FUND_ROLE = "add_on_payee", "employee_fund"
#: Where a step begins that is from no account.
PAYER, DEPARTMENTS = "payer", "departments"
_ACCOUNTS: Mapping[str, Place] = {
    accounts.PENDING_REMITTANCE: Place.BANK,
    accounts.TREASURY: Place.TREASURY,
    accounts.SPECIAL_FISCAL_ACCOUNT: Place.SPECIAL_FISCAL_ACCOUNT,
    accounts.UPWARD: Place.CITY,
}
#: The notices say nothing of fees: who bears one makes up for it, which brings the fund what it is short of.
_UNSAID = (Kind.CHANNEL_FEE, Kind.CHANNEL_FEE_REIMBURSED)
#: Kind of a movement -> from where to where it leads.
_WAYS: Mapping[str, tuple[Place, Place]] = {
    Kind.CHANNEL_SETTLEMENT: (Place.CHANNEL, Place.BANK),
    Kind.TREASURY_RECEIPT: (Place.BANK, Place.TREASURY),
    Kind.FISCAL_TRANSFER: (Place.TREASURY, Place.SPECIAL_FISCAL_ACCOUNT),
    Kind.UPWARD_REMITTANCE: (Place.SPECIAL_FISCAL_ACCOUNT, Place.CITY),
}


class OffPath(Exception):
    """The notice knows no step that a movement would be, or another department does it.

    `departments` are those that do; none where no step is known.
    """

    def __init__(self, departments: tuple[str, ...] = ()) -> None:
        super().__init__(f"the notice leaves it to {departments}")
        self.departments = departments

    @property
    def why(self) -> str:
        """In one word, as it is kept."""
        return "other_department" if self.departments else "not_on_path"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A step of a notice, and between which places it leads; no places where it lies off the way.

    With `of_employees` it is how an employees' fund pays what it owes.
    """

    step: MoneyStep
    begins: Place | None
    ends: Place | None
    of_employees: bool = False

    def holds(self, place: Place) -> bool:
        """Whether money at this place waits for this step."""
        return self.begins is not None and self.ends is not None and self.begins <= place < self.ends


def stretches(notice: Notice) -> tuple[Stretch, ...]:
    """Every step of the notice, in its order."""
    employees = _of_employees(notice)
    return tuple(
        Stretch(step, _place(notice, step.from_), _place(notice, step.to), step in employees)
        for step in notice.money_path
    )


def place_of(account: str) -> Place | None:
    """Where the money of an account of the ledger lies; None of an account that is no place."""
    if accounts.is_cash(account):
        return Place.HAND
    if account.startswith(accounts.clearing("")):
        return Place.CHANNEL
    return _ACCOUNTS.get(account)


def titles(notice: Notice | None, account: str) -> tuple[str, str]:
    """What an account of the ledger is called, by the notice where it names one: in English, in Chinese."""
    place, chart = _ACCOUNTS.get(account), accounts.account_of(account)
    if notice is not None and accounts.is_employee_fund(account):
        one = notice.accounts.get(account.removeprefix(accounts.employee_fund("")))
        if one is not None:
            return f"Due from: {one.label.en}", f"应由{one.label.zh}划入"
    for one in notice.accounts.values() if notice is not None and place is not None else ():
        if PLACES.get(one.role) == place:
            return one.label.en, one.label.zh
    return chart.title, chart.title_zh


def check(notice: Notice, kind: str, payee: str | None, department: str) -> str | None:
    """Give the clauses by which a movement is one of the notice; None of a notice that says nothing about it.

    `department` is whose it is, '' of somebody who works for no certain one. Raises OffPath.
    """
    steps = _add_on_steps(notice, payee) if payee is not None else _steps(notice, kind)
    if steps is None:
        return None
    if not steps:
        raise OffPath
    who = _departments(notice, steps)
    if department and department not in who:
        raise OffPath(who)
    return "；".join(dict.fromkeys(step.clause for step in steps))


def knows(notice: Notice, kind: str) -> bool:
    """Whether money moves so by the notice, or it says nothing of its way."""
    return _steps(notice, kind) != ()


def waits_for(account: str, stretch: Stretch) -> bool:
    """Whether what lies on an account of the ledger waits for a step of the notice."""
    if accounts.is_employee_fund(account):
        return account == accounts.employee_fund(stretch.step.from_)
    place = place_of(account)
    return place is not None and stretch.holds(place)


def kinds_of(stretch: Stretch) -> tuple[str, ...]:
    """The kinds of movements of which a step is made."""
    if stretch.of_employees:
        return (Kind.EMPLOYEE_FUND_TRANSFER,)
    return tuple(
        kind
        for kind, (begins, ends) in _WAYS.items()
        if any(stretch.holds(place) for place in Place if begins <= place < ends)
    )


def _place(notice: Notice, end: str) -> Place | None:
    if end == PAYER:
        return Place.CHANNEL
    account = notice.accounts.get(end)
    return None if account is None else PLACES.get(account.role)


def _steps(notice: Notice, kind: str) -> tuple[MoneyStep, ...] | None:
    """The steps of which a movement is part: none where a stretch of it lies in no step."""
    if not notice.money_path or kind in _UNSAID:
        return None
    if kind == Kind.EMPLOYEE_FUND_TRANSFER:
        return _of_employees(notice) or None
    begins, ends = _WAYS[kind]
    found: list[MoneyStep] = []
    for place in Place:
        if begins <= place < ends:
            within = [one.step for one in stretches(notice) if one.holds(place)]
            if not within:
                return ()
            found += within
    return tuple(dict.fromkeys(found))


def _of_employees(notice: Notice) -> tuple[MoneyStep, ...]:
    """What the notice says of how employees' funds pay what they owe."""
    funds = {one.code for one in notice.accounts.values() if one.role == EMPLOYEE_FUND_ROLE}
    return tuple(one for one in notice.money_path if one.from_ in funds)


def _add_on_steps(notice: Notice, payee: str) -> tuple[MoneyStep, ...] | None:
    """What the notice says of handing money over to the payee of an add-on."""
    payees = {one.code for one in notice.accounts.values() if one.role == PAYEE_ROLE}
    sold = {one.payee for one in notice.add_ons.values()}
    steps = tuple(one for one in notice.money_path if one.to == payee and payee in payees)
    return steps or (None if payee in payees | sold or not payees | sold else ())


def _departments(notice: Notice, steps: Sequence[MoneyStep]) -> tuple[str, ...]:
    """Whose a movement is: of what payers gave also the collector's, who answers for every channel."""
    who = [step.department for step in steps]
    if any(step.from_ == PAYER for step in steps):
        who += [code for code, one in notice.departments.items() if one.role == "collector"]
    return tuple(dict.fromkeys(who))


@dataclass(frozen=True, slots=True)
class Day:
    """What came to an account and what left it on one day."""

    account: str
    day: date
    came_fen: int
    left_fen: int


def oldest(days: Sequence[Day]) -> date | None:
    """Since when the oldest money of an account lies there, if any: what came first leaves first."""
    left_fen = sum(one.left_fen for one in days)
    for one in sorted(days, key=lambda one: one.day):
        left_fen -= one.came_fen
        if left_fen < 0:
            return one.day
    return None

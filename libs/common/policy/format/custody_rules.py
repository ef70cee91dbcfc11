"""How a notice wants money, vouchers and account books handled: channels, cash, accounts, handovers."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from libs.common.dates import DAY_SECONDS, first_second, instant_of
from libs.common.policy.format.conditions_model import Label
from libs.common.policy.format.reader import Clock


@dataclass(frozen=True, slots=True)
class Account:
    """An account that money rests in on its way."""

    code: str
    clause: str
    label: Label
    role: Literal[
        "collector_cash",
        "pending_remittance",
        "designated_bank",
        "treasury",
        "special_fiscal_account",
        "city_special_account",
        "add_on_payee",
        "employee_fund",
    ]
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MoneyStep:
    """One step of the money from account to account, and who takes it."""

    clause: str
    from_: str
    to: str
    department: str
    label: Label


Relation = Literal["spouse", "parent", "child", "sibling", "grandparent", "grandchild"]
"""What a relative is to the employee whose account pays."""


@dataclass(frozen=True, slots=True)
class PersonalAccount:
    """That what comes through a channel is money of employees' personal accounts, and for whom they pay.

    `account` is the employees' fund that owes it. A relative is on the list that the employee keeps at the
    bureau, as one of `relations`.
    """

    clause: str
    account: str
    relations: tuple[Relation, ...]
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to pay. `pays_for` limits for whom; `voucher` is what the payer gets.

    With `personal_account` no household pays but the fund of the payer, an employee.
    """

    code: str
    clause: str
    label: Label
    kind: Literal["app", "web", "terminal", "counter", "collector", "bank", "pos", "batch", "add_on"]
    pays_for: Literal["self", "family", "anyone", "own_area"]
    voucher: str | None = None
    takes_cash: bool = False
    real_name_check: bool = False
    personal_account: PersonalAccount | None = None
    note: Label | None = None
    questions: tuple[str, ...] = ()

    @property
    def by_hand(self) -> bool:
        """Whether a person takes the money there; the others tell of it themselves."""
        return self.kind in ("collector", "counter", "bank", "pos", "batch", "add_on")

    @property
    def knows_payers(self) -> bool:
        """Whether it can tell for whom the payer may pay: of money taken by hand nobody is told who pays."""
        return not self.by_hand or (self.kind == "add_on" and not self.takes_cash)


@dataclass(frozen=True, slots=True)
class CashDeposit:
    """When cash taken by hand must be in the account.

    `same_day`: collected up to `cutoff` (that second included) the same day, later `late`.
    `every_days`: at most `days` days after it was collected. `after_review`: when the roster has passed.
    """

    clause: str
    label: Label
    rule: Literal["same_day", "every_days", "after_review", "no_cash"]
    account: str | None = None
    cutoff: Clock | None = None
    late: Literal["next_calendar_day", "next_workday"] | None = None
    days: int | None = None
    forbidden: tuple[Label, ...] = ()
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchStep:
    """One step of a village's batch, and whose it is.

    `submit`: the village hands in roster, paper and money. `review`: a department compares them. `deposit`:
    the money of the batch goes to the bank. `book`: a department books it. `confirm`: a department confirms
    that everybody of the batch is enrolled and has paid. `within` names the service days that it may take,
    `by` the deadline after which it is late.
    """

    id: str
    kind: Literal["submit", "review", "deposit", "book", "confirm"]
    clause: str
    label: Label
    department: str
    within: str | None = None
    by: str | None = None
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VillageBatches:
    """How what villages took through some channels is handed in and checked as a whole, step by step."""

    clause: str
    label: Label
    channels: tuple[str, ...]
    steps: tuple[BatchStep, ...]
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Voucher:
    """A receipt document: numbered paper stock that is written off, or a printed or electronic one."""

    code: str
    clause: str
    label: Label
    medium: Literal["paper_stock", "printed", "electronic"]
    per: Literal["person", "household", "payment"]
    copies: int = 1
    seals: tuple[str, ...] = ()
    writeoff: Literal["none", "month_end", "year_end"] = "none"
    issued_by: str | None = None
    fields: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FiscalMatch:
    """That finance adds its match for everybody who counts, at each handover to which it is a party.

    `amount` names the match per head among the amounts: whoever pays a price that adds it up earns none. Who
    bears it in which shares stands in no notice: finance enters it.
    """

    clause: str
    label: Label
    amount: str
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HandoverParty:
    """What one department does by a handover; `due_on` when earlier than the handover itself."""

    department: str
    does: Label
    clause: str
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Handover:
    """A deadline at which totals of an accounting interval (both days included) are handed over.

    With `kind: monthly` the interval is repeated month by month, each due on `due_day` of the next month.
    `closing` is the last one that has a date; `supplementary` stands for one a month from there on, without
    an end, for whatever still moves then.
    """

    id: str
    kind: Literal["main", "monthly", "period", "closing", "supplementary"]
    clause: str
    label: Label
    accounting_from: date
    parties: tuple[HandoverParty, ...]
    accounting_to: date | None = None
    due_on: date | None = None
    due_day: int | None = None
    roll: Literal["none", "next_workday"] = "none"
    questions: tuple[str, ...] = ()

    @property
    def last_day(self) -> date:
        """Return the last accounting day of a single handover: only the rule without an end has none."""
        assert self.accounting_to is not None, "the check of notices asks for it"
        return self.accounting_to

    @property
    def cutoff_second(self) -> int:
        """Return the second at which the accounting interval has ended (excluded)."""
        return first_second(self.last_day) + DAY_SECONDS

    @property
    def cutoff_at(self) -> datetime:
        """Return the instant at which the accounting interval has ended (excluded), Asia/Shanghai."""
        return instant_of(self.cutoff_second)

    @property
    def is_rule_for_months(self) -> bool:
        """Say whether this entry of the file stands for one handover each month, as far as it goes."""
        return self.kind == "monthly" and self.due_on is None

    @property
    def series(self) -> str:
        """Return what goes on from itself: of one month of several, the id that the file gives them all."""
        return self.id


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """By when what a channel says of a day is compared with what was taken, and the day closed.

    `within`: so long after the day as that entry of `service_days` allows; `month_end`: in the month of the
    day; `next_month`: by `day` of the month after it.
    """

    clause: str
    label: Label
    department: str
    rule: Literal["within", "month_end", "next_month"]
    within: str | None = None
    day: int | None = None
    questions: tuple[str, ...] = ()

"""From which account to which each step of the money goes, and whether it may.

The steps: a channel settles into the pending-remittance account (cash_deposit), less the fee that it keeps;
the treasury receives it, finance has it in the special fiscal account, the city gets it (Youxi 2020, 六(一),
七(一)). Who bears the fee makes up for it. A step cannot
move more than stands on its account; what is in suspense or for add-ons moves along, but not to the city. Its
date is its own and not that of the coverage year (七(二): the accounting for 2020 runs to 2021-03-31).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from libs.common.events.envelope import Fact
from services.ledger.accounts import rules as accounts
from services.ledger.postings.kinds import Kind
from services.ledger.postings.rules import Leg, Season

#: The kinds of posting that are steps of the money.
StepKind = Literal[
    Kind.CHANNEL_SETTLEMENT,
    Kind.EMPLOYEE_FUND_TRANSFER,
    Kind.CHANNEL_FEE,
    Kind.CHANNEL_FEE_REIMBURSED,
    Kind.TREASURY_RECEIPT,
    Kind.FISCAL_TRANSFER,
    Kind.UPWARD_REMITTANCE,
    Kind.ADD_ON_HANDOVER,
]

#: kind -> (source, destination). A settlement and a fee come from the clearing account of their channel, a
#: transfer from the account of what its employees' fund owes, and what makes up for a fee from its own.
STEPS: Mapping[str, tuple[str, str]] = {
    Kind.CHANNEL_SETTLEMENT: ("", accounts.PENDING_REMITTANCE),
    Kind.EMPLOYEE_FUND_TRANSFER: ("", accounts.SPECIAL_FISCAL_ACCOUNT),
    Kind.CHANNEL_FEE: ("", ""),
    Kind.CHANNEL_FEE_REIMBURSED: ("", accounts.SPECIAL_FISCAL_ACCOUNT),
    Kind.TREASURY_RECEIPT: (accounts.PENDING_REMITTANCE, accounts.TREASURY),
    Kind.FISCAL_TRANSFER: (accounts.TREASURY, accounts.SPECIAL_FISCAL_ACCOUNT),
    Kind.UPWARD_REMITTANCE: (accounts.SPECIAL_FISCAL_ACCOUNT, accounts.UPWARD),
}
#: Steps that begin at a channel, or at an employees' fund, which stands for one.
OF_A_CHANNEL = (
    Kind.CHANNEL_SETTLEMENT,
    Kind.EMPLOYEE_FUND_TRANSFER,
    Kind.CHANNEL_FEE,
    Kind.CHANNEL_FEE_REIMBURSED,
)
#: Of which accounts a movement takes all there is where it names none, and how their channels begin.
_ALL_OF_EACH: Mapping[str, tuple[str, str]] = {
    Kind.CHANNEL_SETTLEMENT: (accounts.clearing(""), ""),
    Kind.EMPLOYEE_FUND_TRANSFER: (accounts.employee_fund(""), accounts.employee_fund("")),
    Kind.CHANNEL_FEE_REIMBURSED: (accounts.channel_fee(""), ""),
}
#: What each is called on tables and papers.
STEP_NAMES: Mapping[str, str] = {
    "channel_settlement": "解缴（渠道→待报解账户）",
    "employee_fund_transfer": "职工医保基金划入（个人账户共济）",
    "channel_fee": "渠道扣收手续费",
    "channel_fee_reimbursed": "手续费承担方补足",
    "treasury_receipt": "入库",
    "fiscal_transfer": "划转财政专户",
    "upward_remittance": "上解",
    "add_on_handover": "附加险移交收款方",
}


class Part(BaseModel):
    """The money of one channel within a settlement; the other steps have one part without a channel.

    Add-ons are handed over to their payee, by finance or by the channel itself. `summed`: what came together
    with contributions, whose events carry a sum and no payee.
    """

    model_config = ConfigDict(frozen=True)

    channel: str | None = None
    payee: str | None = None
    summed: bool = False
    amount_fen: int


class MovementRecorded(Fact):
    """An operator recorded that money moved on, or that an earlier movement was wrong (`reverses_id`)."""

    type: ClassVar[str] = "canbao.movement.recorded.v1"
    topic: ClassVar[str] = "canbao.ledger"

    movement_id: int
    county: str
    coverage_year: int
    kind: str
    parts: tuple[Part, ...]
    business_at: AwareDatetime
    reference: str
    reverses_id: int | None = None


class MoreThanThereIs(Exception):
    """A movement wants more than stands on an account."""

    def __init__(self, account: str, wanted_fen: int, there_fen: int) -> None:
        super().__init__(f"{account} has {there_fen} fen, not {wanted_fen}")
        self.account, self.wanted_fen, self.there_fen = account, wanted_fen, there_fen


class ChannelMissing(Exception):
    """A settlement, or a transfer, with an amount does not say whose money it is."""


class CashIsDeposited(Exception):
    """Cash in a collector's hands is banked by a deposit with its slip, which collection tells of."""


class PayeeMissing(Exception):
    """A hand-over of add-ons does not say to whom, or another step does."""


def movement_legs(fact: MovementRecorded) -> Iterator[Leg]:
    """Post a movement, or the mirror of the one it reverses."""
    season = Season(fact.county, fact.coverage_year)
    for part in fact.parts:
        source, destination = accounts_of(fact.kind, part.channel, part.payee)
        leg = Leg(season, fact.kind, source, destination, part.amount_fen, channel=part.channel)
        legs = [leg]
        if fact.kind == Kind.ADD_ON_HANDOVER:
            add_on = accounts.add_on(None if part.summed else part.payee)
            legs.append(leg._replace(kind=Kind.ADD_ON_DISCHARGED, source=add_on, destination=accounts.HELD))
        yield from (one.mirrored() if fact.reverses_id is not None else one for one in legs)


def check_payee(kind: str, payee: str | None) -> None:
    """Have a hand-over of add-ons, and no other step, say to whom. Raises PayeeMissing."""
    if (payee is None) == (kind == Kind.ADD_ON_HANDOVER):
        raise PayeeMissing


def accounts_of(kind: str, channel: str | None, payee: str | None = None) -> tuple[str, str]:
    """Give source and destination of a step. Raises ChannelMissing, CashIsDeposited and PayeeMissing."""
    check_payee(kind, payee)
    if payee is not None:
        source = accounts.SPECIAL_FISCAL_ACCOUNT if channel is None else accounts.clearing(channel)
        return source, accounts.payee(payee)
    source, destination = STEPS[kind]
    if kind in OF_A_CHANNEL:
        if channel is None or accounts.is_employee_fund(channel) != (kind == Kind.EMPLOYEE_FUND_TRANSFER):
            raise ChannelMissing
        if accounts.is_cash(channel):
            raise CashIsDeposited
        source = accounts.clearing(channel)
        if kind == Kind.CHANNEL_FEE:
            destination = accounts.channel_fee(channel)
        elif kind == Kind.CHANNEL_FEE_REIMBURSED:
            source = accounts.channel_fee(channel)
    return source, destination


def parts_to_move(
    kind: str, channel: str | None, amount_fen: int | None, balances: Mapping[str, int], ahead_fen: int = 0
) -> tuple[Part, ...]:
    """Decide what moves: `amount_fen`, or without it all there is (of one channel or of every channel).

    A channel owes all that it took, and of what is in no books yet a slip may bring `ahead_fen`. The city
    gets only what belongs to the fund.
    Raises MoreThanThereIs, ChannelMissing and CashIsDeposited.
    """
    if amount_fen is None and channel is None and kind in _ALL_OF_EACH:
        begins, kept = _ALL_OF_EACH[kind]
        parts = [
            (kept + name.removeprefix(begins), fen)
            for name, fen in balances.items()
            if name.startswith(begins)
        ]
        return tuple(Part(channel=name, amount_fen=fen) for name, fen in sorted(parts) if fen > 0)
    source, _ = accounts_of(kind, channel)
    there_fen = balances.get(source, 0)
    if kind == Kind.UPWARD_REMITTANCE:
        there_fen = min(there_fen, _of_the_fund(balances))
    wanted_fen = max(there_fen, 0) if amount_fen is None else amount_fen
    if wanted_fen > there_fen + ahead_fen and wanted_fen:
        raise MoreThanThereIs(source, wanted_fen, there_fen)
    return (Part(channel=channel, amount_fen=wanted_fen),) if wanted_fen else ()


def add_ons_to_move(
    channel: str | None, payee: str | None, amount_fen: int | None, balances: Mapping[str, int]
) -> tuple[Part, ...]:
    """Decide what of a payee's money is handed over: what stands with it by name, then what came in sums.

    Raises MoreThanThereIs and PayeeMissing.
    """
    place, _ = accounts_of(Kind.ADD_ON_HANDOVER, channel, payee)
    its_own_fen = max(balances.get(accounts.add_on(payee), 0), 0)
    summed_fen = max(balances.get(accounts.add_on(None), 0), 0)
    lies_fen = max(balances.get(place, 0), 0)
    if amount_fen is None:
        amount_fen = min(its_own_fen, lies_fen)
    if amount_fen > its_own_fen + summed_fen:
        raise MoreThanThereIs(accounts.add_on(payee), amount_fen, its_own_fen + summed_fen)
    if amount_fen > lies_fen:
        raise MoreThanThereIs(place, amount_fen, lies_fen)
    parts = ((False, min(amount_fen, its_own_fen)), (True, max(amount_fen - its_own_fen, 0)))
    return tuple(
        Part(channel=channel, payee=payee, summed=summed, amount_fen=fen) for summed, fen in parts if fen
    )


def _of_the_fund(balances: Mapping[str, int]) -> int:
    """Give the money at all places short of the city, less what is held for others."""
    places = (accounts.PENDING_REMITTANCE, accounts.TREASURY, accounts.SPECIAL_FISCAL_ACCOUNT, accounts.HELD)
    clearing = accounts.clearing("")
    return sum(
        fen
        for name, fen in balances.items()
        if name in places
        or name.startswith(clearing)
        or accounts.is_cash(name)
        or accounts.is_employee_fund(name)
        or accounts.is_channel_fee(name)
    )


def check_reversal(kind: str, parts: tuple[Part, ...], balances: Mapping[str, int]) -> None:
    """Refuse to take back what has moved on already. Raises MoreThanThereIs."""
    if kind == Kind.ADD_ON_HANDOVER:
        return  # what its payee gives back lies outside of our books
    wanted = Counter[str]()
    for part in parts:
        wanted[accounts_of(kind, part.channel)[1]] += part.amount_fen
    for destination, wanted_fen in wanted.items():
        there_fen = balances.get(destination, 0)
        if wanted_fen > there_fen:
            raise MoreThanThereIs(destination, wanted_fen, there_fen)

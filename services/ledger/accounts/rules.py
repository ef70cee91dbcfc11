"""The accounts: what each means, and whether its money belongs to the fund."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Nature(StrEnum):
    """What a balance on an account says."""

    #: Outside of our books: its balance is what came from there (negative) or went there (positive).
    OUTER = "outer"
    #: Somebody owes it to the fund; no money yet.
    CLAIM = "claim"
    #: Money at this place: the fund's, and what is held for others until it is passed on or given back.
    FUND = "fund"
    #: Money that is held for somebody else and has to be passed on or given back.
    PAYABLE = "payable"
    #: Minus what is held for others: with it, the money at all places is what belongs to the fund.
    HELD = "held"
    #: A bridge between the books of two counties or years; zero over all of them.
    BRIDGE = "bridge"


@dataclass(frozen=True)
class Account:
    """An account, or a family of accounts whose names go on after a colon."""

    name: str
    nature: Nature
    title: str
    title_zh: str
    family: Literal["channel", "collector", "fund", "payer", "payee", "level", "unit", "year"] | None = None
    #: Whether the name stands for itself too, for what no member of the family is known for.
    alone: bool = False


RESIDENTS = "residents"
CARDS = "cards"
DUES = "dues"
SUSPENSE = "suspense"
PENDING_REMITTANCE = "pending_remittance"
TREASURY = "treasury"
SPECIAL_FISCAL_ACCOUNT = "special_fiscal_account"
UPWARD = "upward"
PAYOUTS = "payouts"
REFUNDS = "refunds"
ADD_ON = "add_on"
HELD = "held"
ELSEWHERE = "elsewhere"
WORK_FUNDS = "work_funds"
_REPAIR = "repair"
_CLEARING = "clearing"
_CASH = "cash"
_EMPLOYEE_FUND = "employee_fund"
_CHANNEL_FEE = "channel_fee"
_PAYER = "payer"
_PAYEE = "payee"
_REQUEST = "request"
_AWAITED = "awaited"
_ARRIVAL = "arrival"
_MATCH = "match"
_MATCH_DUE = "match_due"
_WORK_FUNDS_DUE = "work_funds_due"
_WORK_FUNDS_PAID = "work_funds_paid"

CHART: tuple[Account, ...] = (
    Account(RESIDENTS, Nature.OUTER, "Residents", "参保居民"),
    Account(_PAYER, Nature.OUTER, "Payer of subsidies", "资助资金承担单位", family="payer"),
    Account(_REQUEST, Nature.OUTER, "Applied for, of a payer's money", "已申请的资助资金", family="payer"),
    Account(_AWAITED, Nature.OUTER, "On its way from a payer", "在途的资助资金", family="payer"),
    Account(_ARRIVAL, Nature.OUTER, "Arrived from a payer", "已到账的资助资金", family="payer"),
    Account(_MATCH, Nature.OUTER, "Fiscal match, of a level of government", "财政配套补助", family="level"),
    Account(_MATCH_DUE, Nature.CLAIM, "Fiscal match not arrived yet", "应到未到的财政配套补助", "level"),
    Account(_PAYEE, Nature.OUTER, "Payee of add-ons", "附加险收款方", family="payee"),
    Account(WORK_FUNDS, Nature.OUTER, "Work funds, of the county's budget", "县级财政工作经费"),
    Account(_WORK_FUNDS_DUE, Nature.OUTER, "Work funds owed to a unit", "应拨未拨的工作经费", "unit"),
    Account(_WORK_FUNDS_PAID, Nature.OUTER, "Work funds paid to a unit", "已拨付的工作经费", "unit"),
    Account(
        _REPAIR, Nature.OUTER, "Residents, for a lapsed year repaired", "参保居民（补缴断保年度）", "year"
    ),
    Account(CARDS, Nature.OUTER, "Social-security cards", "社会保障卡账户"),
    Account(DUES, Nature.CLAIM, "Dues not paid yet", "应缴未缴"),
    Account(_CLEARING, Nature.FUND, "With the payment channel", "渠道在途资金", family="channel"),
    Account(
        _CASH, Nature.FUND, "Cash with a collector, not deposited yet", "收款人手持现金", family="collector"
    ),
    Account(
        _EMPLOYEE_FUND, Nature.FUND, "Due from the employees' fund", "应由职工医保基金划入", family="fund"
    ),
    Account(
        _CHANNEL_FEE,
        Nature.FUND,
        "Fees that a channel kept, due from who bears them",
        "渠道扣收手续费（应由承担方补足）",
        family="channel",
    ),
    Account(PENDING_REMITTANCE, Nature.FUND, "Pending-remittance account", "待报解账户"),
    Account(TREASURY, Nature.FUND, "Treasury", "国库"),
    Account(SPECIAL_FISCAL_ACCOUNT, Nature.FUND, "Special fiscal account", "社会保障基金财政专户"),
    Account(UPWARD, Nature.FUND, "Remitted up to the city", "已上解市级"),
    Account(SUSPENSE, Nature.PAYABLE, "Suspense", "暂存待查款"),
    Account(
        ADD_ON, Nature.PAYABLE, "Add-ons, outside the fund", "附加险代收款（不属基金）", "payee", alone=True
    ),
    Account(HELD, Nature.HELD, "Less what is held for others", "减：代管款（暂存、附加险）"),
    Account(PAYOUTS, Nature.PAYABLE, "Subsidies to be paid to cards", "待发放至社保卡的资助"),
    Account(REFUNDS, Nature.PAYABLE, "Refunds under way", "在途退费"),
    Account(ELSEWHERE, Nature.BRIDGE, "Books of another county or year", "他县（年度）账簿过渡"),
)
_BY_NAME = {account.name: account for account in CHART}


def clearing(channel: str) -> str:
    """Name the account of the money that a channel still holds; of cash that is its collector's own.

    What personal accounts paid is with no channel: the employees' fund owes it.
    """
    return channel if is_cash(channel) or is_employee_fund(channel) else f"{_CLEARING}:{channel}"


def is_cash(name: str) -> bool:
    """Whether a channel, or an account, is the cash in one collector's hands."""
    return name.startswith(f"{_CASH}:")


def employee_fund(account: str) -> str:
    """Name the account of what an employees' fund owes, which is also through what its money came."""
    return f"{_EMPLOYEE_FUND}:{account}"


def is_employee_fund(name: str) -> bool:
    """Whether a channel, or an account, is what an employees' fund owes."""
    return name.startswith(f"{_EMPLOYEE_FUND}:")


def channel_fee(channel: str) -> str:
    """Name the account of the fees that a channel kept, which whoever bears them owes to the fund."""
    return f"{_CHANNEL_FEE}:{channel}"


def is_channel_fee(name: str) -> bool:
    """Whether an account is what is owed because a channel kept its fee."""
    return name.startswith(f"{_CHANNEL_FEE}:")


def add_on(payee: str | None) -> str:
    """Name the account of add-on money that belongs to a payee; without one, of what came in a sum."""
    return f"{ADD_ON}:{payee}" if payee else ADD_ON


def payee(name: str) -> str:
    """Name the account of one to whom add-on money was handed over."""
    return f"{_PAYEE}:{name}"


def repair(year: int) -> str:
    """Name the account of what residents paid to repair a lapsed year."""
    return f"{_REPAIR}:{year}"


def payer(name: str) -> str:
    """Name the account of one who pays subsidies."""
    return f"{_PAYER}:{name}"


def request(name: str) -> str:
    """Name the account of what was applied for of a payer's money."""
    return f"{_REQUEST}:{name}"


def awaited(name: str) -> str:
    """Name the account of a payer's money that is on its way: applied for, and not arrived."""
    return f"{_AWAITED}:{name}"


def arrival(name: str) -> str:
    """Name the account of what has arrived of a payer's money."""
    return f"{_ARRIVAL}:{name}"


def match(level: str) -> str:
    """Name the account of the fiscal match that a level of government bears."""
    return f"{_MATCH}:{level}"


def match_due(level: str) -> str:
    """Name the account of what a level owes of its match: above zero it has not come, below more came."""
    return f"{_MATCH_DUE}:{level}"


def work_funds_due(unit: str) -> str:
    """Name the account of work funds that a unit is owed; below zero more was paid than it earned."""
    return f"{_WORK_FUNDS_DUE}:{unit}"


def work_funds_paid(unit: str) -> str:
    """Name the account of work funds that a unit was paid."""
    return f"{_WORK_FUNDS_PAID}:{unit}"


def account_of(name: str) -> Account:
    """Find what an account name means. Raises KeyError for a name outside of the chart."""
    family, colon, member = name.partition(":")
    account = _BY_NAME[family]
    if bool(colon and member) != (account.family is not None) and not (account.alone and not colon):
        raise KeyError(name)
    return account

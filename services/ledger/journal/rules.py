"""How a posting reads in the journal of an accountant: debit where money went, credit where it came from.

An entry (记账凭证) is what one fact posts in a month. It is dated on the business day, or on the first of the
month where it came too late for its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from libs.common.clock import business_date
from services.ledger.postings.kinds import Kind

#: Kind of posting -> what it is about, in English and Chinese.
SUMMARIES: Mapping[str, tuple[str, str]] = {
    Kind.CHARGE: ("own contribution owed", "核定个人应缴"),
    Kind.CONTRIBUTION: ("own contribution paid", "收个人缴费"),
    Kind.ADD_ON_RECEIVED: ("add-on received", "收附加险款"),
    Kind.ADD_ON_SET_APART: ("add-on held for its payee", "附加险款转代管"),
    Kind.SUSPENDED_RECEIVED: ("received, not applied yet", "收待查款"),
    Kind.SUSPENDED: ("into suspense", "转暂存待查"),
    Kind.REPAIR_RECEIVED: ("lapsed year repaired", "收断保年度补缴款"),
    Kind.REPAIR_APPLIED: ("out of suspense to a repaired year", "暂存转断保年度补缴"),
    Kind.REPAIR_SETTLED: ("repaired year settled out of suspense", "暂存核销断保年度补缴"),
    Kind.APPLIED: ("out of suspense to a contribution", "暂存转个人缴费"),
    Kind.SETTLED: ("due settled out of suspense", "暂存核销应缴"),
    Kind.ADD_ON_APPLIED: ("out of suspense to an add-on", "暂存转附加险"),
    Kind.HELD: ("held for others", "代管款列示"),
    Kind.SUSPENSE_RELOCATED: ("suspense to other books", "暂存转他账簿"),
    Kind.HELD_RELOCATED: ("held money to other books", "代管款转他账簿"),
    Kind.REFUND_RELOCATED: ("refund by other books", "退费转他账簿"),
    Kind.PAID_ON_BEHALF: ("subsidy paid on behalf", "资助代缴"),
    Kind.REIMBURSEMENT: ("subsidy owed to a card", "资助应补到卡"),
    Kind.PAYOUT: ("subsidy paid to a card", "资助发放到卡"),
    Kind.REFUND_OF_SUSPENSE: ("refund out of suspense", "退暂存款"),
    Kind.REFUND_OF_CONTRIBUTION: ("refund of a contribution", "退个人缴费"),
    Kind.REFUND_ON_ITS_WAY: ("refund that waits for the bank", "退个人缴费（银行未回盘）"),
    Kind.REFUND_OF_REPAIR: ("refund of a repaired year", "退断保年度补缴款"),
    Kind.REPAIR_GIVEN_BACK: ("repaired year no longer paid", "冲减断保年度补缴"),
    Kind.REFUND_OF_ADD_ON: ("refund of an add-on", "退附加险款"),
    Kind.REFUND_DRAWN: ("refund drawn from the special account", "财政专户支付代管退款"),
    Kind.REFUND_RETURNED: ("refund came back", "退费退回"),
    Kind.REFUND: ("refund paid", "退费支付"),
    Kind.RETURNED: ("given back by the channel", "渠道退款"),
    Kind.BOUNCED: ("did not stay with the channel", "渠道退票（拒付）"),
    Kind.RETURNED_OF_CONTRIBUTION: ("contribution given back by the channel", "渠道退个人缴费"),
    Kind.RETURNED_OF_SUSPENSE: ("suspense given back by the channel", "渠道退暂存款"),
    Kind.RETURNED_OF_REPAIR: ("repaired year given back by the channel", "渠道退断保年度补缴款"),
    Kind.RETURNED_OF_ADD_ON: ("add-on given back by the channel", "渠道退附加险款"),
    Kind.RETURNED_DRAWN: ("held money left the channel", "渠道支付代管退款"),
    Kind.UNAPPLIED: ("contribution back into suspense", "个人缴费转回暂存"),
    Kind.UNAPPLIED_HELD: ("held for others again", "转回代管款列示"),
    Kind.REPAIR_UNAPPLIED: ("repaired year back into suspense", "断保年度补缴款转回暂存"),
    Kind.ADD_ON_UNAPPLIED: ("add-on back into suspense", "附加险款转回暂存"),
    Kind.RECOVERED_FROM_FUND: ("subsidy recovered from the fund", "基金退回资助"),
    Kind.RECOVERED_FROM_PERSON: ("subsidy recovered from the person", "个人退回资助"),
    Kind.FUNDS_REQUESTED: ("payer's money applied for", "申请资助资金"),
    Kind.FUNDS_ARRIVED: ("payer's money arrived", "资助资金到账"),
    Kind.FUNDS_RETURNED: ("payer's money given back", "资助资金退回"),
    Kind.FISCAL_MATCH: ("fiscal match owed", "核定财政配套补助"),
    Kind.MATCH_ARRIVED: ("fiscal match arrived", "财政配套补助到账"),
    Kind.WORK_FUNDS_SETTLED: ("work funds owed to a unit", "核定工作经费"),
    Kind.WORK_FUNDS_PAID: ("work funds paid to a unit", "拨付工作经费"),
    Kind.CHANNEL_SETTLEMENT: ("paid in by the channel", "渠道解缴"),
    Kind.EMPLOYEE_FUND_TRANSFER: ("paid by the employees' fund", "职工医保基金划入（个人账户共济）"),
    Kind.CHANNEL_FEE: ("fee kept by the channel", "渠道扣收手续费"),
    Kind.CHANNEL_FEE_REIMBURSED: ("fee made up for by who bears it", "手续费承担方补足"),
    Kind.TREASURY_RECEIPT: ("received by the treasury", "入库"),
    Kind.FISCAL_TRANSFER: ("into the special fiscal account", "划转财政专户"),
    Kind.UPWARD_REMITTANCE: ("remitted up to the city", "上解"),
    Kind.ADD_ON_HANDOVER: ("add-ons handed over", "附加险款移交收款方"),
    Kind.ADD_ON_DISCHARGED: ("add-ons held no more", "附加险款解除代管"),
}


@dataclass(slots=True)
class Posted:
    """A posting with the number of its entry."""

    entry_no: int
    coverage_year: int
    fact_id: int
    leg_no: int
    kind: Kind
    reversal: bool
    source: str
    destination: str
    amount_fen: int
    business_at: datetime
    person_id: int | None
    division_code: str | None
    channel: str | None
    payer: str | None
    #: The number on the paper of what happened: a voucher, a bank's slip, a paper of the treasury.
    paper_no: str | None


class Side(NamedTuple):
    """One line of an entry: an account with what it is debited or credited."""

    account: str
    debit_fen: int
    credit_fen: int


def sides(posted: Posted) -> tuple[Side, Side]:
    """The two lines of a posting, debit first."""
    return (Side(posted.destination, posted.amount_fen, 0), Side(posted.source, 0, posted.amount_fen))


def summary(posted: Posted) -> tuple[str, str]:
    """What a posting is about; of a reversal that it takes back one like it."""
    english, chinese = SUMMARIES[posted.kind]
    return (f"reversal: {english}", f"冲销：{chinese}") if posted.reversal else (english, chinese)


def dated_on(posted: Posted, month: date) -> date:
    """The day of an entry: the business day, or the first of a month for which it came too late."""
    return max(business_date(posted.business_at), month)

"""The kinds of cases about days of channels: what a file and the notifications do not agree about."""

from libs.common.cases.kinds import CaseKind, Step, by_code
from services.collection.cases.rules import COLLECTOR, NOTED

THEY_ONLY = CaseKind(
    "channel_day_they_only",
    "A channel's file has money that was not notified",
    "渠道对账单有、本系统没有的交易",
    COLLECTOR,
    (Step("asked", "The channel was asked to notify it again", "已请渠道补发通知"), NOTED),
)
WE_ONLY = CaseKind(
    "channel_day_we_only",
    "Money that was notified is not in the channel's file",
    "本系统有、渠道对账单没有的交易",
    COLLECTOR,
    (Step("asked", "The channel was asked where it is", "已请渠道核查"), NOTED),
)
AMOUNT = CaseKind(
    "channel_day_amount",
    "The channel's file has another amount than what it had notified",
    "渠道对账单与通知的金额不一致",
    COLLECTOR,
    (Step("asked", "The channel was asked which is right", "已请渠道核实金额"), NOTED),
)
STATE = CaseKind(
    "channel_day_state",
    "By its file the channel took or gave back money that by its notifications did not move, or the reverse",
    "渠道对账单与通知的状态不一致",
    COLLECTOR,
    (Step("asked", "The channel was asked what became of it", "已请渠道核实状态"), NOTED),
)
TWICE = CaseKind(
    "channel_day_twice",
    "The channel's file has a transaction twice",
    "渠道对账单中交易重复",
    COLLECTOR,
    (Step("asked", "The channel was asked for a corrected file", "已请渠道更正对账单"), NOTED),
)

DAY_KINDS = by_code((THEY_ONLY, WE_ONLY, AMOUNT, STATE, TWICE))

"""The kinds of cases about days of channels: what a file and the notifications do not agree about."""

from pydantic import JsonValue

from libs.common.cases.kinds import Alert, CaseKind, Step, by_code
from libs.common.policy import Notice
from services.collection.cases.rules import COLLECTOR, NOTED, TOWNSHIP

ASK_GATEWAY = Step(
    "ask_gateway",
    "Ask the channel's gateway; the case waits for its answer",
    "向渠道查单，等待答复",
    keeps_open=True,
)
BOOK_RETURN = Step(
    "book_return", "Book the refund as the files have it", "按对账单登记退款", two_persons=True
)
APPLY_AS_NAMED = Step(
    "apply_as_named",
    "Apply money that waits to whom, or for which year, the file has it",
    "挂账资金按渠道文件入账",
    two_persons=True,
)
POST_AGAIN = Step(
    "post_again",
    "Reverse the payment and post it again as the file has it; what fits nothing that is owed waits",
    "冲正后按渠道文件重新入账，不符应缴的转挂账",
    two_persons=True,
)
THEY_ONLY = CaseKind(
    "channel_day_they_only",
    "A channel's file has money that was not notified",
    "渠道对账单有、本系统没有的交易",
    COLLECTOR,
    (
        Step("asked", "The channel was asked to notify it again", "已请渠道补发通知"),
        ASK_GATEWAY,
        Step("apply", "Take the payment over as the file has it", "按对账单入账", two_persons=True),
        BOOK_RETURN,
        NOTED,
    ),
)
WE_ONLY = CaseKind(
    "channel_day_we_only",
    "Money that was notified is not in the channel's file",
    "本系统有、渠道对账单没有的交易",
    COLLECTOR,
    (
        Step("asked", "The channel was asked where it is", "已请渠道核查"),
        ASK_GATEWAY,
        Step(
            "take_back",
            "Take the payment back: by the channel's answer it never was",
            "渠道答复无此缴费，予以冲回",
            two_persons=True,
        ),
        NOTED,
    ),
)
AMOUNT = CaseKind(
    "channel_day_amount",
    "The channel's file has another amount than what it had notified",
    "渠道对账单与通知的金额不一致",
    COLLECTOR,
    (
        Step("asked", "The channel was asked which is right", "已请渠道核实金额"),
        ASK_GATEWAY,
        POST_AGAIN,
        BOOK_RETURN,
        NOTED,
    ),
)
STATE = CaseKind(
    "channel_day_state",
    "By its file the channel took or gave back money that by its notifications did not move, or the reverse",
    "渠道对账单与通知的状态不一致",
    COLLECTOR,
    (
        Step("asked", "The channel was asked what became of it", "已请渠道核实状态"),
        ASK_GATEWAY,
        BOOK_RETURN,
        NOTED,
    ),
)
TWICE = CaseKind(
    "channel_day_twice",
    "The channel's file has a transaction twice",
    "渠道对账单中交易重复",
    COLLECTOR,
    (Step("asked", "The channel was asked for a corrected file", "已请渠道更正对账单"), NOTED),
)
OTHER_PERSON = CaseKind(
    "channel_day_other_person",
    "By the file a payment is for somebody else than it was applied to, or notified for",
    "渠道文件与本系统的参保人不一致",
    COLLECTOR,
    (
        Step("asked", "The channel was asked whom it is for", "已请渠道核实参保人"),
        APPLY_AS_NAMED,
        POST_AGAIN,
        NOTED,
    ),
)
OTHER_YEAR = CaseKind(
    "channel_day_other_year",
    "By the file a payment is for another coverage year than here",
    "渠道文件与本系统的参保年度不一致",
    COLLECTOR,
    (
        Step("asked", "The channel was asked for which year it is", "已请渠道核实参保年度"),
        APPLY_AS_NAMED,
        POST_AGAIN,
        NOTED,
    ),
)
LATE = CaseKind(
    "channel_day_late",
    "The file of a later day has a payment of an earlier one",
    "往日缴费列入之后日期的渠道对账单",
    COLLECTOR,
    (Step("asked", "The channel was asked why it is late", "已请渠道说明延迟原因"), NOTED),
)
FEE = CaseKind(
    "channel_day_fee",
    "The channel took another fee than was agreed",
    "渠道手续费与约定费率不符",
    COLLECTOR,
    (Step("asked", "The channel was asked about its fee", "已与渠道核对手续费"), NOTED),
)
#: A letter with both sides of it; the case waits until the money comes, or a corrected file.
WRITE_TO_BANK = Step(
    "write_to_bank",
    "The bank and the channel were written to: the letter is under /v1/channel-letters",
    "已向银行和渠道发函核查（函件见 /v1/channel-letters）",
    keeps_open=True,
)
#: What a channel owes of a day by its own bill, and what came of it to the bank or the treasury.
SETTLEMENT_MISSING = CaseKind(
    "settlement_missing",
    "What a channel took on a day has not come to the account",
    "渠道已收款项逾期未划入账户",
    COLLECTOR,
    (
        WRITE_TO_BANK,
        Step("asked", "The channel and the bank were asked where it is", "已请渠道和银行核查"),
        NOTED,
    ),
)
SETTLEMENT_LATE = CaseKind(
    "settlement_late",
    "What a channel took on a day came to the account later than agreed",
    "渠道款项划入账户超过约定期限",
    COLLECTOR,
    (Step("asked", "The channel was asked to keep to the day", "已要求渠道按期划款"), NOTED),
)
SETTLEMENT_FEE = CaseKind(
    "settlement_fee",
    "What came to the account differs from what a channel owes by its fee",
    "到账金额与应划金额相差手续费",
    COLLECTOR,
    (
        Step(
            "book_fee",
            "The fee is booked as the money came: kept by the channel, or not",
            "按到账情况登记手续费（渠道扣收或全额到账）",
            two_persons=True,
        ),
        WRITE_TO_BANK,
        Step("asked", "The channel was asked about its fee", "已与渠道核对手续费"),
        NOTED,
    ),
)
SETTLEMENT_TWICE = CaseKind(
    "settlement_twice",
    "The same booking stands in statements of two days",
    "同一笔到账在两天的对账单中重复",
    COLLECTOR,
    (
        WRITE_TO_BANK,
        Step("asked", "The bank was asked for a corrected statement", "已请银行更正对账单"),
        NOTED,
    ),
)
#: Cash that a village paid in: the bank's list of slips beside those that were recorded.
SLIP_THEY_ONLY = CaseKind(
    "slip_they_only",
    "A bank's list has a deposit slip that nobody recorded",
    "银行清单有、本系统未登记的存款单",
    TOWNSHIP,
    (Step("recorded", "The collector records it", "由收款人补登记解款"), NOTED),
)
SLIP_WE_ONLY = CaseKind(
    "slip_we_only",
    "A deposit was recorded that the bank's list of its day has not",
    "已登记解款、银行清单没有的存款单",
    TOWNSHIP,
    (
        Step("asked", "The collector and the bank were asked for the slip", "已向收款人和银行核查存款单"),
        NOTED,
    ),
)
SLIP_AMOUNT = CaseKind(
    "slip_amount",
    "A deposit was recorded with another amount than the bank's list has",
    "登记的解款金额与银行清单不一致",
    TOWNSHIP,
    (Step("corrected", "The deposit is withdrawn and recorded anew", "撤销后重新登记解款"), NOTED),
)
#: Money of a day was notified, and nobody has sent what its channel says of it.
CHANNEL_FILE_MISSING = CaseKind(
    "channel_file_missing",
    "A channel that took money has no file of the day",
    "渠道有收款的日期缺少对账单",
    COLLECTOR,
    (Step("noted", "The channel was asked for it", "已向渠道索取"),),
    Alert(
        "The channel {channel_en} told of {payments} payments of {yuan} yuan on {business_on}, "
        "and its file is not there.",
        "渠道 {channel_zh} 于 {business_on} 通知缴费 {payments} 笔（{yuan} 元），尚无当日对账单。",
        "Fetch it and send it by POST /v1/channel-files.",
        "请下载当日对账单并上传。",
    ),
)

#: A day of a channel should be closed by now.
CHANNEL_DAY_OVERDUE = CaseKind(
    "channel_day_overdue",
    "Days of a channel are not closed by their day",
    "渠道日结逾期",
    COLLECTOR,
    (Step("noted", "Being looked into with the channel", "正在与渠道核实"),),
    Alert(
        "{days} days of the channel {channel_en} are not closed, the oldest {oldest_on}, which was due on "
        "{due_on}.",
        "渠道 {channel_zh} 有 {days} 天未日结，最早为 {oldest_on}，应于 {due_on} 前日结。",
        "Decide what is open (GET /v1/channel-days), and close them.",
        "请办结差异事项（GET /v1/channel-days）后逐日日结。",
    ),
)

SETTLEMENT_KINDS = by_code((SETTLEMENT_MISSING, SETTLEMENT_LATE, SETTLEMENT_FEE, SETTLEMENT_TWICE))
DAY_KINDS = by_code(
    (
        *(THEY_ONLY, WE_ONLY, AMOUNT, STATE, TWICE, OTHER_PERSON, OTHER_YEAR, LATE, FEE),
        *(*SETTLEMENT_KINDS.values(), CHANNEL_FILE_MISSING, CHANNEL_DAY_OVERDUE),
        *(SLIP_THEY_ONLY, SLIP_WE_ONLY, SLIP_AMOUNT),
    )
)
#: Cases about money of one day of a channel: all of them are decided, or gone, before it is closed.
OF_DAYS = frozenset(
    {
        *(one.code for one in (THEY_ONLY, WE_ONLY, AMOUNT, STATE, TWICE)),
        *(one.code for one in (OTHER_PERSON, OTHER_YEAR, LATE, FEE)),
        *SETTLEMENT_KINDS,
    }
)


def named_channel(channel: str, notice: Notice | None) -> dict[str, JsonValue]:
    """The evidence that names a channel: its code, and what the county's notice calls it."""
    if notice is None:
        return {"channel": channel}
    label = notice.channel_label(channel)
    return {"channel": channel, "channel_en": label.en, "channel_zh": label.zh}

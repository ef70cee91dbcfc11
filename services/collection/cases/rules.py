"""The kinds of cases about money that came in, and the steps that can be taken about each."""

from libs.common.cases.kinds import LOCKED_OUT, Alert, CaseKind, Step, by_code

COLLECTOR = "tax_officer"
TOWNSHIP = "township_officer"
NOTED = Step("noted", "Looked into with the channel", "已与渠道核实")

#: A channel says that money went back, and no payment of ours is the one that it means.
RETURN_UNMATCHED = CaseKind(
    "return_unmatched",
    "A channel gave money back that is not on record here",
    "渠道退款在本系统查无对应缴费",
    COLLECTOR,
    (NOTED,),
)
#: The channel could not give the money back as it should, or gave it up.
RETURN_ABNORMAL = CaseKind(
    "return_abnormal",
    "A channel could not carry out a refund",
    "渠道退款异常或已关闭",
    COLLECTOR,
    (NOTED,),
)
#: More went back than was there.
RETURN_EXCEEDS = CaseKind(
    "return_exceeds",
    "A channel gave back more than is left of the payment",
    "渠道退款超过该笔缴费余额",
    COLLECTOR,
    (NOTED,),
)
#: It went back to a card already.
RETURN_AFTER_REFUND = CaseKind(
    "return_after_refund",
    "A channel gave back money that had been refunded to a card",
    "已退至银行卡的资金又被渠道退回",
    COLLECTOR,
    (NOTED,),
)
#: The channel had given it back already, wholly or in part.
REFUND_EXCEEDS = CaseKind(
    "refund_exceeds",
    "More was refunded to a card than was left of the payment",
    "退至银行卡的金额超过该笔缴费余额",
    COLLECTOR,
    (Step("noted", "Looked into with finance, which gets it back", "已与财政核实并追回"),),
)
#: The payment is for several persons, and the channel does not say whose part it is.
RETURN_AMBIGUOUS = CaseKind(
    "return_ambiguous",
    "Whose part of the payment went back is not said",
    "渠道退款未注明所退人员",
    COLLECTOR,
    (NOTED,),
)
#: The channel calls the payment refunded, and has not told of the refund itself.
RETURN_ANNOUNCED = CaseKind(
    "return_announced",
    "A channel calls this payment refunded but has not said how much went back",
    "渠道显示该笔缴费已转入退款，尚未收到退款通知",
    COLLECTOR,
    (NOTED,),
)

#: It ended somebody's cover; nobody here decided that.
RETURN_ENDS_COVER = CaseKind(
    "return_ends_cover",
    "A channel gave back what somebody was covered by",
    "渠道退款后该参保人不再享受待遇",
    COLLECTOR,
    (Step("noted", "Looked into with the person and the channel", "已与参保人和渠道核实"),),
)

#: Two members of a household that has to be on one tier paid different ones.
HOUSEHOLD_TIERS = CaseKind(
    "household_tiers",
    "A household that has to be on one tier paid two",
    "同一户缴纳了不同档次",
    COLLECTOR,
    (Step("noted", "Looked into with the household", "已与该户核实"),),
)

#: A household that pays together has not, and the window is over.
HOUSEHOLD_INCOMPLETE = CaseKind(
    "household_incomplete",
    "A household that pays together is still incomplete when its window ends",
    "缴费期结束时仍未整户缴费",
    COLLECTOR,
    (
        Step("apply", "Apply what was paid, without the others", "已缴部分入账"),
        Step("wait", "Leave it waiting until something changes", "继续等待"),
    ),
)

#: Payments that do not fit make together exactly what one person owed.
SPLIT_PAYMENT = CaseKind(
    "split_payment",
    "Several payments together are what this person owed",
    "多笔缴费合计恰为应缴金额",
    COLLECTOR,
    (
        Step("apply_together", "Apply them to what the person owed", "合并入账"),
        Step("noted", "Looked into; leave them where they are", "已核实，不合并"),
    ),
)

#: The day of cash in a collector's hands is today, and nothing more is added to it.
CASH_DUE = CaseKind(
    "cash_due",
    "Cash that is in hand has to be in the bank today",
    "收款人手持现金须于当日解缴",
    TOWNSHIP,
    (Step("noted", "The collector was reminded, and deposits it", "已提醒收款人解缴"),),
    Alert(
        "A collector has {yuan} yuan of {receipts} receipts in hand that have to be in the bank by {due_on}.",
        "收款人手持现金 {yuan} 元（{receipts} 笔），须于 {due_on} 前解缴。",
        "Remind the collector; record the slip by POST /v1/cash-deposits.",
        "请提醒收款人当日解缴，并登记解款单。",
    ),
)
#: A collector has cash in hand longer than the notice allows.
CASH_OVERDUE = CaseKind(
    "cash_overdue",
    "Cash is in hand longer than the notice allows",
    "收款人手持现金超过通知规定的解缴时限",
    TOWNSHIP,
    (Step("noted", "Looked into with the collector, who deposits it", "已督促收款人解缴"),),
    Alert(
        "A collector still has {yuan} yuan of {receipts} receipts in hand that were due on {due_on}.",
        "收款人手持现金 {yuan} 元（{receipts} 笔）逾期未解缴，应解缴日 {due_on}。",
        "Have it brought to the bank today, ask why it is late, record the slip.",
        "请督促当日解缴，查明逾期原因，并登记解款单。",
    ),
)
#: What a slip brought is not what its receipts come to.
DEPOSIT_DIFFERENCE = CaseKind(
    "deposit_difference",
    "A deposit and the receipts that it was to bring differ",
    "解款金额与所含收款合计不符",
    COLLECTOR,
    (
        Step(
            "noted",
            "Looked into; what is missing stays the collector's to bring",
            "已核实，差额仍由收款人负责",
        ),
    ),
)
#: Money that was taken in a window was typed after it had ended.
CASH_ENTERED_LATE = CaseKind(
    "cash_entered_late",
    "Money taken by hand was entered after its window had ended",
    "缴费期内收取的资金在期后才录入",
    COLLECTOR,
    (
        Step("accept", "Count it as paid at the instant on the voucher", "按票据时间入账", two_persons=True),
        Step("refuse", "Do not count it; the payer gets the money back", "不予入账，退还缴费人"),
    ),
)

#: A village batch is at its step longer than the notice allows.
BATCH_OVERDUE = CaseKind(
    "batch_overdue",
    "A step of a village batch is over its day",
    "村级批次的办理步骤已超过期限",
    TOWNSHIP,
    (Step("noted", "Looked into with the department, which does it", "已督促承办部门办理"),),
    Alert(
        "Village batch {batch_id} ({lines} lines) is over its day {due_on} at the step {step}.",
        "村级批次 {batch_id}（{lines} 条）在步骤 {step} 已超过期限 {due_on}。",
        "Ask the department for its step (GET /v1/village-batches?overdue=true).",
        "请督促承办部门办理该步骤。",
    ),
)
#: The day by which villages hand in is over, and a collector's money is in no batch.
BATCH_NOT_HANDED_IN = CaseKind(
    "batch_not_handed_in",
    "Money is in no village batch after the day of handing in",
    "报送期限已过，仍有款项未列入村级批次",
    TOWNSHIP,
    (Step("noted", "Looked into with the village, which hands it in", "已督促村级报送"),),
    Alert(
        "{yuan} yuan of {receipts} receipts are in no batch; villages had to hand in by {until}.",
        "有 {receipts} 笔收款（{yuan} 元）未列入批次，村级报送截止 {until}。",
        "Have the village make a batch of them and hand it in.",
        "请督促村级补报批次。",
    ),
)
#: A batch passed although some of its money waits for its person.
BATCH_LINES_WAIT = CaseKind(
    "batch_lines_wait",
    "A village batch passed while money of some lines waits for its person",
    "村级批次已通过，其中有款项仍挂账",
    COLLECTOR,
    (
        Step(
            "noted",
            "Looked into; the money stays in suspense until its person is known",
            "已核实，款项继续挂账待查",
        ),
    ),
)
#: A number that was declared lost stands on a receipt.
LOST_VOUCHER_USED = CaseKind(
    "lost_voucher_used",
    "A receipt bears a paper number that was declared lost",
    "收款记录使用了已登记遗失的票据号码",
    COLLECTOR,
    (
        Step("accept", "Count it: the paper was found", "票据已找到，予以入账", two_persons=True),
        Step("refuse", "Do not count it; the payer gets the money back", "不予入账，退还缴费人"),
    ),
)
#: Paper was lost: whoever finds it could take money with it.
VOUCHER_LOST = CaseKind(
    "voucher_lost",
    "Numbered paper was declared lost",
    "票据遗失",
    COLLECTOR,
    (
        Step(
            "invalidate",
            "Declare the numbers invalid in public; they stay lost",
            "公告声明作废，按遗失处理",
            two_persons=True,
        ),
    ),
)
#: Numbers below the highest one used are neither used nor accounted for.
VOUCHER_GAP = CaseKind(
    "voucher_gap",
    "Paper numbers were skipped: neither used, void, lost nor returned",
    "票据跳号：未使用、未作废、未登记遗失也未交回",
    TOWNSHIP,
    (Step("noted", "Counted with the collector: the paper is there, blank", "已与收缴点盘点，空白票据在库"),),
)

#: Money whose person is not known stays longer than somebody should need to find out.
SUSPENSE_OLD = CaseKind(
    "suspense_old",
    "Money waits in suspense for too long",
    "挂账资金超期未处理",
    COLLECTOR,
    (Step("noted", "Being looked into", "正在核实"),),
    Alert(
        "{count} payments of {yuan} yuan wait in suspense for more than {days} days, the oldest since "
        "{oldest_on}.",
        "有 {count} 笔缴费（{yuan} 元）挂账超过 {days} 天，最早为 {oldest_on}。",
        "Go through GET /v1/suspense: apply each to its person, or have it refunded.",
        "请逐笔核实挂账款项：对应到参保人入账，或办理退费。",
    ),
)
#: A channel that told of payments tells of none any more while a window is open.
CHANNEL_SILENT = CaseKind(
    "channel_silent",
    "A channel has told of no payment for days",
    "缴费渠道多日无缴费通知",
    COLLECTOR,
    (Step("noted", "Asked the channel", "已与渠道联系"),),
    Alert(
        "The channel {channel_en} has told of no payment for more than {days} days, the last on {last_on}.",
        "渠道 {channel_zh} 超过 {days} 天无缴费通知，最后一笔为 {last_on}。",
        "Ask the channel whether notifications are held up; have it send them again.",
        "请与渠道核对通知是否积压，并请其重新发送。",
    ),
)

KINDS = by_code(
    (
        *(SUSPENSE_OLD, CHANNEL_SILENT, BATCH_NOT_HANDED_IN, BATCH_OVERDUE, CASH_DUE, CASH_OVERDUE),
        *(LOST_VOUCHER_USED, VOUCHER_LOST, VOUCHER_GAP, BATCH_LINES_WAIT, DEPOSIT_DIFFERENCE),
        *(CASH_ENTERED_LATE, SPLIT_PAYMENT, HOUSEHOLD_TIERS, HOUSEHOLD_INCOMPLETE, RETURN_UNMATCHED),
        *(RETURN_ABNORMAL, RETURN_EXCEEDS, RETURN_AFTER_REFUND, REFUND_EXCEEDS, RETURN_AMBIGUOUS),
        *(RETURN_ANNOUNCED, RETURN_ENDS_COVER, LOCKED_OUT),
    )
)

#: What nobody has to look at any more once the person is paid for.
UNTIL_PAID = (SPLIT_PAYMENT.code, RETURN_ENDS_COVER.code)


def subject_of_year(person_id: int, coverage_year: int) -> str:
    """What a case about a person's year is about."""
    return f"persons/{person_id}/{coverage_year}"

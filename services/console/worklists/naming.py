"""What the codes on work lists are called, in both languages."""

from collections.abc import Mapping

Names = Mapping[str, tuple[str, str]]

CHANNEL_REFUNDS: Names = {
    "requested": ("待核验是否已退卡", "asked whether a card claims it"),
    "processing": ("渠道办理中", "with the channel"),
    "abnormal": ("渠道退款异常", "the channel could not carry it out"),
    "failed": ("未办成，仍在挂账", "not carried out, in suspense"),
    "closed": ("已终止，仍在挂账", "given up, in suspense"),
    "done": ("已原路退款", "given back"),
}
#: Why one ended, in our own words; those of channels stay as they are.
ENDINGS: Names = {
    "refund_to_card": ("已申请退至社保卡", "a refund to a card claims it"),
    "in_treasury": ("资金已入库，请办理退库", "it is in the treasury: have the offices refund it"),
    "nothing_left": ("余额不足", "not so much is left"),
    "to_card": ("改退至社保卡", "a card gets it instead"),
    "NOT_ENOUGH": ("商户账户余额不足", "too little on the merchant's account"),
    "ACQ.SELLER_BALANCE_NOT_ENOUGH": ("商户账户余额不足", "too little on the merchant's account"),
}
ANSWERS: Names = {
    "insure": ("答应参保", "will be insured"),
    "insure_and_subsidize": ("答应参保，申请资助", "will be insured, asks for help"),
    "not_here": ("报不在此参保", "not to be insured here"),
}
ABSENCES: Names = {
    "employee_insurance": ("已参加职工医保", "insured as an employee"),
    "insured_elsewhere": ("已在异地参保", "insured elsewhere"),
    "military": ("服役", "in the army"),
    "prison": ("服刑", "in prison"),
    "school": ("在校参保", "insured at school"),
    "moved": ("户口迁出", "moved away"),
    "died": ("死亡", "died"),
    "refuses": ("拒绝参保", "refuses"),
    "unreachable": ("联系不上", "cannot be reached"),
}
TROUBLES: Names = {
    "contested": ("参保依据待核", "the reason is in doubt"),
    "withdrawn": ("参保已撤销", "the enrollment was withdrawn"),
    "money_waits": ("有缴款待核，勿重复收款", "money waits to be matched: take none twice"),
    "unassessed": ("待核定", "not assessed yet"),
    "registered_elsewhere": ("登记在他村", "registered in another village"),
    "on_two_lists": ("两村名单重复", "on two lists"),
    "complete_though_excluded": ("已参保但报不在此参保", "insured, though reported as not here"),
    "household_incomplete": ("同户已有人参保，本人未参保", "others of the household are insured"),
    "wrong_place": ("登记地与通知规定不符", "registered against the notice"),
    "enrolled_elsewhere": ("外县已登记参保", "enrolled in another county"),
}
CONTACTS: Names = {
    "promised": ("答应缴费", "promised to pay"),
    "not_met": ("未见到本人", "was not met"),
    "hesitates": ("犹豫", "hesitates"),
    "refuses": ("拒绝", "refuses"),
    "says_paid": ("称已缴费", "says it is paid"),
    "needs_help": ("需帮助", "needs help"),
    "other": ("已联系", "was spoken to"),
}
STANDINGS: Names = {
    "registered": ("已登记，待核定", "registered, not assessed yet"),
    "assessed": ("已核定，待缴费", "assessed, to be paid"),
    "cancelled": ("参保登记已取消", "the enrollment was cancelled"),
    "withdrawn": ("已退保", "withdrawn"),
}
PAPER: Names = {
    "held": ("在手", "held"),
    "void": ("作废", "void"),
    "lost": ("遗失", "lost"),
    "written_off": ("已核销", "written off"),
}
BATCHES: Names = {
    "draft": ("待交审", "to be handed in"),
    "open": ("审核中", "being reviewed"),
    "sent_back": ("已退回，待更正", "sent back, to be mended"),
    "done": ("已办结", "done"),
    "discarded": ("已作废", "given up"),
    "reversed": ("已整批冲回", "taken back"),
}
TICKETS: Names = {
    "reported": ("待受理", "reported"),
    "taken": ("办理中", "in work"),
    "resolved": ("已更正", "mended"),
    "refused": ("不予更正", "refused"),
    "withdrawn": ("已撤回", "withdrawn"),
}
TICKET_KINDS: Names = {
    "name": ("姓名", "name"),
    "number": ("证件号码", "number"),
    "status": ("身份标识", "status"),
    "household": ("户", "household"),
    "place": ("村（社区）", "place"),
    "death": ("死亡", "death"),
    "duplicate": ("重复登记", "registered twice"),
}
PAYOUT_KINDS: Names = {
    "subsidy": ("资助", "subsidy"),
    "refund": ("退费", "refund"),
}
FILES: Names = {
    "queued": ("待读取", "to be read"),
    "current": ("已采用", "counts"),
    "replaced": ("已被更正文件替代", "replaced by a corrected one"),
    "refused": ("有误未采用", "refused"),
}
DAYS: Names = {
    "no_file": ("缺对账单", "without a file"),
    "open": ("未核对清楚", "not explained"),
    "explained": ("待日结", "to be closed"),
    "closed": ("已日结", "closed"),
}
DEBITS: Names = {
    "making": ("生成中", "being made"),
    "waiting": ("待复核", "waits for a second person"),
    "approved": ("待送银行", "may go to the bank"),
    "given_out": ("待回盘", "at the bank"),
    "done": ("已办结", "done"),
}
EXCHANGE: Names = {
    "collector": ("征收机构", "collector"),
    "bureau": ("医保经办机构", "medical insurance"),
    "due": ("应征", "dues"),
    "payment": ("实缴", "payments"),
    "special_payment": ("特殊缴费", "special payments"),
    "refund": ("退费", "refunds"),
    "status": ("参保状态", "statuses"),
}
HANDOVERS: Names = {
    "open": ("未到截止时点", "not due yet"),
    "closable": ("待封存", "to be sealed"),
    "sealed": ("已封存", "sealed"),
}
PARTIES: Names = {
    "tax": ("税务局", "the tax bureau"),
    "medical_insurance": ("医保局", "the medical insurance bureau"),
    "finance": ("财政局", "the finance bureau"),
}
PAPERS: Names = {
    "draft": ("草稿", "a draft"),
    "unsigned": ("未签认", "not signed"),
    "waiting": ("待第二人签认", "waits for the second person"),
    "signed": ("已签认", "signed"),
}
PERIODS: Names = {
    "open": ("未结账", "open"),
    "locked": ("已锁定", "locked"),
    "closed": ("已结账", "closed"),
}
LEVELS: Names = {
    "centre": ("中央", "the centre"),
    "province": ("省级", "the province"),
    "city": ("市级", "the city"),
    "county": ("县级", "the county"),
}
BULLETINS: Names = {
    "draft": ("待签发", "to be signed"),
    "signed": ("已签发", "signed"),
    "refused": ("未签发", "refused"),
}
BULLETINS_DUE: Names = {
    "ahead": ("未到期", "not due yet"),
    "due": ("应起草", "due"),
    "overdue": ("逾期未起草", "overdue"),
    "drafted": ("已起草，待签发", "drafted"),
    "signed": ("已签发", "signed"),
    "any_time": ("不定期", "at any time"),
}
SUBSCRIPTIONS: Names = {
    "active": ("推送中", "told"),
    "paused": ("已暂停", "paused"),
}


def named(names: Names, code: str) -> tuple[str, str]:
    """What a code is called; a code without a name stays as it is."""
    return names.get(code, (code, code))

"""The closed sets of words that notices and questions may use, and how each is said aloud.

A new county needs new data, never a new word here, unless its notice has a kind of rule never seen before.
"""

from typing import Literal

Hukou = Literal["county", "city", "elsewhere", "hong-kong", "macao", "taiwan"]
HukouKind = Literal["rural", "urban", "converted"]
Sex = Literal["female", "male"]
School = Literal["primary_secondary", "vocational", "university"]
InsuranceState = Literal["none", "active", "ended"]
ServiceKind = Literal["none", "military", "armed_police", "prison"]
ReportedEvent = Literal[
    "poverty_identified",
    "employee_insurance_ended",
    "hukou_moved_in",
    "discharged",
    "graduated",
    "released",
    "institution_admitted",
    "returned_from_abroad",
    "relative_discharged",
    "relative_moved_in",
]
"""What a question may say happened to a person; a birth follows from `born`."""
EventKind = Literal["birth", ReportedEvent]
WindowKind = Literal["main", "makeup", "overdue", "special"]
Unit = Literal["days", "months"]
Count = Literal["start_day_excluded", "start_day_included"]
"""`start_day_excluded`: 90 days from 1 March end on 30 May. `start_day_included`: they end on 29 May."""
Completion = Literal["payment", "enrollment"]
"""What has to happen inside an event-relative window: paying, or being both registered and paid."""
Anchor = Literal[
    "coverage_start",
    "fixed_date",
    "payment_day",
    "day_after_payment",
    "month_of_payment",
    "month_after_payment",
    "birth",
    "enrollment_day",
    "event_day",
]
Mechanism = Literal["paid_on_behalf", "reimburse_to_card", "outside_system"]
"""Never passes through the person / the person pays first / a department settles without us."""
StackingRule = Literal["highest", "one_status", "ordered_top_up"]
"""就高不就低 / 按一种身份统计 / 依次资助并差额补足."""
Missed = Literal["outside_system", "nothing", "reimburse_to_card"]
"""What becomes of a subsidy whose roster came after the cut-off."""
AfterPayment = Literal["reassess", "nothing"]
EffectiveWhen = Literal["any_time", "before_payment"]
MonthsCounted = Literal["from_payment_month", "from_next_month"]
Coin = Literal["fen", "jiao", "yuan"]
CoinRounding = Literal["nearest", "up", "down"]
TaperFrom = Literal["year_of_recognition", "year_after", "fixed_year"]
"""Which year has the first share of a taper; years before it have that share too."""
Waits = Literal["lapsed", "everybody"]
"""Who waits in a window: those not insured continuously / all who pay in it."""
RepairLatest = Literal["with_contribution", "before_wait_ends"]
"""Until when lapsed years can be repaired: together with the contribution / while the wait still runs."""
Reminded = Literal["unpaid", "could_repair"]
"""Whom a message goes to: all who have not paid / those of them who lapsed and could repair years."""
Outcome = Literal["payable", "exempt", "paid", "rejected", "blocked"]

REASONS = {
    "not_born": ("此时尚未出生", "not born yet at this time"),
    "window_not_open": ("缴费期尚未开始", "the payment window has not opened yet"),
    "window_closed": (
        "不在缴费期内，也没有通知列明的特殊情形",
        "outside every payment window that is open to this person",
    ),
    "registration_closed": (
        "参保登记（核定）已截止",
        "enrollment registration had closed before this person registered",
    ),
    "employee_insured": ("已参加职工基本医疗保险", "insured as an employee already"),
    "in_service": ("服役或服刑期间，不参保", "serving in the forces or a prison sentence"),
    "not_in_scope": ("不属于本通知的参保范围", "outside the scope of this notice"),
    "tier_required": ("须先选择缴费档次", "a contribution tier has to be chosen first"),
    "tier_not_offered": ("没有这个缴费档次", "this tier is not offered"),
    "household_tier_mismatch": ("与本户已选档次不一致", "the household has already paid another tier"),
    "add_on_not_offered": ("本通知没有这项附加保险", "this add-on is not offered by the notice"),
    "fiscal_match_unknown": (
        "财政补助标准尚未录入",
        "the fiscal match is not known; an operator has to supply it",
    ),
    "fiscal_match_below_floor": (
        "录入的财政补助低于通知规定的下限",
        "the supplied fiscal match is below the notice's floor",
    ),
    "amount_unknown": ("有一项金额尚未录入", "an amount is not known; an operator has to supply it"),
    "subsidy_amount_unknown": ("资助标准无法确定", "the amount of the subsidy is not known"),
    "repair_not_possible": (
        "要补缴的断保年数多于能缩短等待期的年数",
        "more lapsed years were asked to be repaired than would shorten the wait",
    ),
}
OUTCOMES = {
    "payable": ("应缴费", "payable"),
    "exempt": ("免缴", "exempt"),
    "paid": ("已缴费", "paid"),
    "rejected": ("不能办理", "rejected"),
    "blocked": ("暂不能测算", "blocked"),
}
MECHANISMS = {
    "paid_on_behalf": ("代缴", "pays on the person's behalf"),
    "reimburse_to_card": ("先缴后补到社保卡", "pays back to the social-security card"),
    "outside_system": ("由部门自行结算", "is settled by the department itself"),
}
SHARES = {
    "paid_on_behalf": ("{payer}代缴{yuan}元", "{payer} pays {yuan} yuan on the person's behalf"),
    "reimburse_to_card": (
        "缴费后由{payer}补{yuan}元到社保卡",
        "{payer} pays {yuan} yuan back to the social-security card",
    ),
    "outside_system": (
        "{yuan}元由主管部门向{payer}申请后与本人结算（不经本系统）",
        "the department settles {yuan} yuan from {payer} with the person itself, outside this system",
    ),
}
WINDOWS = {
    "main": ("集中缴费期", "main window"),
    "makeup": ("补缴期", "make-up window"),
    "overdue": ("逾期缴费期", "overdue window"),
    "special": ("特殊情形", "special enrollment"),
}
VERDICTS = {
    "counts": ("计入", "counts"),
    "not_in_notice": ("本通知未涉及，不计", "is not named in this notice"),
    "not_effective": ("尚未认定，不计", "is not recognized yet"),
    "ended": ("已经取消，不计", "has ended"),
    "not_listed": ("名册尚未送达，不计", "is on no roster that has arrived"),
    "class_unknown": (
        "未注明类别或等级，无法确定资助标准",
        "has no class or grade, which the amount depends on",
    ),
    "no_help": ("本通知未给予参保资助", "brings no help with the contribution here"),
    "not_entitled": (
        "不符合资助条件（户籍、年龄、等级、档次或名册时间），不计",
        "does not meet the conditions for help",
    ),
    "other_prevails": ("按其他身份资助，不重复计", "gives way to another status"),
}
STACKING = {
    "highest": (
        "有几种身份的，只按最高标准资助一次",
        "with several statuses the highest help is given, once",
    ),
    "one_status": ("有几种身份的，只按一种身份资助", "with several statuses only one counts"),
    "ordered_top_up": (
        "依次资助，后者只补足差额",
        "helpers follow in order, later ones fill up the difference",
    ),
}
AbsenceReason = Literal[
    "employee_insurance",
    "insured_elsewhere",
    "military",
    "prison",
    "school",
    "moved",
    "died",
    "refuses",
    "unreachable",
]
"""Why somebody of a village's base is not insured there, as the survey writes it down."""

"""What every word of the closed sets is called: the operators a notice may use, and nothing else."""

from dataclasses import dataclass

from libs.common.policy.format.conditions_model import Label
from libs.common.policy.words.office_values import OFFICE_SETS
from libs.common.policy.words.table import rows

_SETS = """
[WindowKind | 缴费期的种类 | kinds of window]
main | 集中缴费期 | main window
makeup | 补缴期 | make-up window
overdue | 逾期缴费期 | overdue window
special | 特殊情形 | special case
[EventKind | 打开缴费期的事件 | events that open a window]
birth | 出生 | birth
poverty_identified | 新识别为贫困人口 | identified as poor
employee_insurance_ended | 职工医保终止 | employee insurance ended
hukou_moved_in | 户口迁入 | hukou moved in
discharged | 退役 | discharged from the forces
graduated | 毕业 | graduated
released | 刑满释放 | released from prison
institution_admitted | 福利机构接收 | admitted by a welfare institution
returned_from_abroad | 回国（境）定居 | returned from abroad
relative_discharged | 家属退役 | a relative discharged from the forces
relative_moved_in | 家属户口迁入 | a relative's hukou moved in
[Unit | 时限的单位 | units of a length]
days | 天 | days
months | 个月（到同日，没有同日的到月底） | months, to the same day or the last of the month
[Count | 时限如何起算 | how days are counted]
start_day_excluded | 起算日不计 | the first day is not counted
start_day_included | 起算日算第1天 | the first day is day 1
[Completion | 时限内须完成 | what has to be done within it]
payment | 缴费 | payment
enrollment | 登记和缴费 | both registration and payment
[Anchor | 待遇从何日起 | where cover begins]
coverage_start | 年度第一天 | the first day of the coverage year
fixed_date | 写定的日期（另写 on） | a fixed date (give `on`)
payment_day | 缴费当天 | the day of payment
day_after_payment | 缴费次日 | the day after payment
month_of_payment | 缴费当月1日 | the first of the month of payment
month_after_payment | 缴费的下个月1日 | the first of the month after payment
birth | 出生之日 | birth
enrollment_day | 参保之日（登记和缴费都完成） | enrollment: both registered and paid
event_day | 事件发生之日 | the day of the event
[MonthsCounted | 按剩余月数计价 | months that a price counts]
from_payment_month | 含缴费当月 | with the month of payment
from_next_month | 自下个月起 | from the next month on
[Coin | 取整到 | coins that an amount is rounded to]
fen | 分 | fen
jiao | 角 | jiao
yuan | 元 | yuan
[CoinRounding | 取整方式 | how an amount is rounded]
nearest | 四舍五入 | to the nearest
up | 进一 | up
down | 舍去 | down
[TaperFrom | 逐年比例的首年 | first year of a taper]
year_of_recognition | 认定当年 | the year of recognition
year_after | 认定次年 | the year after recognition
fixed_year | 写定的年度（另写 taper_year） | a fixed year (give `taper_year`)
[Waits | 谁要等待 | who waits]
lapsed | 断保的人 | those who lapsed
everybody | 所有人 | everybody
[RepairLatest | 最迟何时补缴 | until when years can be repaired]
with_contribution | 只能与当年缴费一起 | with the contribution only
before_wait_ends | 等待期满以前 | before the wait ends
[Reminded | 发给谁 | whom a message goes to]
unpaid | 未缴费的人 | those who have not paid
could_repair | 其中断保、可以补缴的人 | those of them who could repair lapsed years
[Hukou | 户籍 | hukou]
county | 本县 | this county
city | 本市其他县 | elsewhere in this city
elsewhere | 市外 | outside the city
hong-kong | 香港 | Hong Kong
macao | 澳门 | Macao
taiwan | 台湾 | Taiwan
[HukouKind | 户口性质 | kind of hukou]
rural | 农村 | rural
urban | 城镇 | urban
converted | 农转城 | turned from rural into urban
[InsuranceState | 职工医保 | employee insurance]
none | 未参加 | none
active | 在保 | active
ended | 已终止 | ended
[ServiceKind | 服役或服刑 | service]
none | 无 | none
military | 军人 | military
armed_police | 武警 | armed police
prison | 服刑 | prison
[School | 在读 | school]
primary_secondary | 中小学 | primary or secondary
vocational | 中等职业学校 | vocational
university | 高校 | university
[Sex | 性别 | sex]
female | 女 | female
male | 男 | male
[Mechanism | 资助方式 | how help reaches the person]
paid_on_behalf | 代缴 | paid on behalf
reimburse_to_card | 先缴后补到社保卡 | paid first, reimbursed to the card
outside_system | 由部门自行结算，不经本系统 | settled by a department outside this system
[StackingRule | 几种身份怎么办 | several statuses]
highest | 就高不就低 | the highest applies
one_status | 只按一种身份 | only one status counts
ordered_top_up | 依次资助，差额补足 | in order, the next one tops up
[Missed | 名册过期 | when the roster is late]
outside_system | 由部门自行结算 | settled outside this system
nothing | 不资助 | nothing
reimburse_to_card | 先缴后补 | reimbursed to the card
[AfterPayment | 缴费后才知道的身份 | a status known after payment]
reassess | 重新测算 | reassessed
nothing | 不再补退 | nothing
[EffectiveWhen | 缴费后重新测算时，身份何时认定才算 | recognized when, for that]
any_time | 不论何时 | at any time
before_payment | 缴费时已认定 | by the payment
[Level | 发文级别 | level]
county | 县 | county
township | 乡镇 | township
city | 市 | city
[BaseLevel | 共用规则的级别 | level of common rules]
country | 国家 | country
province | 省 | province
city | 市 | city
[GoalPer | 目标按 | a goal is per]
county | 县 | county
township | 乡镇 | township
[Per | 认定单位 | what is recognized]
person | 人 | person
household | 户 | household
[HouseholdUnit | 办理单位 | unit of enrollment]
individual | 按人 | by person
household | 按户 | by household
[Complete | 全户参保 | whole household]
not_required | 不要求 | not required
warn | 提醒 | warned about
required | 必须 | required
[VoucherPer | 票据按 | voucher per]
person | 人 | person
household | 户 | household
payment | 笔 | payment
[HouseholdPlace | 办理地 | place]
hukou | 户籍地 | hukou
residence | 居住地 | residence
hukou_or_residence | 户籍地或居住地 | hukou or residence
"""


@dataclass(frozen=True, slots=True)
class ClosedSet:
    """One closed set: its name, what it is about, and its words in order."""

    name: str
    label: Label
    words: dict[str, Label]


def _read() -> list[ClosedSet]:
    sets = []
    for block in (_SETS + OFFICE_SETS).strip().removeprefix("[").split("\n["):
        head, _, body = block.partition("\n")
        ((name, label),) = rows(head.rstrip("]"))
        sets.append(ClosedSet(name, label, dict(rows(body))))
    return sets


CLOSED_SETS = _read()
_BY_WORDS = {tuple(found.words): found for found in CLOSED_SETS}


def closed_set(choices: tuple[str, ...]) -> ClosedSet:
    """Return the set that has exactly these words in this order."""
    return _BY_WORDS[choices]

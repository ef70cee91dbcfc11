"""What every key of a policy file is called; `Class.key` goes before `key` where a word means two things."""

from libs.common.policy.format.conditions_model import Label
from libs.common.policy.words.office_fields import OFFICE_FIELDS
from libs.common.policy.words.table import rows

_WORDS = """
notice | 通知 | the notice
scope | 参保范围 | who may enroll
amounts | 金额 | amounts
prices | 缴费标准 | contribution standards
windows | 缴费期 | windows
benefit | 待遇享受期 | benefit
statuses | 身份 | statuses
subsidies | 参保资助 | subsidies
household | 家庭 | household
payers | 资助方 | payers of subsidies
Stacking.payers | 同额时的次序 | payers in order
groups | 人群 | groups
add_ons | 附加保险 | add-ons
inside_price | 含在缴费标准内 | inside the price
reminders | 缴费提醒 | reminders
departments | 部门与职责 | departments and duties
AddOn.departments | 部门 | departments
AddOn.channels | 渠道 | channels
UnitRule.channels | 缴费渠道 | pays through
Registration.when | 适用人员 | for whom
Registration.then | 逾期后转至 | afterwards
Registration.earlier_year_first | 先缴上一年度 | the year before is paid first
UnitRule.late | 逾期办理的去处 | where late people go
listed_as | 由单位证明 | what the unit vouches for
registration | 参保登记 | registration
units | 按名单办理的单位 | units that list their people
stages | 工作阶段 | stages
channels | 缴费渠道 | channels
vouchers | 票据 | vouchers
cash_deposit | 现金解缴 | cash deposit
village_batches | 村级批次 | village batches
subsidy_verification | 资助核定与拨付 | verification of help
help_by_others | 社会资助 | help by others
payouts | 发放前提 | payouts wait until
first | 资金不足时先付 | first where money is short
steps | 步骤 | steps
BatchStep.within | 办理时限 | time allowed
BatchStep.by | 最迟 | by
accounts | 账户 | accounts
money_path | 资金路径 | way of the money
fiscal_match | 财政配套补助 | fiscal match
FiscalMatch.amount | 每人补助标准的名称 | name of the amount per head
reconciliation | 渠道对账与日结 | channels compared, days closed
Reconciliation.within | 办理时限 | time allowed
Reconciliation.day | 次月几日 | day of the next month
handovers | 对账与移交 | handovers
targets | 任务 | targets
goals | 目标 | goals
reports | 报告与通报 | reports
score | 考核 | score
service_days | 办理时限 | service days
corrections | 错误信息更正 | corrections of people's data
messages | 缴费提醒短信 | messages that remind of paying
every_days | 最短间隔天数 | days between two
most | 每季最多条数 | at most
quiet | 免打扰时段 | quiet hours
Quiet.from | 自 | from
Quiet.to | 至 | to
texts | 短信内容 | texts
text | 内容 | text
pay_after_days | 更正后几日再缴费 | days to wait before paying
deadlines | 期限 | deadlines
work_funds | 工作经费 | work funds
elsewhere | 异地参保资助 | help for who is insured elsewhere
ElsewhereRule.rules | 适用的资助 | subsidies
ElsewhereRule.to | 申请截止 | asked for until
area | 参保地范围 | insured where
refunds | 退费 | refunds
reasons | 退费事由 | reasons for a refund
proofs | 证明材料 | proofs
within_days | 缴费后几日内 | days after payment
goes_to | 退给谁 | goes to
changes | 信息变更 | changes
duplicates | 重复参保 | duplicates
Duplicates.order | 以哪一处为准的次序 | in which order what stands
DuplicateRule.stands | 以哪一处为准 | which one stands
open_questions | 待定事项 | open questions
county | 县代码 | county
year | 参保年度 | coverage year
division | 行政区划代码 | division
level | 发文级别 | level
place | 地区 | place
Household.place | 办理地 | place
scheme | 险种 | scheme
title | 标题 | title
document_no | 文号 | document number
issuer | 发文机关 | issuer
effective_from | 生效日 | effective from
question_prefix | 待定事项前缀 | prefix of open questions
issued_on | 印发日 | issued on
published_on | 公布日 | published on
based_on | 上级依据 | based on
supersedes | 代替 | supersedes
extends | 套用的共用规则 | extends
without | 不套用的条款 | without
questions | 待定事项 | open questions
period | 时间 | period
zh | 中文 | Chinese
en | 英文 | English
clause | 条款 | clause
admit | 可以参保 | may enroll
exclude | 不参保 | may not enroll
no_subsidy | 可参保、不资助 | may enroll without subsidy
id | 代号 | id
label | 名称 | label
when | 条件 | when
reason | 原因代码 | reason
hukou | 户籍 | hukou
hukou_kind | 户口性质 | kind of hukou
residence_permit | 持有居住证 | residence permit
resident_months | 居住满月数 | months of residence
employed | 从业 | employed
parent_enrolled_in_city | 父母已在本市参保 | parent enrolled in the city
employee_insurance | 职工医保 | employee insurance
service | 服役或服刑 | service
service_ends | 服役、刑期止日 | service ends
stationed_here | 驻本地 | stationed here
school | 在读 | school
sex | 性别 | sex
age | 年龄 | age
born | 出生日期 | born
days_since_birth | 出生天数 | days since birth
lapsed_years | 断保年数 | lapsed years
continuous_years | 连续参保年数 | continuous years
due_from_year | 应参保起始年度 | first year due
status | 身份 | status
event | 事件 | event
tier | 档次 | tier
cover_tier | 享受待遇的档次 | tier of cover
parameter | 录入参数 | parameter
group | 人群 | group
any | 任一 | any of
not | 除外 | not
from | 起 | from
to | 止 | to
Report.to | 报给 | to
MoneyStep.from | 从 | from
MoneyStep.to | 到 | to
min | 满 | at least
under | 未满 | under
codes | 身份 | statuses
classes | 类别 | classes
grades | 等级 | grades
listed_to | 名册最迟送达 | on a roster by
name | 名称 | name
value | 金额 | value
floor | 下限 | floor
unknown | 未录入时的原因代码 | reason when unknown
sum | 合计 | sum
own | 个人标准 | own standard
paid_from | 缴费起 | paid from
paid_to | 缴费止 | paid to
percent | 比例 | percent
per_remaining_month | 按剩余月数 | per remaining month
yearly | 年金额折月的取整 | rounding of a yearly amount
Rounded.to | 取整到 | to a whole
Rounded.how | 取整方式 | rounded
kind | 种类 | kind
closed_days_of_month | 每月停缴日 | closed days of each month
closed_days | 停缴日 | closed days
registration_to | 登记（核定）截止 | registration closes
registration_clause | 登记截止条款 | clause of the registration cut-off
within | 时限 | within
unit | 单位 | unit
count | 起算 | count
complete | 须完成 | complete
Household.complete | 全户参保 | whole household
Household.when | 应参保成员 | members who join
on_from | 事件起 | event from
on_to | 事件止 | event to
rules | 规则 | rules
none_left | 无待遇日时的待定事项 | open question when no day is left
start | 待遇起始 | start
before_year | 可早于年度 | may begin before the year
anchor | 起点 | anchor
on | 日期 | on
wait | 等待 | wait
waiting | 断保、等待与修复 | lapse, waiting and repair
counted_from | 断保起算年度 | years counted from
fixed_months | 固定等待期（月） | fixed months
months_per_year | 每多断保一年加（月） | months per lapsed year
years_in_fixed | 固定等待期已含（年） | years in the fixed part
from_years | 断保达（年） | from years
months | 月数 | months
exempt | 没有等待期的人 | no wait for
repair | 补缴修复 | repair
per_year | 补缴一年减（月） | months off per year
latest | 最迟 | latest
code | 代码 | code
department | 部门 | department
per | 按 | per
carried_over | 沿用上年名单 | carried over
definition | 定义 | definition
stacking | 多重身份 | several statuses
after_payment | 缴费之后 | after payment
ended | 期内终止的身份 | statuses that end within a window
rule | 规则 | rule
order | 次序 | order
ceiling | 封顶 | ceiling
for | 资助谁 | for
payer | 资助方 | payer
amount | 金额 | amount
mechanism | 资助方式 | mechanism
stage | 环节 | stage
top_up | 可补差额 | may top up
roster | 名册期限 | roster cut-off
dividing | 分界日 | dividing date
recognized | 认定时间 | recognition
held_on | 当日在册 | in force on
Recognized.from | 认定不早于 | recognized from
Recognized.to | 认定不晚于 | recognized to
yields | 让位 | yields
not_grades | 除外等级 | grades left out
fen | 金额 | amount
of | 以…计 | of
taper | 逐年比例 | share by year
taper_from | 首年比例属于 | first share is for
taper_year | 首年 | first year
cutoff_on | 截止日 | cut-off
if_missed | 逾期 | if missed
listed_after | 此后送达 | listed after
effective | 认定时间 | recognized
same_tier | 全户同档 | one tier for all
tier_clause | 同档条款 | clause of the one tier
indivisible_payment | 整户缴费 | paid together
voucher_per | 票据按 | voucher per
excuses | 可不参保 | excuses
proof | 凭证 | proof
price | 价格 | price
payee | 收款方 | payee
role | 角色 | role
duties | 职责 | duties
who | 对象 | who
where | 地点 | where
papers | 材料 | papers
what | 所指 | what it is about
by | 截止 | by
Report.by | 报告方 | by
pays_for | 可为谁缴 | pays for
voucher | 凭证 | voucher
takes_cash | 收现金 | takes cash
real_name_check | 实名认证 | real-name check
personal_account | 职工个人账户共济支付 | paid from personal accounts
relations | 可共济的亲属 | relatives paid for
note | 说明 | note
medium | 介质 | medium
copies | 联数 | copies
seals | 印章 | seals
writeoff | 核销 | write-off
issued_by | 开具方 | issued by
fields | 票面项目 | fields
account | 账户 | account
cutoff | 当日截止 | cut-off
late | 逾时 | late
days | 天数 | days
forbidden | 严禁 | forbidden
accounting_from | 记账起 | accounting from
accounting_to | 记账止 | accounting to
parties | 各方 | parties
due_on | 期限 | due on
due_day | 次月几日 | day of the next month
roll | 遇节假日 | on a holiday
does | 事项 | does
stated_total | 通知所写合计 | stated total
rows | 分解 | rows
stated_population | 通知所写人口 | stated population
notes | 备注 | notes
task | 任务数 | task
population | 人口 | population
measure | 指标 | measure
base | 基数 | base
about | 报告的内容 | what the report is of
strict | 严格大于 | strictly more
over | 参保率的基数 | base of the rate
with_employees | 含职工医保参保人数 | with people in employee insurance
cadence | 频次 | cadence
"""
_LABELS = dict(rows(_WORDS.rstrip() + OFFICE_FIELDS))


def field_label(owner: type | str, key: str) -> Label:
    """Return what a key of a class is called. `key` may carry the underscore of the Python name."""
    name, key = owner if isinstance(owner, str) else owner.__name__, key.rstrip("_")
    return _LABELS.get(f"{name}.{key}") or _LABELS[key]

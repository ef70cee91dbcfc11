"""How to fill in a key of a policy file where its name does not say it: what editors show beside it."""

from libs.common.policy.format.conditions_model import Label
from libs.common.policy.words.table import rows

_HELP = """
county | 小写拼音，与目录名相同 | lower case, the name of the directory
year | 待遇所属年度，与文件名相同 | the year of cover, the name of the file
division | 行政区划代码的前几位，加引号，如 "350426" | first digits of the division code, in quotes
extends | 省、市共用规则的文件，如 shandong/2027 | the file of common rules, such as shandong/2027
without | 共用规则中本地不用的，如 [windows.makeup] | those that do not hold here, such as [windows.makeup]
Base.year | 与文件名相同 | the name of the file
Base.division | 该地区代码的前几位，如 "37"；全国的不写 | such as "37"; none for the country
effective_from | 可早于印发日 | may be earlier than the day of issue
question_prefix | 如 YX；待定事项写作 YX-1 | such as YX; open questions are YX-1 and so on
clause | 通知中的出处，如 三(一) | the place in the notice, such as 三(一)
questions | 这一条依赖的待定事项，如 [YX-3] | the open questions it rests on, such as [YX-3]
id | 全文件同类中不重复，小写字母和连字符 | unique among its kind; lower case and hyphens
label | 中英文各一句，会念给缴费人听 | one phrase in each language, read out to payers
when | 列出的条件须同时成立 | all that is listed must hold
reason | 答复中的原因代码 | the reason code of the answer
Scope.exclude | 先看不参保的，再看可以参保的 | looked at before `admit`
Scope.admit | 符合任何一条即可 | one of them is enough
tier | 通知分档次缴费时写 | where the notice has tiers
cover_tier | 享受待遇的档次与所缴档次不同时写 | where people are covered by another tier than they pay
yearly | 金额是全年的，按剩余月数折算，写明如何取整 | the amounts are for a year: how to round a share
Registration.when | 人员信息能判断的写；第一条符合的算 | where facts tell; the first that holds counts
earlier_year_first | true：欠缴上一年度的，先缴或一并缴 | true: what is owed of the year before comes first
Registration.then | by 之后改按此条登记 | the id of the registration that counts after `by`
Condition.hukou | 如 [county]；镇级通知里 county 指本镇 | such as [county]; the township in its own notice
Condition.hukou_kind | 如 [rural, converted]；未知的不算 | such as [rural, converted]; not where it is unknown
Condition.residence_permit | true 或 false | true or false
resident_months | 如 6：缴费当天已连续居住满6个月 | such as 6: full months by the day of payment
Condition.employed | false 包括没有登记就业的 | false includes people of whom nothing is known
employee_insurance | 如 [active] | such as [active]
Condition.service | 如 [prison]；止日当天起不算 | such as [prison]; no more on its last day
Condition.service_ends | 如 {to: 2021-12-31} | such as {to: 2021-12-31}
Condition.school | 如 [vocational] | such as [vocational]
Condition.age | 缴费当天的周岁，如 {min: 60} 或 {under: 18} | on the day of payment: {min: 60} or {under: 18}
Condition.born | 如 {from: 2025-10-01, to: 2025-12-31} | such as {from: 2025-10-01, to: 2025-12-31}
days_since_birth | 如 90：出生日加90天（含） | such as 90: birth plus 90 days inclusive
Condition.lapsed_years | 如 {min: 1}；参保记录未知的不算 | such as {min: 1}; not where it is unknown
Condition.continuous_years | 到上一年度为止，如 {min: 4}；{min: 1} 即续保 | such as {min: 4}; {min: 1} renews
Condition.due_from_year | 如 {min: 2026} | such as {min: 2026}
Condition.status | 如 {codes: [dibao], classes: [rural-1]} | such as {codes: [dibao], classes: [rural-1]}
Condition.event | 已经发生的事件，如 released | an event that has happened, such as released
Condition.group | groups 里定义的人群名称 | the name of a group defined under `groups`
Condition.any | 如 [{...}, {...}]，其中一组成立即可 | such as [{...}, {...}]: one of its blocks must hold
Condition.not | 如 {hukou: [county]}，不成立才算 | such as {hukou: [county]}: its block must not hold
Condition.parameter | 操作员录入 1 才成立，如 window_extended | holds when 1 is supplied for it
parameter | 操作员可录入的值的名称，以 _fen 结尾 | name of a value that an operator supplies, ending in _fen
value | 写“250元”；通知没写的不填 | written 250元; left out where the notice has none
floor | 录入的金额不得低于此数 | what an operator supplies must not be less
PriceRule.own | 资助按这个标准计算 | what subsidies are measured by
sum | 把这些金额相加 | these amounts are added up
paid_from | 自该日零点 | from the first second of the day
paid_to | 该日（或该秒）当天仍有效 | the day, or the second, still counts
Window.from | 自该日零点 | from the first second of the day
Window.to | 该日（或该秒）仍可缴 | the last day, or second, that still counts
registration_to | 登记另有截止时刻时写 | where registration closes earlier than payment
closed_days_of_month | 如 [26, 27, 28] | such as [26, 27, 28]
Window.event | 从个人的一件事起算的缴费期 | a window that runs from an event in a life
within | 不写则不限时长 | without it, no limit
on_from | 这一天起发生的事件才算 | events from this day on count
none_left | 缴了费却没有待遇日时引用 | cited when paying buys no day of cover
before_year | 待遇可早于年度第一天 | cover may begin before the coverage year
BenefitRule.to | 不同于年度最后一天时写 | where it is not the last day of the year
RefundReason.from | 自该日起受理 | asked for from this day on
RefundReason.to | 受理的最后一天（或一秒） | the last day, or second, on which it is asked for
within_days | 如 30：缴费日加30天（含）内申请 | such as 30: within the day of payment plus 30 days
Subsidies.elsewhere | 在外地参保的本地资助对象也有资助时写 | where who is insured elsewhere is helped, too
ElsewhereRule.rules | 资助规则的 id，不写为全部 | ids of subsidies; without it, all
ElsewhereRule.to | 受理的最后一天（或一秒） | the last day, or second, on which it is asked for
area | 不写为全国 | the country, where it is not written
goes_to | heir 的须写明领取人，退到其卡 | an heir has to be named, whose card gets it
Duplicates.order | 从上往下，第一条符合的适用；最后一条不写条件 | the first that fits counts
inside_price | 必须参加、含在缴费标准内的，如长护险 | mandatory, and a part of the price
AddOn.when | 哪些人含此项；不写的为所有人 | for whom it is; without it, for everybody
count | 起算日算不算第1天 | whether the first day counts as day 1
StatusRule.department | 由哪个部门认定 | the department that recognizes it
carried_over | 上年名单沿用，名册另有说明的除外 | last year's list holds until a roster says otherwise
StatusRule.event | 被认定本身就是这一事件 | recognition is itself this event
Stacking.payers | 金额相同时，排在前面的出钱 | with equal amounts the first one pays
Stacking.order | 各环节的先后 | stages, first to last
ceiling | 合计最多到这个金额 | all help together reaches at most this
stage | 依次资助中的环节 | the stage in ordered help
top_up | 前面的环节不足时补到封顶 | fills up to the ceiling after earlier stages
SubsidyRule.amount | 130元、金额名称、unknown，或一组 percent/taper | 130元, an amount, unknown, or a block
yields | 有别的身份资助时，本条让位 | gives way to any other status that is known
taper | 逐年比例，如 [80%, 50%, 30%]，以后没有 | share year by year, then nothing
taper_from | 默认认定当年是第一年 | the year of recognition by default
taper_year | taper_from 为 fixed_year 时写 | with `taper_from: fixed_year`
held_on | 当日24时在册的算 | in force at the end of this day
Recognized.from | 当天认定仍算 | recognized on the day counts
Recognized.to | 当天认定仍算 | recognized on the day counts
counted_from | 全国规定为2025，此前的年度不算断保 | 2025 by the national rule; earlier years never count
years_in_fixed | 头几个断保年已含在固定等待期里 | the first lapsed years, which the fixed part covers
Waiting.rules | 没写到的缴费期没有等待期 | a window that is not named has no wait
WaitRule.anchor | 等待期从哪天起算 | the day that the wait runs from
Repair.price | 金额名称；不写即本人当年的标准 | the name of an amount; without it, the person's own standard
per_year | 每补缴一年，等待期减几个月 | months taken off for each repaired year
from_years | 断保达到这么多年的 | after so many lapsed years
Floor.months | 修复后合计也不少于这么多月 | fixed and variable together, repaired or not
listed_after | 名册在此日之后送达的，用另一方式 | later rosters are helped by another mechanism
cutoff_on | 名册当天送达仍算 | a roster that arrives on the day counts
parties | 每个部门做什么 | what each department does
due_day | 每月的对账：次月几日 | monthly: the day of the next month
accounting_to | 含当日；补充移交没有止日，不写 | that day included; a supplementary one has none
stated_total | 照抄通知，即使与各行之和不符 | as printed, even where the rows add up to something else
TargetRow.division | 12位代码，加引号 | 12 digits, in quotes
strict | “高于”写 true，“达到”写 false | true for more than, false for at least
CashDeposit.cutoff | 如 17:00，该秒仍算当日 | such as 17:00, that second included
basis | 假定、推断，还是照原文 | assumed, inferred, or kept as written
owner | 由哪个部门决定 | the department that has to decide
decided_on | 决定之后填 | filled in once decided
"""
_LABELS = dict(rows(_HELP))


def field_help(owner: type | str, key: str) -> Label | None:
    """Return how to fill in a key of a class, where there is more to say than its name."""
    key = key.rstrip("_")
    name = owner if isinstance(owner, str) else owner.__name__
    return _LABELS.get(f"{name}.{key}") or _LABELS.get(key)

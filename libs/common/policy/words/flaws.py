"""Mistakes of a policy file in Chinese: what a check says in English, pattern by pattern.

`{}` stands for whatever the message names; it is said in Chinese itself where it has a pattern of its own.
"""

import re
from functools import cache

_SAID = """
did you mean {}? | 是不是{}？
use one of: {} | 可用：{}
{} is no amount | {}不是金额
write 130元, the name of an amount, or unknown | 写130元、金额的名称，或 unknown
a single value is expected here, not a list or a block | 这里应是一个值，不是列表或一组
write one value | 只写一个值
the value is empty | 值是空的
fill it in, or delete the key | 填上，或删去这个键
{} is not an amount of money | {}不是金额
write yuan with the unit, such as 250元 or 0.10元 | 写明单位，如250元、0.10元
{} is no time of day | {}不是时刻
write hours 00 to 23; a whole day needs no time | 小时写00到23；整天的不写时刻
{} is not known here | 这里没有{}这个词
a list is expected here | 这里应是列表
put each entry on its own line after a dash, or in [ ] | 每项另起一行、前面加短横，或写在 [ ] 里
a block of `key: value` lines is expected here | 这里应是一组键和值
{} is not {} | {}不是{}
a whole number | 整数
write digits only | 只写数字
true or false | true 或 false
write true or false | 写 true 或 false
a day of the calendar | 日历上的日期
write year-month-day | 写年-月-日
a percentage | 百分比
write a whole percent, such as 50% | 写整数百分比，如50%
a time of day | 时刻
write 17:00 | 写17:00
price {}: `yearly` goes with `per_remaining_month` | 缴费标准{}：yearly 与 per_remaining_month 一起写
a batch begins with being handed in | 批次从报送开始
write one `submit`, first | 只写一个 submit，放在最前
nobody looks at the batch | 批次没有审核
add a step of the kind `review` | 补一个 review 步骤
the money goes before anybody looked | 尚未审核就已缴存
put a `review` before it | 在它之前写一个 review
what nobody looked at is confirmed | 尚未审核就确认
the money is deposited twice | 款项缴存了两次
leave one `deposit` | 只留一个 deposit
money waits for a review that never lets it go | 款项须待复核，但没有缴存步骤
add `deposit` | 补上 deposit
service days {} are those of {}, not of {} | 办理时限{}属于{}，不属于{}
name service days of the step's department | 写该步骤承办部门的办理时限
what the employees' fund owes goes to the special fiscal account | 职工医保基金应划转的款项应到财政专户
let the step lead to an account of the role `special_fiscal_account` | 该环节的去向写角色为 special_fiscal_account 的账户
account {} is not that of the employees' fund | 账户{}不是职工医保基金的账户
name an account of the role `employee_fund` | 写角色为 employee_fund 的账户
channel {}: a personal account pays neither in cash nor by hand | 渠道{}：个人账户不能以现金或人工收款方式支付
leave out `takes_cash`, and write the `kind` of an app or terminal | 去掉 takes_cash，kind 写手机应用或自助终端
channel {}: a personal account pays for the family of an employee who is known | 渠道{}：个人账户只为实名职工的家人支付
write `pays_for: family` and `real_name_check: true` | 写 pays_for: family 和 real_name_check: true
relations are named once each, and at least one | 亲属关系至少写一种，每种只写一次
write such as [spouse, child] | 如写 [spouse, child]
channel {}: where money is taken by hand nobody checks who pays, so {} cannot be kept | 渠道{}：人工收款不核验缴费人身份，{}无从执行
write `anyone` or `own_area`, or the `kind` of an app or terminal that knows its payers | 写 anyone 或 own_area，或改 kind 为能核验缴费人的手机应用、自助终端
unit {}: `late` goes with `by` | 单位{}：late 与 by 一起写
registration {}: no list of a village tells {} | 登记{}：各村名单没有{}这一项
ask for hukou, hukou_kind, school, age and the like | 改用户籍、户口性质、在校情况、年龄等条件
registration {}: `then` goes with `by`, and ends later | 登记{}：then 与 by 一起写，且截止更晚
add `by`, or name a registration that ends later | 补上 by，或改写截止更晚的登记
add `by`, or delete `late` | 补上 by，或删去 late
subsidy {}: `taper_year` goes with `taper_from: fixed_year` | 资助{}：taper_year 与 taper_from: fixed_year 一起写
add or remove one | 补上或删去其中一个
subsidy {}: `recognized` names no day | 资助{}：recognized 没有写日期
add `held_on`, `from` or `to` | 补上 held_on、from 或 to
subsidy {}: recognition ends before it begins | 资助{}：认定时间的止早于起
message {} has braces that nothing fills | 短信{}中有无法填写的占位符
message {} goes to those who could repair years, and nobody can | 短信{}发给可以补缴断保年度的人，但通知没有规定补缴
say `repair` in `waiting`, or leave `who` out | 在 `waiting` 中写明 `repair`，或不写 `who`
in braces stands one of: {} | 花括号内只能写：{}
unknown key {} | 没有{}这个键
{} is missing | 缺少{}
name the place in the notice, such as 三(一) | 写在通知中的出处，如三(一)
add {} | 补上{}
{} is no day or time | {}不是日期或时刻
write 2019-12-31 or 2018-02-23 17:00 | 写2019-12-31，或2018-02-23 17:00
a base begins with `base` | 共用规则文件以 base 开头
a base has no `notice` | 共用规则文件没有 notice
write `base:` with its title, number and level | 写 base，含标题、文号和级别
the bases extend one another in a circle | 共用规则互相套用，成了一圈
let the widest one extend nothing | 级别最高的一份不写 extends
there is no base {} | 没有共用规则文件{}
write {}, or correct `extends` | 补上文件{}，或改正 extends
{} is a base of another area | {}是别的地区的共用规则
extend a base of the own area, or correct `division`, which begins with {} | 套用本地区的，或改正 division（应以{}开头）
correct `year`, or its name | 改正 year，或改文件名
a value that differs from the base has no `clause` | 与共用规则不同的值没有写 clause
name where it stands | 写明在本通知中的出处
the base has no {} | 共用规则里没有{}
write section.rule, such as windows.makeup | 写“部分.代号”，如 windows.makeup
add-on {}: `when` goes with `inside_price` | 附加险{}：when 与 inside_price 一起写
add-on {}: another one has its price, so their money cannot be told apart | 附加险{}与另一项价格相同，收到的钱分不清
ask for help: one of them is a part of the price | 请求协助：其中一项含在缴费标准内
`order` goes with `rule: by_order` | order 与 rule: by_order 一起写
write the order, or change `rule` | 写明 order，或改 rule
duplicate {} can never apply: {} before it has no condition | 重复参保的规则{}永远用不到：前面的{}没有条件
put the one with a condition first | 把有条件的移到前面
`reasons` go with `rule: listed` | reasons 与 rule: listed 一起写
list the reasons, or change `rule` | 写明 reasons，或改 rule
refund {} ends before it begins | 退费事由{}的止早于起
refund {} goes to an heir without any proof | 退费事由{}退给继承人，却不要任何证明
name the papers that show who the heir is | 写明证明继承人身份的材料
{} is written twice | {}写了两次
keep one of the two | 只留一个
finance is a party to no handover, so nothing is ever matched | 财政不是任何一次移交的办理单位，永远不会配套
name it among the `parties` of the handovers at which it matches | 在应当配套的移交的 parties 里写上财政
handover {} | 移交{}
{} needs `due_on`, or `due_day` when monthly | {}缺少 due_on，按月的写 due_day
give one of them | 写其中一个
there are {} closing handovers, not one | 收尾移交（closing）有{}个，应有一个
write one `kind: closing` that takes all money since the last deadline, such as up to {} | 写一个 kind: closing，收齐上次移交以后的全部资金，如到{}
a handover ends on {}, after the closing one | 有移交到{}才结束，晚于收尾移交
let the closing handover end on {} | 收尾移交的止日写{}
money that moves after the closing handover is in no deadline | 收尾以后变动的资金不在任何移交里
write one `kind: supplementary` with `accounting_from: {}` and a `due_day` | 写一个 kind: supplementary，accounting_from 写{}，并写 due_day
no handover covers {} to {} | 没有移交包含{}至{}
no handover covers {} | 没有移交包含{}
let a handover begin on the first of these days, or end on the last | 让一个移交从其中第一天开始，或到最后一天结束
{} has no end | {}没有止日
delete `accounting_to` and `due_on`; give `due_day` | 删去 accounting_to 和 due_on，写 due_day
{} needs `accounting_to` | {}缺少 accounting_to
add its last accounting day | 写记账的最后一天
{} is not monthly | {}不是按月的
give `due_on` instead of `due_day` | 把 due_day 改为 due_on
{} ends before it begins | {}的止早于起
correct the accounting days | 核对记账起止
{}: not every month has a day {} | {}：不是每个月都有{}日
write a day from 1 to 28 | 写1到28
`within` belongs to the rule `within`, and to no other | within 只用于 rule: within
name an entry of service_days, or delete it | 写 service_days 中的代号，或删去
`day` belongs to the rule `next_month`, and to no other | day 只用于 rule: next_month
write a day of the next month, or delete it | 写次月几日，或删去
no year before {} is counted | {}年以前没有一年计入断保
write the first year that counts as lapsed, such as 2025 | 写断保起算的年度，如2025
wait {} cannot run from a fixed date | 等待期{}不能从写定的日期起算
use coverage_start | 写 coverage_start
wait {}: event_day needs event windows | 等待期{}：event_day 只能用于从事件起算的缴费期
the condition asks for the enrollment history, which this notice does not count | 条件问参保记录，而本通知没有写 waiting
add `waiting` with `counted_from`, or delete the condition | 写 waiting（含 counted_from），或删去条件
two waits for window {} | 缴费期{}有两个等待期
name each window once | 每个缴费期只写一次
`division` is no division code | division 不是区划代码
write its first digits, such as 350426 | 写前几位，如350426
`year` {} is out of range | 年度{}超出范围
write the coverage year | 写参保年度
ordered help needs `order` and `ceiling` | 依次资助须写 order 和 ceiling
list the stages and the ceiling | 列出各环节和封顶
the coverage year ends before it begins | 待遇年度的止早于起
correct `from` and `to` | 核对 from 和 to
a same-day deposit needs `cutoff` and `late` | 当日解缴须写 cutoff 和 late
add 17:00 and next_calendar_day | 补上17:00和 next_calendar_day
a deposit every few days needs `days` | 每隔几天解缴须写 days
add `days: 3` | 补上 days: 3
{} is not defined in this notice | {}在本通知里没有定义
group {} | 人群{}
status {} | 身份{}
window {} | 缴费期{}
amount {} | 金额{}
payer {} | 资助方{}
stage {} | 环节{}
class of {} {} | {}的类别{}
department {} | 部门{}
account {} | 账户{}
voucher {} | 票据{}
channel {} | 渠道{}
open question {} | 待定事项{}
price {} | 缴费标准{}
benefit {} | 待遇规则{}
{} is used more than once | {}用了不止一次
give every entry its own | 每项各用一个
an exclusion needs a `reason` | 不参保的条款缺少 reason
add the reason code, such as in_service | 写原因代码，如 in_service
the condition is empty | 条件是空的
say what must hold, or delete `when` | 写明条件，或删去 when
swap or correct `from` and `to` | 对调或改正 from 和 to
window {}: only a special window runs from an event | 缴费期{}：只有特殊情形（special）从事件起算
add `event` or change `kind` | 写 event，或改 kind
{} overlaps {} | {}与{}重叠
let one end the day before the other begins | 让前一个在后一个开始的前一天结束
correct `paid_from` and `paid_to` | 核对 paid_from 和 paid_to
amount {} has no value | 金额{}没有写数
add `value`, or `parameter` for the operator | 写 value；由操作员录入的写 parameter
{}: `on` goes with `fixed_date` | {}：on 只和 fixed_date 一起用
add or remove `on` | 补上或删去 on
{}: event_day needs event windows | {}：event_day 只能用于从事件起算的缴费期
name them in `windows` | 写在 windows 里
no benefit rule covers window {} | 没有待遇规则管到缴费期{}
add a rule without `when` for it | 为它写一条没有 when 的规则
{} lacks the prefix | {}没有前缀
write {} | 写{}
separate them by dates, windows or tier | 用日期、缴费期或档次分开
{} pays subsidies of the notice, and is no payer of help by others, too | {}已承担通知规定的资助，不能同时是社会资助方
give the others a payer of their own | 为社会资助另写资助方
the file is empty | 文件是空的
begin with `source:` | 从 source: 写起
check indentation | 核对缩进
{} lies in another year | {}是别的年份
put it into {} | 写进{}
{} is no weekend | {}不是周末
list under workdays only weekends on which offices work | workdays 里只写要上班的周末
{} is a weekend anyhow | {}本来就是周末
list under holidays only Mondays to Fridays | holidays 里只写周一至周五
begin with `notice:` | 从 notice: 写起
not YAML: {} | 不是 YAML：{}
this line is not written in UTF-8 | 此行不是 UTF-8 编码
save the file as UTF-8 | 将文件另存为 UTF-8 编码
this line holds an invisible character that YAML does not take | 此行有 YAML 不接受的不可见字符
delete it | 删去该字符
check indentation, quotes and colons | 核对缩进、引号和冒号
check indentation, quotes, colons | 核对缩进、引号和冒号
the file says it is {} | 文件里写的是{}
move it to {}, or correct `county` and `year` | 移到{}，或改正 county 和 year
there are no worked cases beside it | 旁边没有算例
write {}, at least one case for each border of the notice | 写{}，通知的每道边界至少一个算例
there is no list of `cases` | 没有 cases 列表
write `cases:` and one case after each dash | 写 cases:，每个短横后一个算例
the case lacks {} | 算例缺少{}
add it to the case | 补进算例
correct the value | 改正这个值
correct the notice, or what the case expects | 改正通知，或算例的预期
cannot be read: {} | 读不了：{}
check the path | 核对路径
"""  # noqa: E501


def in_chinese(said: str) -> str:
    """Say a problem or a mend in Chinese; what has no pattern stays as it is."""
    for pattern, zh in _patterns():
        found = pattern.fullmatch(said)
        if found is not None:
            return zh.format(*(in_chinese(part) for part in found.groups()))
    return said


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """The patterns, those that say most of themselves first."""
    rows = [line.rsplit(" | ", 1) for line in _SAID.strip().splitlines()]
    rows.sort(key=lambda row: -len(row[0].replace("{}", "")))
    return [(re.compile("(.+?)".join(map(re.escape, en.split("{}"))), re.DOTALL), zh) for en, zh in rows]

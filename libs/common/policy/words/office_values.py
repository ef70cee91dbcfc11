"""What the words of closed sets about the office's side of a notice are called."""

OFFICE_SETS = """
[DepartmentRole | 部门的角色 | role of a department]
collector | 征收 | collector
medical_insurance | 医保 | medical insurance
finance | 财政 | finance
status | 认定身份 | recognizes statuses
township | 乡镇 | township
village | 村（社区） | village
supervision | 督查 | supervision
partner | 合作方 | partner
support | 配合 | support
[ChannelKind | 渠道的种类 | kinds of channel]
app | 手机应用 | app
web | 网页 | web
terminal | 自助终端 | terminal
counter | 办事窗口 | counter
collector | 上门或集中收取 | collector
bank | 银行柜面 | bank counter
pos | POS机 | POS
batch | 批量代缴 | batch
add_on | 附加保险 | add-on
[PaysFor | 可为谁缴 | pays for]
self | 本人 | self
family | 家人 | family
anyone | 任何人 | anyone
own_area | 所辖区域 | own area
[Medium | 票据介质 | medium]
paper_stock | 编号票据 | numbered paper stock
printed | 机打 | printed
electronic | 电子 | electronic
[Writeoff | 票据核销 | write-off]
none | 无 | none
month_end | 月末 | month end
year_end | 年末 | year end
[ReconciliationRule | 渠道日何时核对清楚 | when a day of a channel is closed]
within | 当日起若干工作日内（另写 within） | within days after it (give `within`)
month_end | 当月底前 | in the month of the day
next_month | 次月某日前（另写 day） | by a day of the next month (give `day`)
[CashRule | 现金何时解缴 | when cash is deposited]
same_day | 当日（另写 cutoff 和 late） | the same day (give `cutoff` and `late`)
every_days | 每隔几天（另写 days） | every few days (give `days`)
after_review | 名册复核通过后 | after the roster has passed
no_cash | 不收现金 | no cash
[CashLate | 逾时收取的 | collected too late]
next_calendar_day | 次日 | the next calendar day
next_workday | 下一工作日 | the next workday
[PayoutsWait | 资助发放的前提 | what payouts of help wait for]
verified | 医保局核定 | verified by the bureau
funded | 医保局核定、财政确认资金 | verified, and its money confirmed by finance
[BatchStepKind | 村级批次的步骤 | steps of a village batch]
submit | 报送 | handed in
review | 审核 | looked at
deposit | 缴入银行 | deposited
book | 入库 | booked
confirm | 确认 | confirmed
[AccountRole | 账户的角色 | role of an account]
collector_cash | 手持现金 | cash in hand
pending_remittance | 待报解账户 | pending remittance
designated_bank | 指定银行账户 | designated bank account
treasury | 国库 | treasury
special_fiscal_account | 财政专户 | special fiscal account
city_special_account | 市财政专户 | special fiscal account of the city
add_on_payee | 附加保险收款方 | payee of an add-on
employee_fund | 职工医保基金（个人账户） | employees' fund (personal accounts)
[Relation | 与职工的关系 | relation to the employee]
spouse | 配偶 | spouse
parent | 父母 | parent
child | 子女 | child
sibling | 兄弟姐妹 | sibling
grandparent | 祖父母、外祖父母 | grandparent
grandchild | 孙子女、外孙子女 | grandchild
[HandoverKind | 移交的种类 | kinds of handover]
main | 集中期 | main
monthly | 按月 | monthly
period | 一段时间 | period
closing | 收尾：收齐此前各次之后的全部资金 | closing: takes all money since the one before
supplementary | 补充：此后每月一次，有变动才有 | supplementary: monthly after it, while anything moves
[Roll | 期限遇节假日 | a deadline on a holiday]
none | 不顺延 | not rolled
next_workday | 顺延到工作日 | next workday
[Measure | 目标的指标 | measures of a goal]
task_completion | 任务完成率 | completion of the task
enrollment_rate | 参保率 | enrollment rate
account_capture | 账号采集率 | account capture
entry_accuracy | 录入准确率 | entry accuracy
entry_rate | 录入率 | entry rate
[Over | 参保率的基数 | what an enrollment rate is a share of]
population | 人口数 | the population
survey_base | 摸底台账应保人数 | people to insure by the survey
school_lists | 学校名册人数 | people on the lists of schools
[Cadence | 频次 | cadence]
weekly | 每周 | weekly
ten_days | 每旬 | every ten days
half_month | 每半月 | every half month
month | 每月 | monthly
year_end | 年终 | at the end of the year
continuous | 随时 | continuous
regular | 定期 | regular
[About | 报告的内容 | what a report is of]
progress | 参保缴费进度 | progress of enrollment
vouchers | 票据用存情况 | voucher paper
[Rounding | 取整 | rounding]
whole_points_toward_threshold | 不足1个百分点的不计 | whole points, cut off toward the threshold
[ServiceUnit | 时限的单位 | units of service days]
workdays | 个工作日 | workdays
days | 天 | days
months | 个月 | months
[PracticeRule | 经办规则 | rules for the desk]
not_stated | 通知未规定 | not stated
default_deny | 原则上不办 | denied by default
collector_decides | 由征收部门定 | the collector decides
locked_after_payment_registration | 缴费登记后锁定 | locked after payment registration
check_nationwide | 全国查重 | checked nationwide
no_duplicates | 不得重复 | no duplicates
by_completion | 按完成情况 | by completion
by_score | 按得分 | by score
[RefundRule | 退费的规定 | rules of refunds]
not_stated | 通知未规定 | not stated
default_deny | 原则上不办 | denied by default
collector_decides | 由征收部门定 | the collector decides
listed | 只按所列事由 | for listed reasons only
[RefundGoesTo | 退给谁 | who gets a refund]
person | 本人 | the person
heir | 继承人 | an heir
[ElsewhereArea | 异地参保的范围 | how far away somebody is insured]
country | 全国 | anywhere in the country
province | 本省 | within the province
[DuplicateOrder | 重复参保的规定 | rules of duplicate enrollments]
not_stated | 通知未规定 | not stated
check_nationwide | 全国查重 | checked nationwide
no_duplicates | 不得重复 | no duplicates
by_order | 按次序确定以哪一处为准 | by the order of what stands
[Standing | 重复参保以哪一处为准 | which of two enrollments stands]
employee | 职工医保 | that of the employee
workplace | 工作地 | that of the place of work
school | 学籍地 | that of the school
residence | 居住地 | that of the place of residence
hukou | 户籍地 | that of the hukou
choice | 本人选择 | the one that the person chooses
first | 先参保的一处 | the earlier one
[Basis | 待定事项的依据 | basis of a reading]
assumed | 文中没有，假定 | assumed, not in the text
inferred | 由文中推出 | inferred from the text
as_written | 虽可疑，照原文 | as written, although odd
[UnitKind | 单位的种类 | kinds of unit]
school | 学校 | a school
hospital | 医院医保服务站 | a station in a hospital
squadron | 部队单位 | a unit of the forces
department | 认定部门 | a recognizing department
welfare_institution | 社会福利机构 | a welfare institution
[DeadlineOf | 期限所指 | what a deadline is about]
survey_bases | 各村摸底台账 | the survey bases of villages
status_rosters | 资助对象花名册 | the rosters of people to be helped
[AbsenceReason | 未在本地参保的原因 | reasons for not being insured here]
employee_insurance | 已参加职工医保 | insured as an employee
insured_elsewhere | 已在外地参保 | insured elsewhere
military | 现役军人 | in the forces
prison | 服刑 | in prison
school | 在校参保 | insured at school
moved | 迁出 | moved away
died | 死亡 | died
refuses | 拒绝参保 | refuses
unreachable | 无法联系 | cannot be reached
"""

"""What keys of scores, terms and open questions are called."""

OFFICE_FIELDS = """
full | 满分 | full score
items | 考核项目 | items
money | 奖补 | money
rounding | 取整 | rounding
consequences | 奖惩 | consequences
Consequence.first | 前几名 | the first so many
Consequence.last | 后几名 | the last so many
task_met | 是否完成任务 | task met
points | 分值 | points
full_at | 满分线 | full at
up | 每高一点加分 | up
down | 每低一点扣分 | down
measures | 指标 | measures
per_incident | 每例扣分 | per incident
as_of | 统计截止 | as of
newly_as_of | 新增人员统计截止 | newly found as of
at_full | 满分每人 | at full score
per_point_up | 每加一分 | per point more
per_point_down | 每减一分 | per point less
needs_task_met | 须完成任务 | needs the task met
length | 时长 | length
problem | 问题 | problem
reading | 暂取的理解 | reading taken
basis | 依据 | basis
owner | 由谁定 | owner
decided_on | 已定日期 | decided on
"""

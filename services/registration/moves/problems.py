"""The reasons for which a move is refused."""

from libs.common.web.problems import ProblemType

HOUSEHOLD_UNKNOWN = ProblemType(
    "household-unknown",
    422,
    "There is no such household in the village",
    "该村没有这一户",
    "Give the number and village of a household that is registered; a new one is registered with its head.",
    "请填写已登记的户号和村代码；新户请先随户主登记。",
)
LOCKED_AFTER_PAYMENT = ProblemType(
    "locked-after-payment",
    409,
    "The notice allows no such change after payment",
    "按通知规定，缴费登记后不允许办理此项异动",
    "Names, numbers, deaths and double records can still be mended; this change waits until the next season.",
    "姓名、证件号码、死亡和重复登记仍可更正；本项请待下一年度参保时办理。",
)
HEADS_A_HOUSEHOLD = ProblemType(
    "heads-a-household",
    409,
    "The person is the head of a household with other members",
    "该人员是原户户主，且户内还有其他成员",
    "Name another head for that household first, by sending it with that head.",
    "请先为原户更换户主（重新提交该户）。",
)

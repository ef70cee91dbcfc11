"""The problems that only letters can have."""

from libs.common.web.problems import ProblemType

LETTER_WITHOUT_BILL = ProblemType(
    "letter-without-bill",
    409,
    "The bill of the day that the letter would be about is not there any more",
    "函件所涉日期的渠道账单已不存在",
    "Look at the case again: it closes by itself when its bill goes, or is compared anew.",
    "请重新查看该事项：账单变动后系统会重新核对或自动关闭。",
)

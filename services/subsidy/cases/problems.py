"""What can stand in the way of a step about a case."""

from libs.common.web.problems import ProblemType

NOT_IN_FUND = ProblemType(
    "recovery-not-in-fund",
    409,
    "The fund has no money of this person out of which the help could be returned",
    "基金中没有可用于退回资助的本人缴费",
    "Possible once cover has ended, while the contribution is still here. Else recover it from the person.",
    "仅当参保已终止且本人缴费仍在基金中时可用；否则请向本人追回。",
)

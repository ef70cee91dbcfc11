"""The reasons for which somebody may not be chased, and how each is mended."""

from libs.common.web.problems import ProblemType

CHASED_BY_ANOTHER = ProblemType(
    "chased-by-another",
    409,
    "Somebody else is on it already",
    "已有他人跟进",
    "Leave it to taken_by, or wait until it is let go or free_from is there.",
    "请由 taken_by 继续跟进，或待其放弃、到达 free_from 后再接手。",
)
NOTHING_TO_CHASE = ProblemType(
    "nothing-to-chase",
    409,
    "Nobody has to chase this person",
    "该人员无需催缴",
    "on_list says why: paid, exempt, or excluded with a proof. Look at the list again.",
    "on_list 说明原因：已缴费、已免缴，或已凭证明剔除。请刷新名单。",
)
NOT_YOURS = ProblemType(
    "chase-not-yours",
    409,
    "Only who is on it can let go",
    "仅跟进人本人可放弃",
    "Take it first, when it is free.",
    "请在可接手时先行接手。",
)

"""The problems of steps about differences of channel days."""

from libs.common.web.problems import ProblemType

STEP_NOT_POSSIBLE = ProblemType(
    "difference-step-not-possible",
    409,
    "This step cannot be taken about this difference now",
    "该差异目前不能办理此步骤",
    "Take another step: the detail says what stands in the way.",
    "请改办其他步骤，原因见详情。",
)

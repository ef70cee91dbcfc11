"""What can stand in the way of taking money back, beside what all arrivals share."""

from libs.common.web.problems import ProblemType

ARRIVAL_GIVEN_BACK = ProblemType(
    "arrival-given-back",
    409,
    "A part of the money went back to who gave it",
    "该笔款项已有部分退回资助方",
    "It had come, so it is not taken back. What is left of it goes back in registration (POST "
    "/v1/help-moneys/{arrival_id}/return).",
    "该笔款项确已到账，不能撤销；余款请在登记服务退回（POST /v1/help-moneys/{arrival_id}/return）。",
)

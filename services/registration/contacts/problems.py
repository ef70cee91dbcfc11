"""The problem types that only phones for reminders have."""

from libs.common.web.problems import ProblemType

NO_CONSENT = ProblemType(
    "no-consent",
    404,
    "This person has not agreed to be reminded for that year, or does so no more",
    "此人未同意该年度的缴费提醒，或已撤回同意",
    "There is nothing to withdraw. A new consent is given by POST /v1/persons/{person_id}/contacts.",
    "没有可撤回的同意。如需提醒，请重新提交 POST /v1/persons/{person_id}/contacts。",
)

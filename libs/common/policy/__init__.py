"""Notices as data, and the one function that says what a person owes, who helps and since when they are
covered.

Pure Python over `policies/<county>/<year>.yaml`: no I/O beyond reading those files, no clock, no framework.

Files in reading order: `vocabulary` (the closed sets of words), `rules`, `conditions_model`,
`people_rules`, `waiting_rules`, `custody_rules`, `work_rules` and `document` (what a file may say),
`reader`, `loader` and `checks` (how it is read, strictly), `notice` (compiled), `live` (followed while a
process runs), `question`, `contract` and `question_reader`, `facts` and `conditions`, then the decisions
`windows`, `waiting`, `prices`, `subsidies`, `benefits`, put together in `assessment` and
`after_payment`, what may be repaired beside it in `repairing`, and what is made of them: `answer`, `trace`,
`past`, `wording`, `reliance`, `schedule`.
Notices themselves in words: `words/`, `describe`, `compare`, `schema`, `cases`.
"""

from libs.common.policy.engine.after_payment import decide_paid
from libs.common.policy.engine.assessment import decide, decide_standing
from libs.common.policy.engine.decision import Decision, Subsidy
from libs.common.policy.engine.notice import Notice, Notices
from libs.common.policy.engine.question import Event, Paid, Person, Question, Status
from libs.common.policy.engine.question_reader import parse_question
from libs.common.policy.engine.schedule import Segment, schedule
from libs.common.policy.format.errors import Flaw, NoticeInvalid, QuestionMalformed
from libs.common.policy.loader import load_all, load_notice, load_notice_bytes, policies_dir
from libs.common.policy.telling.answer import Answer

__all__ = [
    "Answer",
    "Decision",
    "Event",
    "Flaw",
    "Notice",
    "NoticeInvalid",
    "Notices",
    "Paid",
    "Person",
    "Question",
    "QuestionMalformed",
    "Segment",
    "Status",
    "Subsidy",
    "assess",
    "decide",
    "decide_standing",
    "late_entitlement",
    "load_all",
    "load_notice",
    "load_notice_bytes",
    "parse_question",
    "policies_dir",
    "schedule",
]


def assess(notice: Notice, question: Question, trace: bool = True) -> Answer:
    """Answer one question of the assessment contract.

    Pure and deterministic. `trace=False` leaves the trace out of `as_dict()`. With `question.paid` the answer
    says what is still to be adjusted after that payment.
    """
    if question.standing_on is not None:
        decision = decide_standing(notice, question, question.standing_on)
    elif question.paid is not None:
        decision = decide_paid(notice, question)
    else:
        decision = decide(notice, question, question.at)
    return Answer(notice, question.case, decision, trace)


def late_entitlement(notice: Notice, question: Question, trace: bool = True) -> Answer:
    """Answer what is due, by the notice's own rule, to somebody whose status became known after paying.

    The question must say what was paid. The answer is the one `assess` gives.
    """
    if question.paid is None:
        raise QuestionMalformed(
            "paid", "is required: at and amount_fen of the payment", "必填：缴费时刻与金额"
        )
    return assess(notice, question, trace)

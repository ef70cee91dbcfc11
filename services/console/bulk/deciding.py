"""What can be done together to cases and alerts of a kind, or to wishes that wait for a second person."""

import re
from collections.abc import Iterable, Mapping

from services.console.bulk.rules import Act, Chosen
from services.console.decisions.rules import OPERATIONS, may_acknowledge, may_agree, may_decide
from services.console.forms.rules import Field, Pick
from services.console.lists.schemas import Approval, Case, Step
from services.console.session.rules import Visitor

_SEEN, _DECIDED = "acknowledge", "decide-"
_STEP = re.compile(r"[a-z0-9_]{1,60}")
_WHY = Field("reason", "理由", "Why", "long", most=500)
_DONE_ABOUT = Field("note", "处理情况", "What is done about it", "long", most=500)
_NOTE = Field("note", "复核意见", "Note", "long", required=False, most=500)


def _noted(_: str, typed: Mapping[str, str]) -> Mapping[str, object]:
    return {"note": typed.get("note") or None}


def case_acts(visitor: Visitor, service: str, cases: Iterable[Case]) -> dict[str, Act]:
    """What a visitor may do to several of these cases and alerts, by the word of the button."""
    shown = list(cases)
    steps = {step.step: step for one in shown if one.alert is None for step in one.steps}
    codes = [_SEEN] if any(one.alert is not None for one in shown) else []
    codes += [f"{_DECIDED}{step}" for step in steps]
    acts = ((code, act_of(visitor, service, shown, code)) for code in codes)
    return {code: act for code, act in acts if act is not None}


def act_of(visitor: Visitor, service: str, cases: Iterable[Case], code: str) -> Act | None:
    """What a button does, also when those that it was about have left the list; None for who may not."""
    if code == _SEEN and may_acknowledge(visitor, service):
        return Act(
            "cases", "", service, "确认已知悉", "I have seen them",
            "各项预警登记同一处理情况；预警在原因消除后自动解除，确认只表示已有人跟进。",
            "Each gets the same remark; an alert ends by itself when its cause is gone.",
            "已确认", "seen", lambda key: f"/v1/cases/{key}/acknowledgement", (_DONE_ABOUT,),
        )  # fmt: skip
    word = code.removeprefix(_DECIDED)
    if not _STEP.fullmatch(word) or word == code or not may_decide(visitor, service):
        return None
    known = (step for one in cases for step in one.steps if step.step == word)
    gone = Step(step=word, label="Decide", label_zh="办理", two_persons=False)
    return _decided(service, next(known, gone))


def _decided(service: str, step: Step) -> Act:
    zh, en = (
        "各件按同一方式、同一理由办理，立即执行。",
        "Each is decided so, for the same reason, and done at once.",
    )
    if step.two_persons:
        zh = "各件按同一方式、同一理由提交，均须第二人复核；复核前不执行。"
        en = "Each is asked for with the same reason, and waits for a second person; nothing is done before."
    done = ("已提交，待复核", "asked for") if step.two_persons else ("已办理", "decided")
    return Act(
        "cases", "", service, step.label_zh, step.label, zh, en, *done,
        lambda key: f"/v1/cases/{key}/decision", (_WHY,),
        lambda _, typed: {"step": step.step, "reason": typed["reason"]},
    )  # fmt: skip


def approval_acts(service: str) -> dict[str, Act]:
    """What can be done to wishes that wait; of each row is said whether the visitor may."""
    agree = Act(
        "approvals", "", service, "同意", "Agree", "同意后各事项立即执行。", "Each is carried out at once.",
        "已同意", "agreed to", lambda key: f"/v1/approvals/{key}/approve", (_NOTE,), _noted,
    )  # fmt: skip
    refuse = Act(
        "approvals", "", service, "退回", "Refuse", "各事项均不执行，申请人可见复核意见。",
        "Nothing is done; who asked sees the note.",
        "已退回", "refused", lambda key: f"/v1/approvals/{key}/reject", (_NOTE,), _noted,
    )  # fmt: skip
    return {"approve": agree, "reject": refuse}


def case_chosen(visitor: Visitor, service: str, case: Case, code: str = "") -> Chosen:
    """A case or an alert as a row of the list; with `code` as what that button would do to it."""
    zh, en = (case.title_zh, case.title) if case.alert is None else (case.alert.says_zh, case.alert.says)
    cannot = _of_alert(case, code) if case.alert is not None else _of_case(visitor, service, case, code)
    return Chosen(
        Pick(str(case.case_id), case.amount_fen, *cannot), f"{case.case_id} {zh}", f"{case.case_id} {en}"
    )


def _of_alert(case: Case, code: str) -> tuple[str, str]:
    if code not in ("", _SEEN):
        return "预警只需确认", "an alert is only to be seen"
    if case.acknowledged_by:
        return f"已由 {case.acknowledged_by} 确认", f"{case.acknowledged_by} has seen it"
    return "", ""


def _of_case(visitor: Visitor, service: str, case: Case, code: str) -> tuple[str, str]:
    if not may_decide(visitor, service):
        return "须由其他部门办理", "another office decides it"
    if code and code.removeprefix(_DECIDED) not in [step.step for step in case.steps]:
        return "本件没有这种办理方式", "it cannot be decided so"
    return "", ""


def approval_chosen(visitor: Visitor, service: str, one: Approval) -> Chosen:
    """A wish as a row; nobody agrees to an own one, nor to what another office agrees to."""
    cannot = ("", "")
    if one.asked_by == visitor.name:
        cannot = "本人申请，须由他人复核", "your own: somebody else has to agree"
    elif not may_agree(visitor, service, one.operation, one.asked_by):
        cannot = "须由其他部门复核", "another office agrees to it"
    fen = one.payload.get("amount_fen")
    known = OPERATIONS.get(one.operation)
    zh, en = known or (f"办理事项 {one.case_id or ''}".strip(), f"Case {one.case_id or ''}".strip())
    sum_fen = fen if isinstance(fen, int) else None
    pick = Pick(str(one.approval_id), sum_fen, *cannot)
    return Chosen(pick, f"{one.approval_id} {zh}", f"{one.approval_id} {en}")


def among(rows: Iterable[Chosen], keys: Iterable[str]) -> list[Chosen]:
    """The rows of these keys as they stand; one that has left the list cannot be done any more."""
    gone = "已不在清单上（可能已由他人办理）", "not on the list any more: somebody may have done it"
    known = {one.pick.key: one for one in rows}
    return [known.get(key, Chosen(Pick(key, None, *gone), key, key)) for key in keys]

"""What can be done to several alerts, or to several wishes that wait for a second person, together."""

from collections.abc import Iterable, Mapping

from services.console.bulk.rules import Act, Chosen
from services.console.decisions.rules import OPERATIONS, may_acknowledge, may_agree
from services.console.forms.rules import Field, Pick
from services.console.lists.schemas import Approval, Case
from services.console.session.rules import Visitor

_DONE_ABOUT = Field("note", "处理情况", "What is done about it", "long", most=500)
_NOTE = Field("note", "复核意见", "Note", "long", required=False, most=500)


def _noted(_: str, typed: Mapping[str, str]) -> Mapping[str, object]:
    return {"note": typed.get("note") or None}


def alert_acts(visitor: Visitor, service: str) -> dict[str, Act]:
    """What a visitor may do to alerts of a service, by the word of the button."""
    if not may_acknowledge(visitor, service):
        return {}
    seen = Act(
        "cases", "", service, "确认已知悉", "I have seen them",
        "各项预警登记同一处理情况；预警在原因消除后自动解除，确认只表示已有人跟进。",
        "Each gets the same remark; an alert ends by itself when its cause is gone.",
        "已确认", "seen", lambda key: f"/v1/cases/{key}/acknowledgement", (_DONE_ABOUT,),
    )  # fmt: skip
    return {"acknowledge": seen}


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


def alert_chosen(case: Case) -> Chosen:
    """An alert as a row; one that somebody has seen already, and a case, cannot be done so."""
    cannot = ("", "")
    if case.alert is None:
        cannot = "须逐件办理", "it is decided by itself"
    elif case.acknowledged_by:
        cannot = f"已由 {case.acknowledged_by} 确认", f"{case.acknowledged_by} has seen it"
    said = case.alert.says_zh if case.alert is not None else case.title_zh
    return Chosen(Pick(str(case.case_id), case.amount_fen, *cannot), f"{case.case_id} {said}")


def approval_chosen(visitor: Visitor, service: str, one: Approval) -> Chosen:
    """A wish as a row; nobody agrees to an own one, nor to what another office agrees to."""
    cannot = ("", "")
    if one.asked_by == visitor.name:
        cannot = "本人申请，须由他人复核", "your own: somebody else has to agree"
    elif not may_agree(visitor, service, one.operation, one.asked_by):
        cannot = "须由其他部门复核", "another office agrees to it"
    fen = one.payload.get("amount_fen")
    known = OPERATIONS.get(one.operation)
    what = known[0] if known else f"办理事项 {one.case_id or ''}".strip()
    sum_fen = fen if isinstance(fen, int) else None
    return Chosen(Pick(str(one.approval_id), sum_fen, *cannot), f"{one.approval_id} {what}")


def among(rows: Iterable[Chosen], keys: Iterable[str]) -> list[Chosen]:
    """The rows of these keys as they stand; one that has left the list cannot be done any more."""
    gone = "已不在清单上（可能已由他人办理）", "not on the list any more: somebody may have done it"
    known = {one.pick.key: one for one in rows}
    return [known.get(key, Chosen(Pick(key, None, *gone), key)) for key in keys]

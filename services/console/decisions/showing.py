"""Puts together the form about one case, or one approval."""

import re

from services.console.decisions.comparing import evidence_facts, sides_of
from services.console.decisions.rules import OPERATIONS, Opens
from services.console.decisions.schemas import Case
from services.console.forms.rules import Choice, Fact, Field, Sheet
from services.console.lists.schemas import Approval
from services.console.pages.rules import ROLE_NAMES, amount, minute
from services.console.persons.rules import Called, named
from services.console.persons.words import REASONS

_PERSONS = re.compile(r"persons/([0-9]+)(?:\+([0-9]+))?")
_AT_ONCE = ("提交后立即生效", "takes effect at once")
_SECOND = ("须第二人复核后生效", "takes effect when a second person agrees")
#: Who asks for what nobody has to ask for.
SYSTEM = {"system": ("系统自动发起", "the system by itself")}
#: What services give as the reason of what needs none: batches, and a month without a note.
_OF_ITSELF = ("payout", "debit", "month end")
AGREE, REFUSE = "approve", "reject"


def case_sheet(case: Case, back: str, called: Called, opens: Opens) -> Sheet:
    """The form that decides a case; `opens` says which pages may be gone to."""
    choices = tuple(
        Choice(
            one.step,
            one.label_zh + ("（建议）" if one.step == case.proposed else ""),
            one.label + (" (proposed)" if one.step == case.proposed else ""),
            *(_SECOND if one.two_persons else _AT_ONCE),
        )
        for one in case.steps
    )
    fields = (
        Field("step", "处理方式", "What is to be done", "choice", choices),
        Field("reason", "理由", "Why", "long", most=500),
    )
    facts = tuple(case_facts(case, called, opens))
    return Sheet(case.title_zh, case.title, "下一步", "Go on", fields, back, facts, sides_of(case))


def alert_sheet(case: Case, back: str, called: Called, opens: Opens) -> Sheet:
    """The form that says that an alert was seen, and what is done about it."""
    hint_zh = "预警在原因消除后自动解除；确认只表示已有人跟进。"
    hint = "It ends by itself when its cause is gone; this says that somebody is on it."
    field = Field("note", "处理情况", "What is done about it", "long", hint_zh=hint_zh, hint=hint, most=500)
    facts = tuple(case_facts(case, called, opens))
    return Sheet(case.title_zh, case.title, "确认已知悉", "I have seen it", (field,), back, facts)


def case_facts(case: Case, called: Called, opens: Opens) -> list[Fact]:
    """What is known of a case."""
    facts = [Fact("编号", "No.", str(case.case_id), str(case.case_id))]
    if case.alert is not None:
        facts.append(Fact("情况", "What", case.alert.says_zh, case.alert.says))
        facts.append(Fact("下一步", "What next", case.alert.todo_zh, case.alert.todo))
    if case.amount_fen is not None:
        facts.append(Fact("金额", "Amount", *amount(case.amount_fen)))
    owner_zh, owner = ROLE_NAMES.get(case.owner, (case.owner, case.owner))
    facts.append(Fact("办理人", "For", owner_zh, owner))
    at = minute(case.opened_at)
    facts.append(Fact("起始时间", "Since", f"{at}（{case.age_days} 天）", f"{at} ({case.age_days} days)"))
    facts += _place(case.coverage_year, called.place(case.division_code))
    return [
        *facts,
        *evidence_facts(case, batches=opens.batches),
        *_people(case.subject, case.person_id, opens),
    ]


def _people(subject: str, person_id: int | None, opens: Opens) -> list[Fact]:
    """Whom something is about: who its subject names, else the person of it."""
    about = [str(person_id)] if person_id is not None else []
    if found := _PERSONS.fullmatch(subject):
        about = [one for one in found.groups() if one is not None]
    return [
        Fact("有关人员", "Who", f"参保人 {one}", f"Person {one}", f"persons/{one}" if opens.people else "")
        for one in about
    ]


def case_will(case: Case, step: str) -> list[Fact]:
    """What deciding a case so will do."""
    taken = next(one for one in case.steps if one.step == step)
    effect = _SECOND if taken.two_persons else _AT_ONCE
    facts = [
        Fact("处理方式", "What is to be done", taken.label_zh, taken.label),
        Fact("生效", "When", *effect),
    ]
    if case.amount_fen is not None:
        facts.append(Fact("涉及金额", "Money that hangs on it", *amount(case.amount_fen)))
    return facts


def approval_sheet(approval: Approval, case: Case | None, back: str, called: Called, opens: Opens) -> Sheet:
    """The form of the second person, with whom or what it is about."""
    title_zh, title = approval_title(approval, case)
    choices = (
        Choice(AGREE, "同意", "Agree", "立即执行", "it is carried out at once"),
        Choice(REFUSE, "退回", "Refuse", "不执行，申请人可见原因", "nothing is done; who asked sees why"),
    )
    fields = (
        Field("decision", "复核意见", "Your decision", "choice", choices),
        Field("note", "说明", "Note", "long", most=500, required=False),
    )
    facts = [
        Fact("申请事项", "Asked for", title_zh, title),
        *_about(approval, case, called, opens),
        *_reason(approval.reason),
        Fact("申请人", "Asked by", *named(SYSTEM, approval.asked_by)),
        Fact("申请时间", "Asked at", minute(approval.asked_at), minute(approval.asked_at)),
        *_money(approval, case),
        *_place(approval.coverage_year, called.place(approval.division_code)),
    ]
    sides = sides_of(case) if case is not None else None
    return Sheet("复核", "Second person", "下一步", "Go on", fields, back, tuple(facts), sides)


def _reason(reason: str) -> list[Fact]:
    """Why somebody asked for it, where it is more than what services write of all of its kind."""
    return [] if reason in _OF_ITSELF else [Fact("理由", "Why", *named(REASONS, reason))]


def _about(approval: Approval, case: Case | None, called: Called, opens: Opens) -> list[Fact]:
    said = case.person_id if case is not None else approval.payload.get("person_id")
    person_id = said if isinstance(said, int) else None
    way = _page_of(approval)
    # Nobody agrees to what they cannot look up: of what has no page, what the service calls it.
    facts = _people(approval.subject, person_id, opens)
    if not (facts or way):
        facts.append(Fact("对象编号", "About", approval.subject, approval.subject))
    facts += evidence_facts(case, batches=opens.batches) if case is not None else []
    if way:
        which = "" if approval.operation == "handover_paper" else f"{approval.subject.rpartition('/')[2]}："
        look = f"{which}打开核对", f"{which.replace('：', ': ')}open it and look it through"
        facts.append(Fact(*_LOOKED_THROUGH[approval.operation], *look, way))
    if approval.operation == "move":
        household, village = (str(approval.payload.get(key)) for key in ("household_no", "division_code"))
        facts.append(Fact("迁入户号", "To the household", household, household))
        facts.append(Fact("迁入村（社区）", "To the village", *called.place(village)))
    return facts


#: What the second person looks through on a page of its own, and what that is called.
_LOOKED_THROUGH = {
    "handover_paper": ("移交单", "Paper"),
    "payout_batch": ("发放批次", "Batch of payouts"),
    "close_month": ("会计期间", "Accounting month"),
    "reopen_month": ("会计期间", "Accounting month"),
}


def _page_of(approval: Approval) -> str:
    """The page of what somebody asked for, where it has one."""
    if approval.operation in ("payout_batch", "close_month", "reopen_month"):
        return approval.subject
    if approval.operation == "handover_paper":
        way = f"handovers/{approval.county}/{approval.coverage_year}/{approval.payload.get('deadline_id')}"
        return f"{way}/papers/{approval.payload.get('party')}"
    return ""


def approval_title(approval: Approval, case: Case | None) -> tuple[str, str]:
    """What was asked for: the step about a case, or an operation of its own."""
    if case is not None:
        code = approval.payload.get("step")
        if (step := next((one for one in case.steps if one.step == code), None)) is not None:
            return f"{case.title_zh}：{step.label_zh}", f"{case.title}: {step.label}"
        return case.title_zh, case.title
    return OPERATIONS.get(approval.operation, (approval.operation, approval.operation))


def approval_will(approval: Approval, case: Case | None, decision: str) -> list[Fact]:
    """What the second person's decision will do."""
    title_zh, title = approval_title(approval, case)
    if decision == REFUSE:
        return [Fact("退回", "Refused", f"“{title_zh}”不执行。", f"“{title}” is not carried out.")]
    facts = [Fact("立即执行", "Carried out at once", title_zh, title)]
    return [*facts, *_money(approval, case)]


def _money(approval: Approval, case: Case | None) -> list[Fact]:
    said = case.amount_fen if case is not None else approval.payload.get("total_fen")
    fen = approval.payload.get("amount_fen", said)
    return [Fact("金额", "Amount", *amount(fen))] if isinstance(fen, int) else []


def _place(year: int | None, place: tuple[str, str]) -> list[Fact]:
    facts = [Fact("年度", "Year", f"{year} 年度", str(year))] if year is not None else []
    return [*facts, Fact("区划", "Division", *place)] if place[0] else facts

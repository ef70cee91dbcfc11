"""What is asked of whoever reports an error, by its kind, and what a ticket says."""

from collections.abc import Mapping, Sequence

from services.console.forms.rules import Choice, Fact, Field, Sheet
from services.console.pages.rules import minute
from services.console.persons.words import TICKET_KINDS, TICKET_STATES
from services.console.tickets.schemas import Status, Ticket

RESOLVE, REFUSE, WITHDRAW = "resolution", "refusal", "withdrawal"
_PROOFS = (
    Choice("id_card", "身份证", "identity card"),
    Choice("household_book", "户口簿", "household book"),
    Choice("certificate", "证明", "certificate"),
    Choice("roster", "名册", "roster"),
    Choice("other", "其他", "another paper"),
)
_MODES = (Choice("add", "应有此身份", "has it"), Choice("remove", "已无此身份", "has it no longer"))
_RIGHT: Mapping[str, tuple[Field, ...]] = {
    "name": (Field("name", "正确的姓名", "The right name", most=60),),
    "number": (
        Field("wrong_number", "系统中的证件号码", "The number as it is on record", most=40),
        Field("right_number", "正确的证件号码", "The right number", most=40),
    ),
    "household": (Field("household_no", "正确的户号", "The right household", most=40),),
    "place": (
        Field("division_code", "正确的村（社区）代码", "The right village", most=12),
        Field("household_no", "该村的户号", "The household there", most=40),
    ),
    "death": (Field("on", "死亡日期", "Day of death", "day"),),
    "duplicate": (Field("other_number", "另一条登记的证件号码", "The number of the other record", most=40),),
}


def fields_of(kind: str, statuses: Sequence[Status]) -> tuple[Field, ...]:
    """What is asked about an error of a kind."""
    right = _RIGHT.get(kind) or (
        Field(
            "status", "身份标识", "Status", "choice",
            tuple(Choice(one.code, one.label_zh, one.label) for one in statuses),
        ),
        Field("mode", "情况", "What holds", "choice", _MODES),
        Field("effective_on", "自何日起", "Since when", "day"),
    )  # fmt: skip
    return (
        *right,
        Field("wrong", "哪里有误", "What is wrong", "long"),
        Field("proof", "依据的证件或材料", "Which paper shows it", "choice", _PROOFS),
        Field("proof_note", "材料说明", "About the paper", required=False),
    )


def body_of(kind: str, fields: Sequence[Field], typed: Mapping[str, str]) -> dict[str, object]:
    """The request for what was typed."""
    common = ("wrong", "proof", "proof_note")
    right = {one.name: typed[one.name] for one in fields if one.name not in common}
    proof = {"kind": typed["proof"]} | ({"note": typed["proof_note"]} if typed["proof_note"] else {})
    return {"correction": {"kind": kind, **right}, "wrong": typed["wrong"], "proofs": [proof]}


def answer_sheet(ticket: Ticket, steps: Sequence[Choice], back: str) -> Sheet:
    """The form that answers a ticket, or takes it back."""
    fields = (
        Field("step", "处理方式", "What is to be done", "choice", tuple(steps)),
        Field(
            "reason", "说明（不予更正、撤回须写明原因）",
            "Note; why, where it is refused or taken back", "long",
            required=False,
        ),
    )  # fmt: skip
    kind_zh, kind = TICKET_KINDS[ticket.kind]
    title_zh, title = f"更正单 {ticket.ticket_id}：{kind_zh}", f"Report {ticket.ticket_id}: {kind}"
    return Sheet(title_zh, title, "下一步", "Go on", fields, back, tuple(facts_of(ticket)))


def facts_of(ticket: Ticket) -> list[Fact]:
    """What a ticket says."""
    state_zh, state = TICKET_STATES[ticket.state]
    facts = [
        Fact("哪里有误", "What is wrong", ticket.wrong, ticket.wrong),
        *[
            Fact(one.label_zh, one.label, str(said), str(said))
            for one in fields_of(ticket.kind, ())
            if (said := ticket.correction.get(one.name)) is not None and one.kind != "choice"
        ],
        Fact("报送人", "Reported by", ticket.reported_by, ticket.reported_by),
        Fact("报送时间", "Reported at", minute(ticket.reported_at), minute(ticket.reported_at)),
        Fact("状态", "State", state_zh, state),
    ]
    if ticket.answered_by is not None:
        facts.append(Fact("答复人", "Answered by", ticket.answered_by, ticket.answered_by))
    if ticket.answer:
        facts.append(Fact("答复", "Answer", ticket.answer, ticket.answer))
    if ticket.due_on is not None:
        late_zh, late = ("（已超期）", " (overdue)") if ticket.overdue else ("", "")
        facts.append(Fact("应办结日", "Due on", f"{ticket.due_on}{late_zh}", f"{ticket.due_on}{late}"))
    return facts


def will(ticket: Ticket, step: str) -> list[Fact]:
    """What answering a ticket so will do."""
    said = {
        RESOLVE: ("按更正单更正登记，应缴金额随之重新核定。",
                  "The record is mended as reported, and what is owed is assessed anew."),
        REFUSE: ("登记不变，报送人可见原因。", "The record stays; who reported it sees why."),
        WITHDRAW: ("更正单撤回，登记不变。", "The report is taken back; the record stays."),
    }[step]  # fmt: skip
    return [Fact("结果", "Outcome", *said)]

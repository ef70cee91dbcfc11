"""What can be done to several rows of a work list together, and to which of them."""

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from services.console.forms.rules import Field, Pick
from services.console.home.rules import may
from services.console.session.rules import Visitor
from services.console.village_batches.rules import passed_together
from services.console.worklists.rules import Table

#: What a row is known by: an id, the ids of a payment, its line and whose money it probably is, or a batch
#: with what was seen of it.
_KEY = re.compile(r"[0-9]{1,18}(-[0-9]{1,18}){0,3}(-[a-z]{1,20}-[a-z][a-z0-9_-]{0,39})?")


@dataclass(frozen=True, slots=True)
class Act:
    """Something that can be done to rows of a list; `path` and `body` are of the API, by the key of a row."""

    listed: str
    scope: str
    service: str
    title_zh: str
    title: str
    will_zh: str
    will: str
    done_zh: str
    done: str
    path: Callable[[str], str]
    fields: tuple[Field, ...] = ()
    body: Callable[[str, Mapping[str, str]], Mapping[str, object]] = lambda _, typed: _filled(typed)
    #: Why nothing can be done to this row so, though something else may be.
    but: Callable[[str], tuple[str, str] | None] = lambda _: None
    #: Who may ask for it by this scope, too, does it by another act.
    unless: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A row that was ticked, as it stands now, and what it is called."""

    pick: Pick
    said_zh: str
    said: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row, in the words of the service where it refused."""

    key: str
    said: str
    is_done: bool
    says_zh: str
    says: str


def _line(key: str, act: str) -> str:
    payment_id, line_no, *_ = key.split("-")
    return f"/v1/suspense/{payment_id}/{line_no}/{act}"


def _filled(typed: Mapping[str, str]) -> Mapping[str, object]:
    return {name: value for name, value in typed.items() if value}


def _probable(key: str) -> str:
    """Whose money it probably is; empty where nobody was found."""
    return [*key.split("-"), "", ""][2]


def _to_person(key: str, typed: Mapping[str, str]) -> Mapping[str, object]:
    return {"person_id": int(_probable(key)), **_filled(typed)}


def _nobody(key: str) -> tuple[str, str] | None:
    """Money that nobody was found for is looked into one by one."""
    return None if _probable(key) else ("没有系统提示的参保人，请逐笔查明", "nobody was found: look into it")


def _batch(key: str, act: str) -> str:
    return f"/v1/village-batches/{key.partition('-')[0]}/{act}"


def _passes(key: str, _: Mapping[str, str]) -> Mapping[str, object]:
    return passed_together(key)


_COUNTED = (
    "各批次按所列人数、金额通过当前步骤。通过审核步骤，即确认已逐批清点，纸质名册、票据和资金与所列一致；"
    "有不符的请勿勾选，打开批次退回更正。",
    "Each passes its step with the people and money shown. To pass a review says that paper and money were "
    "counted and are the same; open a batch that differs and send it back.",
)
_REASON = Field("reason", "事由", "Why", "long")
_NOTE = Field("note", "审批意见", "Note", "long", required=False)
ACTS: Mapping[str, Act] = {
    "apply": Act(
        "suspense", "collection:write", "collection", "按提示的参保人入账", "Apply to the person shown",
        "确认每一笔为所列参保人的缴费；金额、时间相符的立即入账，不符的仍然挂账并说明原因。",
        "You say that each is of the person shown: what fits is applied at once, the rest waits on.",
        "已入账", "applied", lambda key: _line(key, "apply"), (_NOTE,), _to_person, _nobody,
    ),
    "give-back": Act(
        "suspense", "collection:write", "collection", "原路退款", "Give back by the channel",
        "逐笔提交原路退款申请，均须第二人审批；审批前不退款。",
        "Each is asked for, and waits for a second person; nothing goes back before.",
        "已提交，待审批", "asked for", lambda key: _line(key, "give-back"), (_REASON,),
    ),
    "approve": Act(
        "refunds", "subsidy:approve", "subsidy", "批准退费", "Approve",
        "批准后随下一发放批次退至本人社会保障卡；退还全部缴费的，该年度参保终止，相应资助一并收回。",
        "Each goes to the card with the next payout; where all of a contribution goes back, the cover ends.",
        "已批准", "approved", lambda key: f"/v1/refunds/{key}/approve", (_NOTE,),
    ),
    "reject": Act(
        "refunds", "subsidy:approve", "subsidy", "不予批准", "Reject",
        "每笔均不退款，申请人可见审批意见。", "Nothing goes back; who asked sees the note.",
        "已退回申请", "rejected", lambda key: f"/v1/refunds/{key}/reject", (_NOTE,),
    ),
    "review": Act(
        "batches", "cash:review", "collection", "审核通过", "Pass", *_COUNTED, "已通过", "passed",
        lambda key: _batch(key, "reviews"), (), _passes, unless="collection:write",
    ),
    "retry": Act(
        "parked", "ops:write", "collection", "再试", "Try again",
        "逐条重新排队匹配：成功的照常入账，同一笔款项不会重复入账；仍失败的重新搁置。",
        "Each is queued again: what fits is applied once as always, what fails is parked anew.",
        "已重新排队", "queued again", lambda key: f"/v1/parked-notifications/{key}/retry",
    ),
    "audit": Act(
        "batches", "collection:write", "collection", "审核通过", "Pass", *_COUNTED, "已通过", "passed",
        lambda key: _batch(key, "audits"), (), _passes,
    ),
}  # fmt: skip


def acts_of(name: str, visitor: Visitor) -> list[tuple[str, Act]]:
    """What a visitor may do to rows of a list."""
    return [
        (code, act)
        for code, act in ACTS.items()
        if act.listed == name and may(visitor, act.scope) and not (act.unless and may(visitor, act.unless))
    ]


def keys_sent(sent: Sequence[object]) -> list[str]:
    """The keys of rows that were ticked, each once; what is none of ours is passed over."""
    known = [key for key in sent if isinstance(key, str) and _KEY.fullmatch(key)]
    return list(dict.fromkeys(known))


def chosen_of(act: Act, table: Table, keys: Sequence[str]) -> list[Chosen]:
    """The rows of these keys as they stand; one that has left the list cannot be done any more."""
    rows = {pick.key: (pick, row) for pick, row in zip(table.picks, table.rows, strict=False)}
    gone = "已不在清单上（可能已由他人办理）", "not on the list any more: somebody may have done it"
    found = []
    for key in keys:
        pick, row = rows.get(key, (Pick(key, None, *gone), []))
        if not pick.cannot_zh and (why := act.but(key)) is not None:
            pick = Pick(key, pick.fen, *why, people=pick.people)
        zh = " ".join(cell.zh for cell in row[:3] if cell.zh)
        en = " ".join(cell.said for cell in row[:3] if cell.said)
        found.append(Chosen(pick, zh or key, en or key))
    return found


def key_of(form_key: str, row: str) -> str:
    """The key under which a row of a form takes effect: the same however often the form is sent."""
    return str(uuid.uuid5(uuid.UUID(form_key), row))

"""Whose step a village's batch waits for, and what a visitor may do to it as it stands."""

from services.console.forms.rules import Pick
from services.console.home.rules import may
from services.console.session.rules import Visitor
from services.console.village_batches.rules import difference_said
from services.console.village_batches.schemas import Difference, Step, WholeBatch
from services.console.worklists.schemas import Batch

#: What the village may still change.
WITH_THE_VILLAGE = ("draft", "sent_back")
_OVER = ("discarded", "reversed")
#: Steps that an office does by saying so.
LOOKS = ("review", "book", "confirm")


def step_of(batch: WholeBatch, step: str) -> Step | None:
    """A step of the batch's course; None where the notice has it no more."""
    return next((one for one in batch.steps if one.step == step), None)


def looks_at(visitor: Visitor, batch: Batch) -> bool:
    """Whether the step that a batch waits for is a look of the visitor's office."""
    own = batch.owner == visitor.role and visitor.department in ("", batch.department)
    return batch.state == "open" and batch.step_kind in LOOKS and own


def batch_pick(visitor: Visitor, one: Batch) -> Pick:
    """A batch where several are ticked: its key says what was seen, so that nothing else is passed."""
    seen = f"{one.round}-{one.people}-{one.amount_fen}-{one.step_kind}-{one.step}"
    cannot = ("", "")
    if one.state != "open" or one.step_kind not in LOOKS:
        cannot = "不在审核、入库或确认步骤", "no office looks at it now"
    elif not looks_at(visitor, one):
        cannot = "须由其他部门办理", "the step is another office's"
    elif one.opened_by == visitor.name:
        cannot = "本人编制，须由他人审核", "you made it: somebody else looks at it"
    return Pick(f"{one.batch_id}-{seen}", one.amount_fen, *cannot, people=one.people)


def may_mend(visitor: Visitor, batch: WholeBatch) -> bool:
    """Whether lines may be added, mended and left out, and the batch handed in or given up."""
    return may(visitor, "cash:write") and batch.state in WITH_THE_VILLAGE


def may_replace(visitor: Visitor, batch: WholeBatch, line_no: int) -> bool:
    """Whether money of a line may be given back or written down anew: somebody else sent it back for it."""
    back = [one for one in batch.moves if one.kind == "sent_back"][-1:]
    named = {one.line_no for move in back for one in move.differences}
    found_by_oneself = any(move.entered_by == visitor.name for move in back)
    return may_mend(visitor, batch) and line_no in named and not found_by_oneself


def was_in_it(visitor: Visitor, batch: WholeBatch) -> bool:
    """Whether somebody made the batch, mended it or handed it in, or passed it for another office."""
    made = {one.entered_by for one in batch.moves if one.kind in ("opened", "submitted", "corrected")}
    elsewhere = {
        one.entered_by
        for one in batch.moves
        if (one.kind, one.round) == ("passed", batch.round) and one.department != batch.department
    }
    return visitor.name in made | elsewhere


def may_look(visitor: Visitor, batch: WholeBatch) -> bool:
    """Whether the step that the batch waits for is the visitor's to do."""
    return looks_at(visitor, batch) and not was_in_it(visitor, batch)


def may_return(visitor: Visitor, batch: WholeBatch) -> bool:
    """Whether the visitor may send it back: not once its money had to be at the bank."""
    kinds = [one.kind for one in batch.steps]
    ids = [one.step for one in batch.steps]
    is_banked = "deposit" in kinds and batch.step in ids[kinds.index("deposit") :]
    return may_look(visitor, batch) and not is_banked


def may_reverse(visitor: Visitor, batch: WholeBatch) -> bool:
    """Whether all of it may be asked back: nothing of it is at the bank."""
    standing = batch.state not in _OVER and batch.lines > 0 and not batch.deposited_fen
    return may(visitor, "collection:write") and standing


def place_of(step: Step) -> str:
    """Where the API takes a look at a step."""
    return "audits" if step.owner in ("tax_officer", "medical_insurance_officer") else "reviews"


def said_of(one: Difference, *, at_its_line: bool = False) -> tuple[str, str]:
    """A difference in words, with its line unless it stands there, and its paper."""
    line_no = None if at_its_line else one.line_no
    return difference_said((one.why_zh, one.why), line_no, one.voucher_no, one.note)

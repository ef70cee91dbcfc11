"""What was typed of an answer and of a contact, as the APIs take it, and what of it does not fit together."""

from collections.abc import Mapping

from services.console.forms.rules import Fault
from services.console.receipts.rules import instant_of

#: Nobody answered, or nobody was spoken to.
NONE = "none"
#: Steps that are no contact.
TAKE, RELEASE = "take", "release"
#: Who is not here for one of these stays among those whom the village has to insure, and needs no paper.
WITHOUT_PROOF = ("refuses", "unreachable")
_NOT_HERE = "not_here-"


def code_of(answer: str, reason: str | None) -> str:
    """One word for an answer with its reason."""
    return f"{_NOT_HERE}{reason}" if reason else answer


def answer_body(typed: Mapping[str, str]) -> dict[str, object] | None:
    """What was said, for the API; None where nobody answered."""
    said = typed["answer"]
    if said == NONE:
        return None
    reason = said.removeprefix(_NOT_HERE) if said.startswith(_NOT_HERE) else None
    return {
        "answer": said if reason is None else "not_here",
        "reason": reason,
        "proof": typed["proof"] or None,
        "said_by": typed["said_by"],
        "said_at": instant_of(typed["said_at"]),
    }


def step_body(typed: Mapping[str, str]) -> dict[str, object] | None:
    """What was done and what comes next, for the API; None where only the answer is to be kept."""
    outcome = typed["outcome"]
    if outcome == NONE:
        return None
    kind = outcome if outcome in (TAKE, RELEASE) else "contact"
    step: dict[str, object] = {
        "kind": kind,
        "at": instant_of(typed["said_at"]),
        "next_step": typed["next_step"] or None,
        "next_on": typed["next_on"] or None,
        "note": typed["note"] or None,
    }
    return step | ({"means": typed["means"], "outcome": outcome} if kind == "contact" else {})


def faults_together(typed: Mapping[str, str]) -> list[Fault]:
    """What is wrong with several answers together: all of it, before either is sent."""
    faults, said = [], typed["answer"]
    if said == NONE and typed["outcome"] == NONE:
        faults.append(
            Fault(
                "answer",
                "答复和联系结果至少填写一项。",
                "Say what was answered, or what came of the contact.",
            )
        )
    if said != NONE and not typed["said_by"]:
        faults.append(Fault("said_by", "请填写由谁答复，如户主本人。", "Say who answered, such as the head."))
    proved = said.startswith(_NOT_HERE) and said.removeprefix(_NOT_HERE) not in WITHOUT_PROOF
    if proved and not typed["proof"]:
        faults.append(
            Fault("proof", "此原因须写明证明材料。", "This reason needs a paper: say which one shows it.")
        )
    if typed["outcome"] == NONE and (typed["next_step"] or typed["next_on"] or typed["note"]):
        faults.append(
            Fault("outcome", "填写了下一步或备注的，请选择联系结果或接手跟进。",
                  "A next step or a note goes with a contact, or with taking it on.")
        )  # fmt: skip
    return faults

"""What can be wrong with the steps of village batches: their order, and the terms that they name."""

from collections import Counter
from collections.abc import Callable, Iterable

from libs.common.policy.format.custody_rules import BatchStep
from libs.common.policy.format.document import Document
from libs.common.policy.format.reader import Source

Known = Callable[[Source, object, str, Iterable[str | None], Iterable[str]], None]


def check_batches(src: Source, doc: Document, known: Known) -> None:
    """Note what is wrong with the village batches of a notice, if it has any."""
    batches = doc.village_batches
    if batches is None:
        return
    known(src, batches, "channel", batches.channels, [one.code for one in doc.channels])
    for step in batches.steps:
        known(src, step, "department", [step.department], [one.code for one in doc.departments])
        known(src, step, "deadline", [step.by], [one.id for one in doc.deadlines])
        known(src, step, "service days", [step.within], [one.id for one in doc.service_days])
        _terms(src, doc, step)
    for name, number in Counter(step.id for step in batches.steps).items():
        if number > 1:
            src.flaw(src.line_of(batches), f"id {name!r} is used more than once", "give every entry its own")
    kinds = [step.kind for step in batches.steps]
    if kinds[:1] != ["submit"] or kinds.count("submit") > 1:
        src.flaw(src.line_of(batches), "a batch begins with being handed in", "write one `submit`, first")
    if "review" not in kinds:
        src.flaw(src.line_of(batches), "nobody looks at the batch", "add a step of the kind `review`")
    if "deposit" in kinds and "review" not in kinds[: kinds.index("deposit")]:
        src.flaw(src.line_of(batches), "the money goes before anybody looked", "put a `review` before it")
    if "confirm" in kinds and "review" not in kinds[: kinds.index("confirm")]:
        src.flaw(src.line_of(batches), "what nobody looked at is confirmed", "put a `review` before it")
    if kinds.count("deposit") > 1:
        src.flaw(src.line_of(batches), "the money is deposited twice", "leave one `deposit`")
    if doc.cash_deposit is not None and doc.cash_deposit.rule == "after_review" and "deposit" not in kinds:
        src.flaw(src.line_of(batches), "money waits for a review that never lets it go", "add `deposit`")


def _terms(src: Source, doc: Document, step: BatchStep) -> None:
    """The days that a step may take are those of its own department."""
    for days in doc.service_days:
        if days.id == step.within and days.department != step.department:
            src.flaw(
                src.line_of(step),
                f"service days {days.id!r} are those of {days.department}, not of {step.department}",
                "name service days of the step's department",
            )

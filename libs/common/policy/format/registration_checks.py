"""What can be wrong with where people register: whom it is for, and where they go on to."""

from collections.abc import Callable, Iterable
from dataclasses import fields

from libs.common.policy.format.conditions_model import Condition
from libs.common.policy.format.document import Document
from libs.common.policy.format.reader import Source

Known = Callable[[Source, object, str, Iterable[str | None], Iterable[str]], None]

#: What the lists of villages know of people, whether they are registered or in a base alone.
_TOLD = {"hukou", "hukou_kind", "residence_permit", "employed", "parent_enrolled_in_city", "school"}
_TOLD |= {"sex", "age", "born", "any", "not_"}


def check_registration(src: Source, doc: Document, known: Known) -> None:
    """Note what is wrong with the registrations of a notice, and with the units that list their people."""
    ends = {one.id: one.by for one in doc.registration}
    for rule in doc.registration:
        known(src, rule, "registration", [rule.then], ends)
        for name in sorted(_asked(rule.when) - _TOLD):
            src.flaw(
                src.line_of(rule),
                f"registration {rule.id!r}: no list of a village tells {name!r}",
                "ask for hukou, hukou_kind, school, age and the like",
            )
        after = ends.get(rule.then) if rule.then is not None else None
        if rule.then is not None and (rule.by is None or (after is not None and after <= rule.by)):
            src.flaw(
                src.line_of(rule),
                f"registration {rule.id!r}: `then` goes with `by`, and ends later",
                "add `by`, or name a registration that ends later",
            )
    for unit in doc.units:
        if unit.late is not None and unit.by is None:
            src.flaw(
                src.line_of(unit), f"unit {unit.id!r}: `late` goes with `by`", "add `by`, or delete `late`"
            )


def _asked(condition: Condition | None) -> set[str]:
    """Give the names of all that a condition asks, its blocks included."""
    if condition is None:
        return set()
    found = {f.name for f in fields(condition) if getattr(condition, f.name) not in (None, ())}
    blocks = (*condition.any, *([condition.not_] if condition.not_ is not None else []))
    return found.union(*map(_asked, blocks))

"""The form that has a parked notification tried again."""

from collections.abc import Sequence

from services.console.forms.rules import Fact, Sheet
from services.console.parked.showing import facts_of, part_of, way_of
from services.console.worklists.operator_schemas import Parked


def retrying(lines: Sequence[Parked]) -> Sheet:
    """The form: why it was parked, and what trying it again does."""
    faults = [
        Fact(f"原因：{zh}", f"Fault: {en}", one.fault, one.fault)
        for one in lines
        for zh, en in (part_of(one),)
    ]
    will = Fact(
        "再试", "What is done", "重新排队匹配，成功的照常入账，同一笔款项不会重复入账；失败的重新搁置。",
        "It is queued again: what fits is applied once as always, what fails is parked anew.",
    )  # fmt: skip
    return Sheet(
        "再试一次", "Try it again", "再试", "Try it", (), way_of(lines[0].notification_id),
        (*facts_of(lines), *faults, will), ready=True,
    )  # fmt: skip

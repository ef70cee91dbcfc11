"""Answers "what does a scenario file say?": one step a line, each with its own instant."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

#: What each step must name beside `at` and `do`.
VERBS: dict[str, tuple[str, ...]] = {
    "register": ("households",),
    "roster": ("county", "year", "status", "listed_on", "rows"),
    "life_events": ("rows",),
    "parameters": ("county", "year", "values"),
    "cards": ("rows",),
    "callback": ("channel", "data"),
    "order": ("channel", "county", "year", "payer", "transaction_no"),
    "payout": ("county", "year"),
    "refund": ("transaction_no", "reason"),
    "approve_refunds": ("county", "year"),
    "movement": ("county", "year", "kind", "reference"),
    "close": ("county", "year", "deadline"),
    "settle": (),
}


class ScenarioInvalid(ValueError):
    """A line of the scenario cannot be played; the message names the line and the mend."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens at one instant. `line` is where it stands in the file, `body` all its fields."""

    line: int
    at: datetime
    do: str
    body: dict[str, Any]


def parse_step(line: int, text: str) -> Step:
    """Read one line; raise ScenarioInvalid naming the line, what is wrong and how to mend it."""
    try:
        body = json.loads(text)
    except ValueError as error:
        raise ScenarioInvalid(f"line {line}: not JSON ({error}); write one object a line") from None
    if not isinstance(body, dict):
        raise ScenarioInvalid(f"line {line}: write an object with `at` and `do`")
    verb = body.get("do")
    if verb not in VERBS:
        raise ScenarioInvalid(f"line {line}: `do` is {verb!r}; use one of {', '.join(VERBS)}")
    missing = [name for name in VERBS[verb] if name not in body]
    if missing:
        raise ScenarioInvalid(f"line {line}: `{verb}` also needs {', '.join(missing)}")
    try:
        at = datetime.fromisoformat(body["at"])
    except (KeyError, TypeError, ValueError):
        raise ScenarioInvalid(
            f"line {line}: `at` must be an instant such as 2019-11-20T10:00:00+08:00"
        ) from None
    if at.tzinfo is None:
        raise ScenarioInvalid(f"line {line}: `at` needs an offset, for example +08:00")
    return Step(line, at, verb, body)


def read_steps(lines: Iterable[str]) -> Iterator[Step]:
    """Yield the steps of a scenario in order; instants may not go backwards."""
    last: datetime | None = None
    for number, text in enumerate(lines, start=1):
        if not text.strip() or text.lstrip().startswith("//"):
            continue
        step = parse_step(number, text)
        if last is not None and step.at < last:
            raise ScenarioInvalid(
                f"line {number}: {step.at.isoformat()} is before the step above it; sort by `at`"
            )
        last = step.at
        yield step


def people_of(step: Step) -> frozenset[str]:
    """The ID numbers whose money a step touches, to keep the order of what happens to one person."""
    if step.do == "callback":
        return frozenset(item.get("id_number", "") for item in step.body["data"].get("items", ()))
    if step.do == "order":
        payer = step.body["payer"]
        return frozenset([payer["id_number"], *payer.get("family", ())])
    return frozenset()

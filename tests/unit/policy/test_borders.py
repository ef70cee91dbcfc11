"""One second or one day across every border of every notice changes exactly what the notice says.

The table is `borders.yaml`; it is complete: every date, instant, length and age in the rules that decide an
answer has its row.
"""

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from libs.common.dates import second_of
from libs.common.money import yuan_text
from libs.common.policy import Answer, assess, load_all, parse_question
from libs.common.policy.format.reader import Closes, Opens
from libs.common.policy.words.phrases import hints_of

NOTICES = {f"{n.county}/{n.year}": n for n in load_all().values()}
DECIDING = ("scope", "groups", "prices", "windows", "benefit", "waiting", "subsidies", "reminders")
LENGTHS = {"within", "wait", "resident_months", "days_since_birth", "min", "under"}
INSTANTS = ("at", "person.registered_at")


class _Text(yaml.SafeLoader):
    """Leaves days and times, and the key `on`, as the text they are."""


_Text.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rows if not tag.endswith((":timestamp", ":bool"))]
    for first, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
TABLE = yaml.load((Path(__file__).parent / "borders.yaml").read_text(encoding="utf-8"), Loader=_Text)


def rows(name: str) -> Iterator[dict]:
    for row in TABLE[name]["rows"]:
        for values in row.get("each") or [{}]:
            text = json.dumps({key: value for key, value in row.items() if key != "each"})
            for key, value in values.items():
                text = text.replace("{" + key + "}", value)
            yield json.loads(text)


CASES = [
    pytest.param(name, row, id=f"{name} {row['what']} {next(iter(row['vary']))}")
    for name in TABLE
    for row in rows(name)
]


def question(name: str, row: dict, side: int) -> dict:
    """Return the question of a row before (0) or after (1) its border, in the form of the contract."""
    county, year = name.split("/")
    asked = deepcopy(TABLE[name]["defaults"])
    for key, value in row.get("with", {}).items():
        asked[key] = {**asked[key], **value} if key == "person" else deepcopy(value)
    ((path, values),) = row["vary"].items()
    *way, last = path.split(".")
    place = asked
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    place[last] = values[side]
    stamped = json.loads(json.dumps(asked), object_hook=_stamped)
    for flag in ("residence_permit", "employed", "parent_enrolled_in_city"):
        if flag in stamped["person"]:
            stamped["person"][flag] = stamped["person"][flag] == "true"
    return {"county": county, "year": int(year), **stamped}


def _stamped(block: dict) -> dict:
    return {
        key: value.replace(" ", "T") + "+08:00" if key in ("at", "registered_at") else value
        for key, value in block.items()
    }


def line(answer: Answer) -> str:
    """Write a whole answer as the one line of the table."""
    out = answer.as_dict()
    if out["outcome"] in ("rejected", "blocked"):
        return " ".join([out["outcome"], *out["reason_codes"]])
    shares = [f"{s['payer']} {yuan_text(s['amount_fen'])} {s['mechanism']}" for s in out["subsidies"]]
    benefit = out["benefit"]
    parts = [
        out["outcome"],
        out["window"],
        f"{yuan_text(out['price_fen'])}/{yuan_text(out['own_due_fen'])}",
        *shares,
        f"{benefit['from']}..{benefit['to']}" if benefit else "none",
        *([f"wait {out['waiting_days']}"] if out["waiting_days"] else []),
        *([f"({' '.join(out['assumptions'])})"] if out["assumptions"] else []),
        *(f"!{warning['id']}" for warning in out["warnings"] if warning["id"] != "whole-hukou-book"),
    ]
    return " ".join(parts)


@pytest.mark.parametrize(("name", "row"), CASES)
class TestEveryBorder:
    def test_changes_exactly_what_the_notice_says(self, name, row):
        got = [line(assess(NOTICES[name], parse_question(question(name, row, side)))) for side in (0, 1)]
        assert got == [row["before"], row["after"]]

    def test_is_one_second_or_one_day_wide(self, name, row):
        ((path, values),) = row["vary"].items()
        if path in INSTANTS:
            before, after = (second_of(datetime.fromisoformat(f"{value}+08:00")) for value in values)
            assert after - before == 1
        else:
            before, after = (date.fromisoformat(value) for value in values)
            assert abs((after - before).days) == 1

    def test_counts_the_days_it_names(self, name, row):
        for side in (0, 1):
            answer = assess(NOTICES[name], parse_question(question(name, row, side))).as_dict()
            days = 0
            if answer["benefit"]:
                first, last = (date.fromisoformat(answer["benefit"][end]) for end in ("from", "to"))
                days = (last - first).days + 1
            assert answer["benefit_days"] == days


def borders(value: Any, path: str) -> Iterator[str]:
    """Yield where a rule names a date, an instant, a length or an age, or waits for an event."""
    if isinstance(value, tuple):
        for item in value:
            own = next((getattr(item, n) for n in ("id", "name", "code", "status") if hasattr(item, n)), None)
            yield from borders(item, f"{path}.{own}" if isinstance(own, str) else path)
    elif is_dataclass(value):
        for f in fields(value):
            inner, here = getattr(value, f.name), f"{path}.{f.name.rstrip('_')}"
            kind = hints_of(type(value))[f.name]
            if inner is None:
                continue
            if kind in (date, Opens, Closes) or f.name in LENGTHS or here.endswith(".event.kind"):
                yield here
            else:
                yield from borders(inner, here)


@pytest.mark.parametrize("name", NOTICES)
class TestTable:
    def test_has_a_row_for_every_border_of_the_file(self, name):
        document = NOTICES[name].document
        wanted = {border for key in DECIDING for border in borders(getattr(document, key), key)}
        assert {covered for row in rows(name) for covered in row.get("covers", ())} == wanted

    def test_stands_on_every_instant_at_which_the_notice_changes(self, name):
        crossed = {
            second_of(datetime.fromisoformat(f"{row['vary']['at'][1]}+08:00"))
            for row in rows(name)
            if "at" in row["vary"]
        }
        assert set(NOTICES[name].borders) <= crossed

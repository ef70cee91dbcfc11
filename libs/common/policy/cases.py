"""Worked cases beside a policy file: what a clerk expects, in sentences, checked against the engine.

`<year>.cases.yaml` has `defaults` (a question) and `cases`: each a `name`, the `clause` it tests, the fields
that differ from the defaults, and `expect`. Money is written `250元`, times without offset are Beijing time.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from libs.common.money import parse_yuan
from libs.common.policy.engine.notice import Notice

_MONEY = ("own_due", "price", "add_on_due", "amount", "fiscal_match", "due")


class _Plain(yaml.SafeLoader):
    """Leaves days, times and `on` as the text they are."""


_TEXT = (":timestamp", ":float", ":bool")
_Plain.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rows if not tag.endswith(_TEXT)]
    for first, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Plain.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("true|false"), "tf")


#: What stands in a file of cases, as open as JSON.
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class WorkedCase:
    """One expectation: `question` and `expect` are in the form of the assessment contract."""

    name: str
    clause: str
    question: Json
    expect: Json


def load_cases(notice: Notice, path: Path) -> list[WorkedCase]:
    """Read the worked cases beside a notice. Raises ValueError naming a case without name or expectation."""
    data = yaml.load(path.read_bytes(), Loader=_Plain)  # nosec B506
    defaults = {"county": notice.county, "year": notice.year, **data.get("defaults", {})}
    return [_case(row, defaults, path) for row in data["cases"]]


def _case(row: Json, defaults: Json, path: Path) -> WorkedCase:
    if not row.get("name") or "expect" not in row or "clause" not in row:
        raise ValueError(f"{path.name}: a case needs name, clause and expect: {row}")
    own = {k: v for k, v in row.items() if k not in ("name", "clause", "expect")}
    person = {**defaults.get("person", {}), **own.get("person", {})}
    question = _contract({**defaults, **own, "person": person, "case": row["name"]})
    return WorkedCase(row["name"], row["clause"], question, _contract(row["expect"]))


def _contract(value: Any, key: str = "") -> Any:
    """Turn the clerk's writing into the contract's: 250元 into fen, Beijing times into RFC 3339."""
    if key == "parameters" and isinstance(value, dict):
        return dict(_parameter(name, said) for name, said in value.items())
    if isinstance(value, dict):
        return {(f"{k}_fen" if k in _MONEY else k): _contract(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [_contract(item) for item in value]
    if key in _MONEY and isinstance(value, str):
        return parse_yuan(value)
    if key in ("at", "registered_at") and isinstance(value, str):
        day, _, time = value.partition(" ")
        return f"{day}T{time or '10:00:00'}+08:00"
    return value


def _parameter(name: str, value: Any) -> tuple[str, Any]:
    """Read the value of an operator: money carries its unit, whatever the notice calls it."""
    if isinstance(value, str) and value.rstrip().endswith(("元", "yuan")):
        return (name if name.endswith("_fen") else f"{name}_fen"), parse_yuan(value)
    return (f"{name}_fen" if name in _MONEY else name), value


def differences(expect: object, got: object, where: str = "") -> Iterator[str]:
    """Yield where an answer falls short: every key named must be equal, lists of blocks in any order."""
    if isinstance(expect, dict) and isinstance(got, dict):
        for key, value in expect.items():
            yield from differences(value, got.get(key), f"{where}.{key}")
    elif isinstance(expect, list) and isinstance(got, list) and len(expect) == len(got):
        if expect and isinstance(expect[0], dict):
            got = [{k: row.get(k) for k in expect[0]} for row in got]
        if sorted(map(str, map(_ordered, expect))) != sorted(map(str, map(_ordered, got))):
            yield f"{where}: expected {expect}, got {got}"
    elif expect != got:
        yield f"{where}: expected {expect!r}, got {got!r}"


def _ordered(value: object) -> object:
    return sorted(value.items()) if isinstance(value, dict) else value

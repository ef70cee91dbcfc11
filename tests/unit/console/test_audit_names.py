"""What the audit calls an operation, an auditor reads in words: none that is recorded is without a name."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from libs.common.settings import REPOSITORY
from services.console.audits.naming import OPERATIONS, REFUSED, operation_of

_RECORDS = {"record_lookup", "record_refusals", "record_searches", "lookup_rows"}
#: Functions behind an address that only happen to be called as another word of the services.
_OTHER_WORDS = {"metrics", "reassess", "refuse"}


@cache
def _modules() -> dict[Path, ast.Module]:
    files = [file for base in ("services", "libs") for file in (REPOSITORY / base).rglob("*.py")]
    return {file: ast.parse(file.read_text()) for file in files if "console" not in file.parts}


def _said(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _said(node.body)
        yield from _said(node.orelse)


def recorded() -> set[str]:
    """What stands as the operation of a record, and every word of the services that names an operation."""
    operations, words = set(), set()
    for module in _modules().values():
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in _RECORDS:
                operations |= {
                    word for one in node.keywords if one.arg == "operation" for word in _said(one.value)
                }
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                words.add(node.value.removesuffix(REFUSED))
    return {one.removesuffix(REFUSED) for one in operations} | (words & _behind_addresses()) - _OTHER_WORDS


def _behind_addresses() -> set[str]:
    return {
        node.name
        for module in _modules().values()
        for node in ast.walk(module)
        if isinstance(node, ast.AsyncFunctionDef)
        and any("router." in ast.unparse(one) for one in node.decorator_list)
    }


def test_every_operation_that_is_recorded_has_a_name_in_both_languages():
    found = recorded()
    assert {"record_survey_answers", "get_certificate_file", "register_cards"} <= found, "nothing was read"

    assert sorted(found - set(OPERATIONS)) == [], "services/console/audits/naming.py lacks them"


@pytest.mark.parametrize("operation", ["retry_payout", "something_new"])
def test_what_was_refused_says_so(operation):
    zh, en = operation_of(operation + REFUSED)

    assert zh.endswith("（被拒绝）") and en.endswith(" (refused)") and "_" not in en

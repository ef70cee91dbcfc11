"""docs/rule-kinds.md promises nothing that no test plays, and hides nothing that cannot be said."""

import ast
import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
PAGE = (REPOSITORY / "docs" / "rule-kinds.md").read_text(encoding="utf-8")
ROWS = {row[0]: row for row in re.findall(r"^\| (B\d+) \| (.+?) \| (.+?) \| (.+?) \|$", PAGE, re.MULTILINE)}


def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }


def test_every_kind_has_its_row():
    assert list(ROWS) == [f"B{number}" for number in range(1, 28)]


@pytest.mark.parametrize("number", ROWS)
class TestRow:
    def test_names_an_example_or_says_why_there_is_none(self, number):
        _, _, how, example = ROWS[number]

        assert example != "none" or "not yet, because" in how or "not yet as data" in how

    def test_names_tests_and_files_that_are_there(self, number):
        example = ROWS[number][3]
        files = re.findall(r"`((?:tests|policies)/[\w/.]+)`", example)
        known = {name for file in files if file.endswith(".py") for name in names_in(REPOSITORY / file)}

        assert all((REPOSITORY / file).is_file() for file in files)
        assert set(re.findall(r"`(test_\w+|Test\w+)`", example)) <= known

    def test_names_worked_cases_that_are_there(self, number):
        for file, case in re.findall(r"`(policies/[\w/]+\.cases\.yaml)` ([^`;|]+)", ROWS[number][3]):
            assert f"name: {case.strip()}," in (REPOSITORY / file).read_text(encoding="utf-8")

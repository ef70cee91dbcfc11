"""The house rules that import-linter cannot express: SQL, api.py, sizes and names."""

import ast
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    path
    for root in ("canbao", "libs", "services")
    for path in (REPOSITORY / root).rglob("*.py")
    if "versions" not in path.parts
)

LONGEST_FILE = 300
#: All tables of a service stand on one page, however long it is.
LONG_PAGES = ("tables.py",)
LONGEST_FUNCTION = 40
#: A name that says nothing attracts everything.
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "manager", "base_service", "misc", "common_utils"}
#: What a module that runs no SQL may still name in its signatures.
DATABASE_TYPES = {"AsyncConnection", "AsyncEngine", "Row", "RowMapping"}


def name_of(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def imports_of(path: Path) -> list[tuple[str, str]]:
    """(module, name) of every import; the name is empty for `import module`."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [(node.module or "", alias.name) for alias in node.names]
    return found


def may_write_sql(path: Path) -> bool:
    return (
        path.name in ("tables.py", "store.py")
        or path.name.endswith("_store.py")
        or "migrations" in path.parts
    )


class TestSql:
    def test_is_written_in_stores_tables_and_migrations_only(self):
        elsewhere = {
            f"{name_of(path)}: {module} {name}"
            for path in SOURCES
            if path.is_relative_to(REPOSITORY / "services") and not may_write_sql(path)
            for module, name in imports_of(path)
            if module.split(".")[0] in ("sqlalchemy", "asyncpg") and name not in DATABASE_TYPES
        }

        assert not elsewhere

    def test_stores_leave_the_commit_to_whoever_opened_the_transaction(self):
        committing = [
            name_of(path)
            for path in SOURCES
            if path.is_relative_to(REPOSITORY / "services") and path.name.endswith("store.py")
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Attribute) and node.attr in ("commit", "rollback")
        ]

        assert not committing


class TestRooms:
    def test_are_reached_through_their_rules_and_stores_never_their_api(self):
        through_api = {
            f"{name_of(path)}: {module}"
            for path in SOURCES
            if path.is_relative_to(REPOSITORY / "services") and path.name != "app.py"
            for module, name in imports_of(path)
            if module.startswith("services.") and (module.endswith(".api") or name == "api")
        }

        assert not through_api


class TestShape:
    def test_no_file_is_longer_than_a_reader_can_hold(self):
        long = {
            name_of(path): lines
            for path in SOURCES
            if path.name not in LONG_PAGES and (lines := len(path.read_text().splitlines())) > LONGEST_FILE
        }

        assert not long

    def test_no_function_is_longer_than_a_screen(self):
        long = {
            f"{name_of(path)}:{node.name}": lines
            for path in SOURCES
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and (lines := node.end_lineno - node.lineno + 1) > LONGEST_FUNCTION
        }

        assert not long

    def test_every_name_says_what_is_inside(self):
        assert not [
            name_of(path) for path in SOURCES if path.stem in EMPTY_NAMES or path.parent.name in EMPTY_NAMES
        ]

    def test_every_module_says_which_question_it_answers(self):
        silent = [
            name_of(path)
            for path in SOURCES
            if path.read_text().strip() and ast.get_docstring(ast.parse(path.read_text())) is None
        ]

        assert not silent


@pytest.mark.parametrize(
    ("source", "violates"),
    [("from sqlalchemy import select", True), ("from sqlalchemy.ext.asyncio import AsyncConnection", False)],
)
def test_the_sql_rule_can_tell(tmp_path, source, violates):
    path = tmp_path / "api.py"
    path.write_text(source)

    found = [name for module, name in imports_of(path) if name not in DATABASE_TYPES]

    assert bool(found) is violates and not may_write_sql(path)

"""The house rules that import-linter cannot express: rooms and their layers, SQL, rows, sizes and names."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    path
    for root in ("canbao", "libs", "services")
    for path in (REPOSITORY / root).rglob("*.py")
    if "versions" not in path.parts
)

SERVICES = REPOSITORY / "services"
ROOMS = [
    path
    for path in SOURCES
    if path.is_relative_to(SERVICES) and "migrations" not in path.parts and path.name != "__init__.py"
]

#: Who may import whom in a service: a file imports from its own layer and those before it.
LAYERS = ("rules", "schemas", "store", "use case", "door", "app")
#: The files of a room, and of a service. A use case is `<verb>ing.py` or
#: `<verb>ing_<what>.py`, a further store `<what>_store.py`.
USUAL = {
    "rules.py": "rules",
    "problems.py": "rules",
    "examples.py": "rules",
    "settings.py": "rules",
    "tables.py": "rules",
    "schemas.py": "schemas",
    "store.py": "store",
    "hot_store.py": "store",
    "assembly.py": "use case",
    "handlers.py": "door",
    "api.py": "door",
    "app.py": "app",
    "definition.py": "app",
}
#: Every other file: its layer, and why it is none of the usual ones.
OTHERS = {
    "collection/access.py": ("door", "what a caller of this service may see"),
    "collection/alarms.py": ("door", "the background work of rooms that wait for time to pass"),
    "collection/cases/channel_days.py": ("rules", "the kinds of cases about days of channels"),
    "collection/cases/debits.py": ("rules", "the kinds of cases about debits"),
    "collection/cases/exchanges.py": ("rules", "the kinds of cases about what is exchanged"),
    "collection/cases/channel_refunds.py": ("rules", "the kinds of cases about refunds by channels"),
    "collection/channels/accounts.py": ("use case", "accounts at wallets, as settings give them"),
    "collection/channels/alipay.py": ("rules", "Alipay's signatures"),
    "collection/channels/alipay_notices.py": ("schemas", "one channel: what Alipay reports"),
    "collection/channels/alipay_gateway.py": ("schemas", "asks Alipay what became of an order"),
    "collection/channels/alipay_refunding.py": ("schemas", "has Alipay give money back"),
    "collection/channels/by_hand.py": ("schemas", "what collectors took beyond what channels say"),
    "collection/cash/desk_schemas.py": ("schemas", "what whoever takes the money is told"),
    "collection/channels/own_types.py": ("rules", "messages that this service writes down itself"),
    "collection/channels/from_file.py": ("schemas", "what officers took over out of a file"),
    "collection/channels/former.py": ("schemas", "reads what channels sent that are gone"),
    "collection/channels/forms.py": ("rules", "the forms that wallets post"),
    "collection/channels/givebacks.py": ("schemas", "what a channel says about money that it gave back"),
    "collection/channels/generic.py": ("schemas", "one channel: banks and terminals, by standard webhooks"),
    "collection/channels/generic_faults.py": ("rules", "what is wrong of a signed webhook"),
    "collection/channels/keyring.py": ("use case", "the channels with their keys, read from the settings"),
    "collection/channels/refreshing.py": ("use case", "the channels as the files of their keys have them"),
    "collection/channels/sm.py": ("rules", "signatures and encryption by the national algorithms"),
    "collection/channels/unionpay.py": ("rules", "UnionPay's certificates and signatures"),
    "collection/channels/unionpay_gateway.py": ("schemas", "asks UnionPay what became of an order"),
    "collection/channels/unionpay_refunding.py": ("schemas", "has UnionPay give money back"),
    "collection/channels/unionpay_notices.py": ("schemas", "one channel: what UnionPay reports"),
    "collection/channels/port.py": ("rules", "what every channel can do"),
    "collection/channels/wallet.py": ("schemas", "one channel: what WeChat Pay reports"),
    "collection/channels/wechat_prepaying.py": ("schemas", "opens payments at WeChat Pay"),
    "collection/channels/wechat_refunding.py": ("schemas", "has WeChat Pay give money back"),
    "collection/channels/generic_refunding.py": ("schemas", "has those who sign webhooks give money back"),
    "collection/channels/wechat_gateway.py": ("schemas", "asks WeChat Pay what became of an order"),
    "collection/channels/wechat.py": ("rules", "WeChat Pay's signatures and encryption"),
    "collection/divisions.py": ("rules", "the codes of counties, as the notices in force have them"),
    "collection/dues/words.py": ("rules", "what is owed and why, in words"),
    "collection/exchange/profiles.py": ("rules", "layouts of what is exchanged, as data"),
    "collection/files/alipay_bills.py": ("rules", "one layout: Alipay's bill"),
    "collection/files/camt053.py": ("rules", "one layout: a bank's statement as XML"),
    "collection/files/columns.py": ("rules", "which columns of a table are read"),
    "collection/files/instants.py": ("rules", "days and times as tables write them"),
    "collection/files/mt940.py": ("rules", "one layout: a bank's statement of SWIFT"),
    "collection/files/profiled_tables.py": ("rules", "tables whose layout is data"),
    "collection/files/profiles.py": ("rules", "layouts of tables, as data"),
    "collection/debit_files/profiles.py": ("rules", "layouts of banks' files, as data"),
    "subsidy/payout_batches/profiles.py": ("rules", "layouts of banks' files, as data"),
    "collection/files/sheets.py": ("rules", "the rows of a workbook"),
    "collection/files/unionpay_bills.py": ("rules", "one layout: UnionPay's file of what succeeded"),
    "collection/files/unionpay_differences.py": ("rules", "one layout: UnionPay's file of what it corrects"),
    "collection/files/wechat_bills.py": ("rules", "one layout: WeChat's bills and fund flow"),
    "collection/group_commit.py": ("rules", "many requests, one transaction: a queue, no SQL"),
    "collection/metrics.py": ("use case", "the gauges of this service"),
    "console/access.py": ("door", "who asks for a page, and whether a form is theirs"),
    "console/pages/objects.py": ("rules", "a page of one object: what is known of it, and its tables"),
    "console/persons/history_schemas.py": ("schemas", "what follows from the years before"),
    "console/persons/money_schemas.py": ("schemas", "orders, notifications and payouts of a person"),
    "console/persons/notice_schemas.py": ("schemas", "what a notice calls things"),
    "console/persons/words.py": ("rules", "what the states of people and their money are called"),
    "console/worklists/pictures.py": ("rules", "bars above a list, and where they stand"),
    "console/worklists/roles.py": ("rules", "which role has which list"),
    "console/worklists/channel_schemas.py": ("schemas", "what lists of channels read"),
    "console/worklists/county_schemas.py": ("schemas", "what lists of a county's office read"),
    "console/worklists/operator_schemas.py": ("schemas", "what lists of operators read"),
    "console/worklists/money_schemas.py": ("schemas", "what lists of money read"),
    "ledger/access.py": ("door", "what a caller of this service may see"),
    "ledger/lines/pools.py": ("rules", "where the money of a line lies, and out of what it goes"),
    "ledger/postings/kinds.py": ("rules", "why money moves: one word for each direction"),
    "collection/cash/template_api.py": ("door", "the template of a file of receipts"),
    "ledger/papers/figures_api.py": ("door", "a party's own figures, entered or sent as a file"),
    "ledger/papers/names.py": ("rules", "what townships, channels and payers are called on papers"),
    "ledger/alarms.py": ("door", "the background work of rooms that wait for time to pass"),
    "subsidy/alarms.py": ("door", "the background work of rooms that wait for time to pass"),
    "registration/access.py": ("door", "what every operation of this service is given"),
    "registration/alarms.py": ("door", "the background work of rooms that wait for time to pass"),
    "registration/assessments/answers.py": ("rules", "bodies of explanations, each kept once"),
    "registration/assessments/subject.py": ("rules", "what a question needs to know, as the store gives it"),
    "registration/assessments/worker.py": ("door", "the background work of this room"),
    "registration/imports/choices.py": ("rules", "the words of closed sets, by the notice"),
    "registration/imports/codes.py": ("rules", "codes of national standards"),
    "registration/imports/columns.py": ("rules", "the columns of the templates"),
    "registration/imports/delimited.py": ("rules", "CSV and its quotation marks"),
    "registration/imports/encodings.py": ("rules", "which characters the bytes of a file are"),
    "registration/imports/explanations.py": ("rules", "what a template says of each column"),
    "registration/imports/files.py": ("rules", "opens a file of an office, of whatever format"),
    "registration/imports/headings.py": ("rules", "where in a sheet the table begins"),
    "registration/imports/lines.py": ("rules", "lines of text, none longer than a bound"),
    "registration/imports/looking.py": ("rules", "a look through the bytes of a text file"),
    "registration/imports/reading_child.py": ("rules", "the program apart that reads a workbook"),
    "registration/imports/sheets.py": ("rules", "which sheets of a workbook are read"),
    "registration/imports/returns_api.py": ("door", "what goes back to whoever sent a file"),
    "registration/imports/template_api.py": ("door", "templates, which stand under a path of their own"),
    "registration/imports/workbooks.py": ("rules", "a workbook that another program reads"),
    "registration/imports/worker.py": ("door", "the background work of this room"),
    "registration/notices/reading_schemas.py": ("schemas", "what readers of a notice are shown"),
    "registration/registering/admission.py": ("rules", "whether a row may be registered here"),
    "registration/registering/members.py": ("rules", "whether a row means a known member of its household"),
    "registration/registering/plan.py": ("rules", "what is known of people, and what is planned for them"),
    "registration/reminders/gateway.py": ("rules", "the port to a message gateway"),
    "registration/rosters/admission.py": ("rules", "whether a roster may say what it says"),
    "registration/seasons/worker.py": ("door", "the background work of this room"),
    "subsidy/cards/vault.py": ("rules", "card numbers, encrypted"),
    "subsidy/entitlements/elsewhere.py": ("rules", "help for who is insured elsewhere"),
    "subsidy/entitlements/facts.py": ("rules", "what is known of one person, as rules see it"),
    "subsidy/entitlements/left.py": ("rules", "what help has left, and for what it stands in"),
    "webhooks/access.py": ("door", "what every operation of this service is given"),
    "subsidy/requests.py": ("door", "what every operation of this service is given"),
}
#: Ways to run SQL beside the door, `libs/common/db/rows.py`.
PAST_THE_DOOR = {
    *("execute", "executemany", "exec_driver_sql", "stream", "scalar", "scalars", "fetch", "fetchrow"),
    *("fetchval", "copy_records_to_table", "copy_to_table", "get_raw_connection", "driver_connection"),
}
#: JSON and rows of drivers are Any where they come in; elsewhere a type is known.
MOST_ANY_IN_A_THOUSAND_LINES = 5

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


def layer_of(path: Path) -> str | None:
    """The layer of a file in a service; None when its name says nothing of the kind."""
    other = OTHERS.get(str(path.relative_to(SERVICES)))
    if other is not None:
        return other[0]
    if path.name in USUAL:
        return USUAL[path.name]
    if path.name.endswith("_store.py"):
        return "store"
    return "use case" if re.fullmatch(r"[a-z]+ing(_[a-z_]+)?\.py", path.name) else None


def imported_files(path: Path) -> Iterator[Path]:
    """The files of services that a file imports."""
    for module, name in imports_of(path):
        if module.split(".")[0] == "services":
            base = REPOSITORY.joinpath(*module.split("."))
            yield from (found for found in (base / f"{name}.py", base.with_suffix(".py")) if found.is_file())


def is_hot(path: Path) -> bool:
    """Whether a file holds the statements that were measured to need a form of their own."""
    return path.name == "hot_store.py"


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

        assert not elsewhere, "\n".join(sorted(elsewhere))

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

    def test_have_the_same_few_files(self):
        strange = [name_of(path) for path in ROOMS if layer_of(path) is None]

        assert not strange, "\n".join(sorted(strange))

    def test_of_other_files_are_there_and_have_a_reason(self):
        assert not [name for name, (_, why) in OTHERS.items() if not why or not (SERVICES / name).is_file()]

    def test_import_from_their_own_layer_and_those_below(self):
        upward = {
            f"{name_of(path)} ({layer_of(path)}) imports {name_of(found)} ({layer_of(found)})"
            for path in ROOMS
            for found in imported_files(path)
            if (mine := layer_of(path)) and (theirs := layer_of(found))
            if LAYERS.index(theirs) > LAYERS.index(mine)
        }

        assert not upward, "\n".join(sorted(upward))


def positions(tree: ast.AST) -> Iterator[ast.AST]:
    """Where a program takes a row apart by position."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and _is_row(node.value) and isinstance(node.slice, ast.Constant):
            if isinstance(node.slice.value, int):
                yield node
        elif isinstance(node, ast.Starred) and _is_row(node.value):
            yield node
        elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            if isinstance(node.target, ast.Tuple) and _asks_database(node.iter):
                yield node.target
        elif isinstance(node, ast.Assign) and _asks_database(node.value):
            if any(isinstance(target, ast.Tuple) for target in node.targets):
                yield node
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "zip":
            yield from (part for part in node.args if isinstance(part, ast.Starred))


def _is_row(node: ast.AST) -> bool:
    """A name like `row`, or what one row was asked for in place."""
    if isinstance(node, ast.Name):
        return bool(re.fullmatch(r"(.*_)?(row|record)", node.id))
    return _asks_database(node)


def _asks_database(node: ast.AST) -> bool:
    if isinstance(node, ast.Await):
        return _asks_database(node.value)
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return name in PAST_THE_DOOR | {"fetch_one", "all", "one", "first", "tuples", "one_or_none"}


class TestDoorToTheDatabase:
    """Rows go in and out by name, through libs/common/db/rows.py."""

    def test_no_row_is_taken_apart_by_position(self):
        by_position = [
            f"{name_of(path)}:{node.lineno}"
            for path in ROOMS
            for node in positions(ast.parse(path.read_text()))
        ]

        assert not by_position, "\n".join(sorted(by_position))

    def test_is_the_only_one(self):
        past_it = {
            f"{name_of(path)}:{node.lineno}: {node.func.attr}"
            for path in ROOMS
            if not is_hot(path)
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if node.func.attr in PAST_THE_DOOR
            and ast.unparse(node.func.value) not in ("rows", "store", "self", "request")
        }

        assert not past_it, "\n".join(sorted(past_it))

    def test_drivers_and_unnest_stay_where_they_were_measured_to_be_needed(self):
        elsewhere = {
            name_of(path)
            for path in ROOMS
            if not is_hot(path)
            if any(module.split(".")[0] == "asyncpg" for module, _ in imports_of(path))
            or re.search(r"\bunnest\s*\(", path.read_text(), re.IGNORECASE)
        }

        assert not elsewhere, "\n".join(sorted(elsewhere))

    @pytest.mark.parametrize(
        "source",
        [
            "row[0]",
            "Known(*row)",
            "(await conn.execute(x)).one()[0]",
            "[a for a, b in await conn.execute(x)]",
            "async def f():\n    a, b = await fetch_one(conn, x)",
            "f(*zip(*rows))",
        ],
    )
    def test_a_position_is_seen(self, source):
        assert list(positions(ast.parse(source)))

    @pytest.mark.parametrize("source", ["row['a']", "parts[0]", "f(*rows)", "for a, b in sums.items(): pass"])
    def test_a_name_is_none(self, source):
        assert not list(positions(ast.parse(source)))


class TestMigrations:
    def test_call_no_code_of_ours_that_could_change(self):
        live = {
            f"{name_of(path)}: {module}"
            for path in SERVICES.glob("*/migrations/versions/*.py")
            for module, _ in imports_of(path)
            if module.split(".")[0] in ("canbao", "libs", "services")
        }

        assert not live, "\n".join(sorted(live))


class TestTypes:
    def test_are_known_nearly_everywhere(self):
        texts = [path.read_text() for path in SOURCES]
        lines = sum(len(text.splitlines()) for text in texts)
        found = sum(len(re.findall(r"\bAny\b", text)) for text in texts)

        assert found * 1000 / lines < MOST_ANY_IN_A_THOUSAND_LINES, f"{found} in {lines} lines"


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

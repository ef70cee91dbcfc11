"""docs/personal-data.md lists every column that may hold personal data, and says truly how it lies."""

import re
from collections import Counter

import pytest
from sqlalchemy import Column, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSON, JSONB

from canbao.definitions import SERVICES
from canbao.documents import DOCS
from canbao.migrate import schema
from libs.common.db.sealed import Digest, Sealed
from services.ledger.tables import APPEND_ONLY, guard_statement

PAGE = (DOCS / "personal-data.md").read_text()
HOW = {"sealed", "digest", "masked", "clear"}
_ROW = re.compile(r"^\| `(\w+)` \| (`[`\w ]+`) \| (\w+) \|.*\|$", re.MULTILINE)
_MAY_HOLD = (Text, LargeBinary, JSON, JSONB, ARRAY, Sealed, Digest)


def section(title: str) -> dict[tuple[str, str], str]:
    """(table, column) -> how it lies, of one section of the page."""
    text = re.split(r"^## ", PAGE, flags=re.MULTILINE)
    part = next(one for one in text if one.startswith(title))
    listed = [(table, name, how) for table, names, how in _ROW.findall(part) for name in names.split()]
    doubled = Counter((table, name) for table, name, _ in listed)
    assert not [one for one, number in doubled.items() if number > 1]
    return {(table, name.strip("`")): how for table, name, how in listed}


SHARED = section("Every service")


def columns(service: str) -> dict[tuple[str, str], Column[object]]:
    """The columns of a service that may hold personal data."""
    return {
        (table.name, column.name): column
        for table in schema(service).metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, _MAY_HOLD)
    }


def told(service: str) -> dict[tuple[str, str], str]:
    """How the page says that they lie."""
    shared = {table.name for table in schema(service).metadata.sorted_tables} & {table for table, _ in SHARED}
    return section(service.capitalize()) | {key: how for key, how in SHARED.items() if key[0] in shared}


@pytest.mark.parametrize("service", SERVICES)
class TestPage:
    def test_lists_every_column_and_no_other(self, service):
        assert set(told(service)) == set(columns(service))

    def test_says_of_each_how_it_lies(self, service):
        known = columns(service)
        for key, how in told(service).items():
            assert how in HOW, key
            assert (how == "sealed") == isinstance(known[key].type, Sealed), key
            if isinstance(known[key].type, Digest) or key[1].endswith("_digest"):
                assert how == "digest", key
            if "masked" in key[1]:
                assert how == "masked", key

    def test_nothing_is_sealed_where_no_key_could_ever_change(self, service):
        growing = {table.name for table in APPEND_ONLY} | {"lookup_seals"}
        sealed = [key for key, how in told(service).items() if how == "sealed" and key[0] in growing]
        assert sealed == (
            [("slip_matches", "reason"), ("handovers", "forced_reason")] if service == "ledger" else []
        )
        for table, column in sealed:
            assert f"{column}," not in guard_statement(schema("ledger").metadata.tables[table]) + ","

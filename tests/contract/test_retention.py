"""docs/retention.md says of every table with sealed data what becomes of it, and `canbao erase` does that."""

import re

import pytest

from canbao.definitions import SERVICES
from canbao.documents import DOCS
from canbao.migrate import schema
from canbao.retention.terms import TERMS
from libs.common.db.sealed import Sealed

PAGE = (DOCS / "retention.md").read_text()
_ROW = re.compile(r"^\| ((?:`\w+` ?)+) \| (.+) \| .+ \|$", re.MULTILINE)


def section(title: str) -> dict[str, str]:
    """Table -> how long it is kept, of one section of the page."""
    part = next(one for one in re.split(r"^## ", PAGE, flags=re.MULTILINE) if one.startswith(title))
    return {table: how for tables, how in _ROW.findall(part) for table in re.findall(r"\w+", tables)}


@pytest.mark.parametrize("service", SERVICES)
class TestPage:
    def test_says_of_every_sealed_table_how_long_it_is_kept(self, service):
        sealed = {
            table.name
            for table in schema(service).metadata.sorted_tables
            if any(isinstance(column.type, Sealed) for column in table.columns)
        }
        own = section(service.capitalize())
        assert sealed <= set(own | section("Every service"))
        assert set(own) <= sealed | {term.table.name for term in TERMS if term.service == service}

    def test_and_the_terms_agree(self, service):
        told = section("Every service") | section(service.capitalize())
        for term in TERMS:
            if term.service == service:
                assert f"{term.years} year" in told[term.table.name], term.name

    def test_whatever_is_cleared_is_a_column(self, service):
        known = schema(service).metadata.tables
        for term in TERMS:
            if term.service == service:
                assert set(term.cleared) <= set(known[term.table.name].columns.keys())

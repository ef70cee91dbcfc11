"""Makes the workbook in which a party fills in its own figures: each line, and what cells may say."""

from collections import Counter
from collections.abc import Iterator

from libs.common.blank_tables import Column, blank_table
from services.ledger.papers.reading import SUM
from services.ledger.totals.rules import Document

_LAST_ROW = 2_000


def template(document: Document) -> bytes:
    """The workbook of a paper."""
    lines = list(_lines(document))
    sections = [one["title"] for one in document["sections"]]
    called = list(dict.fromkeys(name for _, name in lines))
    columns = (
        Column("项目", 34, "移交单的项目，从列表选择。", choices=sections),
        Column("对象", 34, "移交单所列对象，或“合计”。", choices=called),
        Column("人数", 12, "整数；不核对的不填。", "count", signed=True),
        Column("金额（元）", 20, "以元填写，如 1200.50；不核对的不填。", "yuan", signed=True),
    )
    return blank_table("本部门数据", columns, lines, last_row=_LAST_ROW)


def _lines(document: Document) -> Iterator[tuple[str, str]]:
    """Each line with its section, by its name where no other of the section has it, else by its key."""
    for section in document["sections"]:
        named = Counter(row["name"] for row in section["rows"])
        for row in section["rows"]:
            yield section["title"], row["name"] if named[row["name"]] == 1 else row["key"]
        yield section["title"], SUM

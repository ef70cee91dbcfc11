"""Writes what a bank is to do, by its layout."""

import csv
import io
from collections.abc import Sequence
from typing import Protocol

from libs.common.bank_files.layouts import FileLayout
from libs.common.money import yuan_decimals


class SentLine(Protocol):
    """A line of a file: members of the names that the layout's columns have, and its amount."""

    @property
    def amount_fen(self) -> int:
        """How much money moves."""
        ...


def write_file(layout: FileLayout, batch_id: int, lines: Sequence[SentLine]) -> bytes:
    """Write the whole file of a batch, the same bytes each time."""
    total_fen = sum(line.amount_fen for line in lines)
    words = {
        "batch_id": batch_id,
        "count": len(lines),
        "total_fen": total_fen,
        "total_yuan": yuan_decimals(total_fen),
    }
    out = io.StringIO(newline="")
    writer = csv.writer(
        out,
        delimiter=layout.delimiter,
        lineterminator=layout.line_end,
        quoting=csv.QUOTE_MINIMAL if layout.quoting else csv.QUOTE_NONE,
        quotechar='"' if layout.quoting else None,
    )
    out.writelines(text.format(**words) + layout.line_end for text in layout.head)
    if layout.heading:
        writer.writerow([heading for heading, _ in layout.columns])
    writer.writerows([_value(line, field) for _, field in layout.columns] for line in lines)
    out.writelines(text.format(**words) + layout.line_end for text in layout.tail)
    return out.getvalue().encode(layout.encoding)


def _value(line: SentLine, field: str) -> str:
    if not field:
        return ""
    if field == "amount_yuan":
        return yuan_decimals(line.amount_fen)
    return str(getattr(line, field))

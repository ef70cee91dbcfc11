"""Long tables that a worker gives out beside what is measured."""

from collections.abc import AsyncIterator

from libs.common.spreadsheets import workbook_pieces
from libs.common.text_workbooks import Cell, Sheet


async def long_workbooks() -> None:
    """Give out a table of 400,000 rows as a workbook, over and over."""
    columns = 10
    rows: list[list[Cell]] = [[f"{number}-{place}" for place in range(columns)] for number in range(2_000)]

    async def parts() -> AsyncIterator[list[list[Cell]]]:
        for _ in range(200):
            yield rows

    while True:
        async for _ in workbook_pieces(Sheet("bench", ["column"] * columns, [10] * columns), parts()):
            pass

"""Pages to print and to sign (HTML), as offices set them: one style, a heading, a table, places to sign."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from html import escape

_STYLE = """
@page { size: A4 landscape; margin: 12mm 10mm 14mm }
body { font-family: "Noto Serif CJK SC", "Songti SC", SimSun, serif; font-size: 9pt; margin: 0 }
section { break-after: page }
h1 { font-size: 15pt; text-align: center; margin: 0 0 2mm }
p { margin: 0 0 2mm }
table { border-collapse: collapse; width: 100% }
thead { display: table-header-group }
tr { break-inside: avoid }
th, td { border: 0.2mm solid #000; padding: 0.6mm 1mm; text-align: left }
td.sign { min-width: 28mm; height: 7mm }
.end { display: flex; justify-content: space-between; margin-top: 8mm }
"""


def beginning(title: str, style: str = "") -> str:
    """The beginning of a page, up to its body; `style` is what a paper has besides."""
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}{style}</style>'
    return f'<!doctype html><html lang="zh-CN">{head}'


def heading_row(names: Iterable[str]) -> str:
    """The beginning of a table: its columns."""
    return f"<table><thead><tr>{''.join(f'<th>{escape(name)}</th>' for name in names)}</tr></thead><tbody>"


def written(cell: str | int | Decimal) -> str:
    """A cell as offices write it: a number with a comma at each thousand, an amount with both decimals."""
    return cell if isinstance(cell, str) else f"{cell:,}"


def cells_of(row: Iterable[str | int | Decimal]) -> str:
    """The cells of a row."""
    return "".join(f"<td>{escape(written(cell))}</td>" for cell in row)


def places_to_sign(who: Iterable[str], *, dated: bool = True) -> Iterator[str]:
    """A line at the end of a page with a place for each who signs."""
    day = "　日期：＿＿＿＿＿" if dated else ""
    yield '<div class="end">'
    yield from (f"<span>{name}：＿＿＿＿＿＿＿＿{day}</span>" for name in who)
    yield "</div>"

"""What spreadsheets do to texts, on the way in and out: encodings, tricks that keep texts texts, formulas."""

import re

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_QUOTED_FORMULA = re.compile(r'="((?:[^"]|"")*)"')
_FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")
_AMOUNT = re.compile(r"-?\d+(\.\d\d)?")


def decoded(body: bytes) -> str | None:
    """Read a small file as spreadsheets save it: UTF-8, with a mark or without, or GB18030; else None."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def undo_tricks(row: list[str]) -> list[str]:
    """The cells of a row as their author meant them; a row without tricks is given back as it is.

    Programs keep a text a text by `="350..."`, a leading apostrophe, or `_x000D_`.
    """
    text = "\n".join(row)
    if "'" in text or "`" in text or '="' in text or "_x" in text:
        return [_plain(cell) for cell in row]
    return row


def harmless(text: str) -> str:
    """Keep a spreadsheet from reading a text of others as a formula; amounts stay amounts."""
    dangerous = text.startswith(_FORMULA_BEGINS) and not _AMOUNT.fullmatch(text)
    return f"'{text}" if dangerous else text


def _plain(cell: str) -> str:
    bare = _ESCAPED.sub(_character, cell).strip()
    if formula := _QUOTED_FORMULA.fullmatch(bare):
        bare = formula[1].replace('""', '"').strip()
    return bare.lstrip("'`").strip()


def _character(escaped: re.Match[str]) -> str:
    number = int(escaped[1], 16)
    return escaped[0] if 0xD800 <= number <= 0xDFFF else chr(number)

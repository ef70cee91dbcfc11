"""Undoes the tricks by which programs keep a text a text: `="350..."`, a leading apostrophe, `_x000D_`."""

import re

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_FORMULA = re.compile(r'="((?:[^"]|"")*)"')


def undo_tricks(row: list[str]) -> list[str]:
    """The cells of a row as their author meant them; a row without tricks is given back as it is."""
    text = "\n".join(row)
    if "'" in text or "`" in text or '="' in text or "_x" in text:
        return [_plain(cell) for cell in row]
    return row


def _plain(cell: str) -> str:
    bare = _ESCAPED.sub(_character, cell).strip()
    if formula := _FORMULA.fullmatch(bare):
        bare = formula[1].replace('""', '"').strip()
    return bare.lstrip("'`").strip()


def _character(escaped: re.Match[str]) -> str:
    number = int(escaped[1], 16)
    return escaped[0] if 0xD800 <= number <= 0xDFFF else chr(number)

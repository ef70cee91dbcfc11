"""A quick look through the bytes of a text file, for what may be left out when its rows are read."""

import re
from dataclasses import dataclass
from pathlib import Path

_PIECE_BYTES = 1024 * 1024
#: Bytes that begin a character of two bytes in UTF-8. Besides the middle dot of names, no office writes them.
_TWO_BYTES = bytes(range(0xC2, 0xE0))
_ODD = re.compile(rb"(?!\xc2\xb7)[\xc2-\xdf][\x80-\xbf]")
_TRICKS = (b"'", b"`", b'="', b"_x")


@dataclass(slots=True)
class Look:
    """What a file holds. Bytes of other encodings than UTF-8 can only make it hold more."""

    quotes: bool = False
    tricks: bool = False
    odd: bool = False
    longest_line: int = 0


def look_through(path: Path) -> Look:
    """Look through a file; it is not held whole."""
    look, rest, open_line = Look(), b"", 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            lines = piece.split(b"\n")
            open_line += len(lines[0])
            look.longest_line = max(look.longest_line, open_line, *map(len, lines[1:]))
            if len(lines) > 1:
                open_line = len(lines[-1])
            seam = rest + piece
            look.quotes = look.quotes or b'"' in piece
            look.tricks = look.tricks or any(trick in seam for trick in _TRICKS)
            if not look.odd and len(piece.translate(None, _TWO_BYTES)) != len(piece):
                look.odd = _ODD.search(seam) is not None
            rest = piece[-1:]
    return look

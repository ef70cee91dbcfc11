"""Which fonts papers are set in, and which characters they have.

Noto Sans CJK comes with the installation and has all of GB 2312, GBK, extension A and 2,300 characters beyond
the basic plane, such as 𠮷. An operator adds fonts by a directory (`fonts-hanazono` of Debian has the
extensions B to F whole). What no font has is never an empty box: its code stands in its place.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import typst
from noto_cjk_sans_otc import FONT_PATH

_FAMILY = "Noto Sans CJK SC"
_SUFFIXES = (".otf", ".ttf", ".ttc", ".otc")
#: Characters that need no glyph: blanks, and what joins or chooses a form of the character before.
_INVISIBLE = frozenset({0x20, 0x09, 0x0A, 0x3000, 0x200B, 0x200C, 0x200D, *range(0xFE00, 0xFE10)})
_VARIANTS = range(0xE0100, 0xE01F0)


@dataclass(frozen=True)
class Fonts:
    """Fonts that papers are set in: `families` in the order in which they are tried."""

    found: typst.Fonts
    families: tuple[str, ...]
    files: tuple[Path, ...]

    @cached_property
    def characters(self) -> frozenset[int]:
        """The code points that any of them has."""
        return frozenset().union(*(characters_of(path) for path in self.files))

    def has(self, character: str) -> bool:
        """Whether a character can be printed."""
        code = ord(character)
        return code in self.characters or code in _INVISIBLE or code in _VARIANTS

    def printable(self, text: str) -> str:
        """A text in which the code stands for what no font has: `〔U+2A6D6〕`."""
        if all(map(self.has, text)):
            return text
        return "".join(one if self.has(one) else f"〔U+{ord(one):04X}〕" for one in text)


def load_fonts(directory: Path | None = None) -> Fonts:
    """Load the font of the installation, and all of a directory of the operator's."""
    own = Path(str(FONT_PATH))
    more = (
        sorted(path for path in directory.rglob("*") if path.suffix.lower() in _SUFFIXES) if directory else []
    )
    directories = [own.parent, *([directory] if directory else [])]
    found = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(one) for one in directories]
    )
    others = sorted({font.family for font in found.fonts() if font.path and Path(font.path) in set(more)})
    return Fonts(found, (_FAMILY, *others), (own, *more))


def characters_of(path: Path) -> frozenset[int]:
    """The code points that a font file has a glyph for; of a collection, those of its first font.

    Raises ValueError for a file that is no font.
    """
    data = path.read_bytes()
    try:
        start = struct.unpack_from(">L", data, 12)[0] if data[:4] == b"ttcf" else 0
        return frozenset(_codes(data, _table(data, start, b"cmap")))
    except (struct.error, StopIteration):
        raise ValueError(f"{path}: not a font that can be read") from None


def _table(data: bytes, start: int, wanted: bytes) -> int:
    """Where a table of a font lies."""
    (number,) = struct.unpack_from(">H", data, start + 4)
    records = (struct.unpack_from(">4sLLL", data, start + 12 + 16 * place) for place in range(number))
    return next(int(offset) for tag, _, offset, _ in records if tag == wanted)


def _codes(data: bytes, cmap: int) -> Iterator[int]:
    """The code points of the tables of segments (formats 4 and 12), which all fonts of texts have."""
    (number,) = struct.unpack_from(">H", data, cmap + 2)
    offsets = {struct.unpack_from(">HHL", data, cmap + 4 + 8 * place)[2] for place in range(number)}
    for offset in offsets:
        (form,) = struct.unpack_from(">H", data, cmap + offset)
        if form == 12:
            (groups,) = struct.unpack_from(">L", data, cmap + offset + 12)
            for place in range(groups):
                first, last, glyph = struct.unpack_from(">LLL", data, cmap + offset + 16 + 12 * place)
                yield from range(first if glyph else first + 1, last + 1)
        elif form == 4:
            yield from _basic_codes(data, cmap + offset)


def _basic_codes(data: bytes, table: int) -> Iterator[int]:
    count = struct.unpack_from(">H", data, table + 6)[0] // 2
    lasts = struct.unpack_from(f">{count}H", data, table + 14)
    firsts = struct.unpack_from(f">{count}H", data, table + 16 + 2 * count)
    for first, last in zip(firsts, lasts, strict=True):
        if first != 0xFFFF:
            yield from range(first, last + 1)

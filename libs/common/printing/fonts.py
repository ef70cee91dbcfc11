"""Which fonts papers are set in, and which characters they have.

Noto Sans CJK comes with the installation and has all of GB 2312, GBK, extension A and 2,300 characters beyond
the basic plane, such as 𠮷. An operator adds fonts by a directory (`fonts-hanazono` of Debian has the
extensions B to F whole). What no font has is never an empty box: its code stands in its place.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import typst
from fontTools.ttLib import TTFont, TTLibError
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
    try:
        with path.open("rb") as file, TTFont(file, fontNumber=0, lazy=True) as font:
            return frozenset(font.getBestCmap() or ())
    except TTLibError:
        raise ValueError(f"{path}: not a font that can be read") from None

"""Papers as PDF: a template, what goes into it, and fonts that have the characters of names."""

from libs.common.printing.fonts import Fonts, load_fonts
from libs.common.printing.press import Paper, Press
from libs.common.printing.qr import qr_svg

__all__ = ["Fonts", "Paper", "Press", "load_fonts", "qr_svg"]

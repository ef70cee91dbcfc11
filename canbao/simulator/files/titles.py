"""Titles of columns and names of files, with brackets of half width as some channels write them."""

_HALF = str.maketrans("（）", "()")


def half_width(text: str) -> str:
    """The same with brackets of half width."""
    return text.translate(_HALF)

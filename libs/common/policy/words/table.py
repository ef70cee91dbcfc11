"""Reads the word lists of this package: `key | 中文 | English` a line, both languages side by side."""

from collections.abc import Iterator

from libs.common.policy.format.conditions_model import Label


def rows(text: str) -> Iterator[tuple[str, Label]]:
    """Yield (key, Label) for each line of a word list."""
    for line in text.strip().splitlines():
        key, zh, en = (part.strip() for part in line.split("|"))
        yield key, Label(zh, en)

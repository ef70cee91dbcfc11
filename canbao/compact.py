"""Writes JSON for people and for `git diff`: what fits on a line stands on one line."""

import json

from pydantic import JsonValue

WIDTH = 110


def compact(value: JsonValue, indent: str = "", taken: int = 0) -> str:
    """Write `value` in lines of at most WIDTH characters, as far as its texts allow.

    `indent` is that of the line it begins on, of which `taken` characters stand before it and behind it.
    """
    line = json.dumps(value, ensure_ascii=False)
    if len(indent) + taken + len(line) <= WIDTH or not isinstance(value, dict | list) or not value:
        return line
    inner = indent + "  "
    if isinstance(value, dict):
        names = {name: json.dumps(name, ensure_ascii=False) + ": " for name in value}
        parts = [names[name] + compact(part, inner, len(names[name]) + 1) for name, part in value.items()]
        opening, closing = "{", "}"
    else:
        parts = [compact(part, inner, 1) for part in value]
        opening, closing = "[", "]"
    lines = ",\n".join(inner + part for part in parts)
    return f"{opening}\n{lines}\n{indent}{closing}"

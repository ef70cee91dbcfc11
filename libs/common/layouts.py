"""Layouts of files of others as data: a JSON file each, ours and those of an installation."""

import json
import re
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")

Layout = TypeVar("Layout", bound=BaseModel)


class LayoutUnusable(ValueError):
    """A file of a layout that is none."""


def load_layouts(form: type[Layout], *directories: Path) -> dict[str, Layout]:
    """Read all layouts, by their names; those of a later directory count instead of others of their name.

    `form` has the name as its member `name`. Raises LayoutUnusable.
    """
    found: dict[str, Layout] = {}
    for directory in directories:
        for path in sorted(directory.glob("*.json")):
            try:
                if not _NAME.fullmatch(path.stem):
                    raise ValueError("its name has other characters than a-z, 0-9 and -")
                found[path.stem] = form(name=path.stem, **json.loads(path.read_text("utf-8")))
            except (ValueError, TypeError) as error:
                raise LayoutUnusable(f"{path}: {error}") from error
    return found

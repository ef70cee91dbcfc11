"""Rules that counties share: a file extends a base of its city, its province or the country.

A base, `<name>/<year>.base.yaml`, has the sections of a notice behind a head of its own. What a county writes
goes before what its base says. A notice that extends others is kept as one text, its own and then theirs,
so that its hash is of all that it says and it can be read again when the files have become others.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import yaml

from libs.common.policy.format.merging import child, cited, key_of, marks, pairs_of, put_over
from libs.common.policy.format.reader import Source, reader

if TYPE_CHECKING:
    from libs.common.policy.format.document import Document

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BORDER = re.compile(rb"^--- # extends (\S+)\n", re.MULTILINE)
BASE_SUFFIX = ".base.yaml"
#: What a file may extend: nothing outside the directory of the notices.
_NAME = re.compile(r"[a-z0-9-]+/\d{4}")


@dataclass(frozen=True, slots=True)
class Base:
    """Whose common rules a file has. `division` begins the divisions of all who may extend it."""

    year: int
    level: Literal["country", "province", "city"]
    title: str
    document_no: str
    issuer: str
    question_prefix: str
    division: str = ""
    issued_on: date | None = None
    extends: str | None = None
    without: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Extended:
    """One base of a notice: its name, such as `shandong/2027`, and its head."""

    name: str
    head: Base


def base_files(root: Path) -> list[Path]:
    """Every `<name>/<year>.base.yaml` below a directory."""
    return sorted(root.glob(f"*/*{BASE_SUFFIX}"))


def directory_of(path: Path) -> Path:
    """Return the directory of all notices, of which a file `<county>/<year>.yaml` is one."""
    return path.absolute().parent.parent


def whole(raw: bytes, root: Path) -> bytes:
    """Return the text of a file with those of the bases that it extends, as far as they are there."""
    parts, named, last = [raw], set[str](), raw
    while (name := _extends(last)) and name not in named:
        path = root / f"{name}{BASE_SUFFIX}"
        if _NAME.fullmatch(name) is None or not path.is_file():
            break
        named.add(name)
        last = path.read_bytes()
        parts.append(b"--- # extends %s\n%s" % (name.encode(), last))
    return b"\n".join(parts)


def own_text(raw: bytes) -> bytes:
    """Return the text of the notice's own file."""
    found = _BORDER.search(raw)
    return raw if found is None else raw[: found.start()].removesuffix(b"\n")


def sections_of(raw: bytes) -> list[str]:
    """Return the sections of a notice in the order of its file, then those that only its bases have."""
    keys = (key_of(key) for _, part in _parts(raw, "") for key, _ in pairs_of(_composed(part, "")))
    return [key for key in dict.fromkeys(keys) if key != "base"]


def read_whole(src: Source, raw: bytes) -> tuple[yaml.MappingNode | None, tuple[Extended, ...]]:
    """Put a notice and its bases together, each value still knowing its file and line. Notes flaws."""
    parts = [(name, compose(src, text, file)) for (name, text), file in _files(raw, src.name)]
    if any(node is None for _, node in parts):
        return None, ()
    nodes = [cast("yaml.MappingNode", node) for _, node in parts]
    names = [name for name, _ in parts][1:]
    _check_chain(src, nodes, names)
    heads = [_head(src, node) for node in nodes[1:]]
    together = cited(nodes[-1], _number(heads[-1])) if heads else nodes[-1]
    for i in range(len(nodes) - 2, -1, -1):
        own = cited(nodes[i], _number(heads[i - 1])) if i else nodes[i]
        together = put_over(src, own, together)
    known = (Extended(name, head) for name, head in zip(names, heads, strict=True) if head is not None)
    return together, tuple(known)


def check_bases(src: Source, doc: "Document", bases: tuple[Extended, ...]) -> None:
    """Note bases of another place or year."""
    for one in bases:
        begins, year = one.head.division, one.head.year
        if not doc.notice.division.startswith(begins):
            mend = f"extend a base of the own area, or correct `division`, which begins with {begins}"
            src.flaw(src.line_of(doc.notice), f"{one.name!r} is a base of another area", mend)
        if one.name.rpartition("/")[2] != str(year):
            src.flaw(src.line_of(one.head), f"the file says it is {year}", "correct `year`, or its name")


def read_base(src: Source, raw: bytes) -> Base | None:
    """Read a base by itself, as far as that can be done: what its sections lack, counties may say."""
    from libs.common.policy.format.document import Document  # which has notices, which have bases

    node = compose(src, raw, src.name)
    if node is None:
        return None
    head, flaws = _head(src, node), src.flaws
    pairs = [(key, value) for key, value in node.value if key.value not in ("base", "notice")]
    src.flaws = []
    reader(Document)(src, yaml.MappingNode(node.tag, pairs, *marks(node)))
    open_to_counties = {value.start_mark.line + 1 for value in (node, *(value for _, value in pairs))}
    src.flaws = flaws + [
        flaw
        for flaw in src.flaws
        if not (flaw.problem.endswith(" is missing") and flaw.line in open_to_counties)
    ]
    return head


def compose(src: Source, raw: bytes, file: str) -> yaml.MappingNode | None:
    """Parse one file whose nodes know what it is called. Notes why it cannot be parsed."""
    try:
        node = _composed(raw, file)
    except yaml.reader.ReaderError:
        _tell_of_characters(src, raw)
        return None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        src.flaw(mark or 1, f"not YAML: {problem}", "check indentation, quotes and colons")
        return None
    if node is None:
        src.flaw(1, "the file is empty", "begin with `notice:`")
        return None
    if not isinstance(node, yaml.MappingNode):
        src.flaw(node, "a block of `key: value` lines is expected here", "begin with `notice:`")
        return None
    return node


def _tell_of_characters(src: Source, raw: bytes) -> None:
    """Note the line whose characters no YAML has: a spreadsheet or an editor wrote them its own way."""
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        src.flaw(line, "this line is not written in UTF-8", "save the file as UTF-8")
        return
    odd = yaml.reader.Reader.NON_PRINTABLE
    lines = raw.decode().split("\n")
    line = next((number for number, text in enumerate(lines, 1) if odd.search(text)), 1)
    src.flaw(line, "this line holds an invisible character that YAML does not take", "delete it")


class _Named(io.BytesIO):
    """Bytes with the name that the parser gives to what it finds in them."""

    name = ""


def _composed(raw: bytes, file: str) -> yaml.Node | None:
    stream = _Named(raw)
    stream.name = file
    return yaml.compose(stream, Loader=_LOADER)


def _parts(raw: bytes, own: str) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the text of each file, the notice first."""
    first, *others = _BORDER.split(raw)
    yield own, first
    for name, text in zip(others[::2], others[1::2], strict=True):
        yield name.decode(), text


def _files(raw: bytes, own: str) -> Iterator[tuple[tuple[str, bytes], str]]:
    for i, (name, text) in enumerate(_parts(raw, own)):
        yield (name, text), f"{name}{BASE_SUFFIX}" if i else own


def _extends(raw: bytes) -> str | None:
    """Return which base a file extends, if that can be read at all."""
    if b"extends" not in raw:
        return None
    try:
        node = _composed(raw, "")
    except yaml.YAMLError:
        return None
    named = _extends_node(node)
    return str(named.value) if isinstance(named, yaml.ScalarNode) else None


def _extends_node(node: yaml.Node | None) -> yaml.Node | None:
    return child(child(node, "notice") or child(node, "base"), "extends")


def _check_chain(src: Source, nodes: list[yaml.MappingNode], names: list[str]) -> None:
    for node, following in zip(nodes, [*names, None], strict=True):
        named = _extends_node(node)
        if named is None or named.value == following:
            continue
        if named.value in names:
            src.flaw(named, "the bases extend one another in a circle", "let the widest one extend nothing")
        else:
            mend = f"write {named.value}{BASE_SUFFIX}, or correct `extends`"
            src.flaw(named, f"there is no base {named.value!r}", mend)


def _head(src: Source, node: yaml.MappingNode) -> Base | None:
    for key, _ in node.value:
        if key.value == "notice":
            src.flaw(key, "a base has no `notice`", "write `base:` with its title, number and level")
    found = child(node, "base")
    if found is None:
        src.flaw(node, "a base begins with `base`", "write `base:` with its title, number and level")
        return None
    return cast("Base | None", reader(Base)(src, found))


def _number(head: Base | None) -> str:
    return head.document_no if head is not None else ""

"""Reads a party's answer by the layout of its batch: all of the file, or what is wrong line by line."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from xml.parsers import expat

from libs.common.security.masking import mask_text
from libs.common.spreadsheets import decoded
from services.collection.exchange.profiles import OTHER, Answered, AnswerLayout, Profile
from services.collection.exchange.rules import AnswerFault, AnswerFile, AnswerLine, Outcome

_LONGEST = 200
_DEEPEST = 20
_DECLARED = re.compile(r"^\s*<\?xml[^>]*\?>")
#: A line of a file: its place, and its cells by their titles, or in their order.
_Cells = tuple[int, Mapping[str, str] | Sequence[str]]


class AnswerUnreadable(Exception):
    """A file that does not follow its layout; carries what is wrong, line by line."""

    def __init__(self, faults: Iterable[AnswerFault]) -> None:
        self.faults = tuple(faults)
        super().__init__(f"{len(self.faults)} faults")


@dataclass(slots=True)
class _Found:
    """What was read of a file so far."""

    told: dict[str, str] = field(default_factory=dict)
    lines: list[AnswerLine] = field(default_factory=list)
    faults: list[AnswerFault] = field(default_factory=list)


def read_answer(content: bytes, profile: Profile) -> AnswerFile:
    """Read what a party says of rows; raise AnswerUnreadable."""
    text = decoded(content)
    if text is None or "\0" in text:
        raise AnswerUnreadable(
            [AnswerFault(0, "the file is neither UTF-8 nor GB 18030 text", "文件不是 UTF-8 或 GB 18030 文本")]
        )
    found, layout = _Found(), profile.answer
    rows = _xml_rows(text, profile, found) if profile.xml is not None else _table_rows(text, profile, found)
    for number, cells in rows:
        _take(number, cells, layout, found)
    wanted = {name for one in layout.told for name in one.groupindex}
    if not found.faults and wanted - found.told.keys():
        found.faults.append(
            AnswerFault(
                0,
                f"the file must declare its batch and count: {layout.example}",
                f"文件须声明批次和条数：{layout.example}",
            )
        )
    if found.faults:
        raise AnswerUnreadable(found.faults)
    told = {name: int(number) for name, number in found.told.items()}
    return AnswerFile(told.get("batch_no"), told.get("count"), tuple(found.lines))


def _take(number: int, cells: Mapping[str, str] | Sequence[str], layout: AnswerLayout, found: _Found) -> None:
    said = _said(cells, layout)
    outcome = _outcome(said.get("outcome", ""), layout)
    if not said.get("number"):
        at_zh, at = _called(layout, "number")
        found.faults.append(
            AnswerFault(number, f"{at}: the number of the row is missing", f"{at_zh}：缺少记录编号")
        )
    elif outcome is None:
        known = [one for one in layout.outcomes if one != OTHER]
        at_zh, at = _called(layout, "outcome")
        says = (
            f"{at}: the outcome must be one of {', '.join(known)}",
            f"{at_zh}：结果只能是 {'、'.join(known)}",
        )
        found.faults.append(AnswerFault(number, *says))
    else:
        refused = outcome == "refused"
        code, words = said.get("code"), said.get("words")
        found.lines.append(
            AnswerLine(
                number,
                said["number"],
                outcome,
                mask_text(code)[:_LONGEST] if code and refused else None,
                mask_text(words)[:_LONGEST] if words and refused else None,
            )
        )


def _called(layout: AnswerLayout, name: Answered) -> tuple[str, str]:
    """What a party calls a column: by its title, else by its place."""
    if name in layout.columns:
        zh = "或".join(f"“{title}”" for title in layout.columns[name])
        return zh, " or ".join(f"“{title}”" for title in layout.columns[name])
    place = layout.positions.index(name) + 1
    return f"第 {place} 列", f"column {place}"


def _said(cells: Mapping[str, str] | Sequence[str], layout: AnswerLayout) -> dict[Answered, str]:
    if isinstance(cells, Mapping):
        return {
            name: next((cells[title] for title in titles if title in cells), "")
            for name, titles in layout.columns.items()
        }
    pairs = zip(layout.positions, cells, strict=False)
    return {name: cell for name, cell in pairs if name}


def _outcome(word: str, layout: AnswerLayout) -> Outcome | None:
    if word in layout.outcomes:
        return layout.outcomes[word]
    return layout.outcomes.get(OTHER) if word else None


def _is_beside(line: str, layout: AnswerLayout, told: dict[str, str]) -> bool:
    """Take over what a file says of itself; whether a line is that, or says nothing."""
    for pattern in layout.told:
        if (match := pattern.fullmatch(line)) is not None:
            told.update({name: said for name, said in match.groupdict().items() if said is not None})
            return True
    return any(pattern.fullmatch(line) for pattern in layout.skipped)


def _table_rows(text: str, profile: Profile, found: _Found) -> Iterator[_Cells]:
    layout = profile.answer
    titles: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            cells = [cell.strip() for cell in next(csv.reader([line], delimiter=profile.delimiter), [])]
        except csv.Error:
            found.faults.append(AnswerFault(number, "the line cannot be read", "本行无法读取"))
            continue
        while cells and not cells[-1]:
            cells.pop()
        if not cells or _is_beside("|".join(cells), layout, found.told):
            continue
        if layout.positions:
            yield number, cells
        elif titles:
            yield number, dict(zip(titles, cells, strict=False))
        else:
            titles = cells
            missing = [
                known[0] for name, known in layout.columns.items()
                if name in ("number", "outcome") and not set(known) & set(titles)
            ]  # fmt: skip
            if missing:
                words = ", ".join(missing)
                found.faults.append(AnswerFault(number, f"the heading lacks {words}", f"列标题缺少 {words}"))
                return


class _Refused(Exception):
    """XML that no answer needs: a document type, or tags within tags within tags."""


@dataclass(slots=True)
class _Package:
    """The package that is being read: elements of the row, and texts of the head."""

    profile: Profile
    path: list[str] = field(default_factory=list)
    text: str = ""
    row: dict[str, str] = field(default_factory=dict)
    begun: int = 0
    head: list[str] = field(default_factory=list)
    rows: list[_Cells] = field(default_factory=list)
    line: int = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self.path.append(name)
        if len(self.path) > _DEEPEST:
            raise _Refused
        self.text = ""
        if self._is_row():
            self.row, self.begun = {}, self.line

    def end(self, name: str) -> None:
        tags = self.profile.xml
        assert tags is not None
        if self._is_row():
            self.rows.append((self.begun, self.row))
        elif self.path[:-1] == [tags.root, tags.rows, tags.row]:
            self.row[name] = self.text.strip()
        elif self.path[:-1] == [tags.root, tags.head]:
            self.head.append(f"{name}|{self.text.strip()}")
        self.path.pop()
        self.text = ""

    def data(self, text: str) -> None:
        self.text = (self.text + text)[:10_000]

    def _is_row(self) -> bool:
        tags = self.profile.xml
        return tags is not None and self.path == [tags.root, tags.rows, tags.row]


def _xml_rows(text: str, profile: Profile, found: _Found) -> Iterator[_Cells]:
    """The rows of a package; what it declares of its encoding is over, for it is text by now."""
    package, parser = _Package(profile), expat.ParserCreate()

    def start(name: str, attributes: Mapping[str, str]) -> None:
        package.line = parser.CurrentLineNumber
        package.start(name, attributes)

    def refuse(*_: object) -> None:
        raise _Refused

    parser.StartElementHandler, parser.EndElementHandler = start, package.end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = package.data, refuse
    try:
        parser.Parse(_DECLARED.sub("", text).encode(), True)
    except (expat.ExpatError, _Refused):
        line = parser.CurrentLineNumber
        found.faults.append(AnswerFault(line, "the XML cannot be read from here", "XML 自此处无法读取"))
        return
    for one in package.head:
        _is_beside(one, profile.answer, found.told)
    yield from package.rows

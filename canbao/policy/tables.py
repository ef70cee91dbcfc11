"""Notices and their differences as tables for a terminal of 100 columns, or plain text for a pipe."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypedDict

from rich import box
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from libs.common.policy import Notice
from libs.common.policy.format.work_rules import Targets
from libs.common.policy.telling.compare import Difference, SectionDifference
from libs.common.policy.telling.describe import Block, Entry, Section
from libs.common.policy.words.names import Language

_WIDTH = 100
_SHORT = 26
_WORDS: Mapping[Language, Mapping[str, str]] = {
    "zh": {
        "clause": "条款",
        "title": "名称",
        "says": "内容",
        "open": "待定",
        "first": "前者",
        "second": "后者",
        "present": "有",
        "absent": "（没有这一条）",
        "order": "先后次序不同",
        "same": "两份通知意思相同。",
        "total": "各行之和",
    },
    "en": {
        "clause": "clause",
        "title": "name",
        "says": "rule",
        "open": "open",
        "first": "first",
        "second": "second",
        "present": "there",
        "absent": "(no such rule)",
        "order": "tried in another order",
        "same": "Both notices mean the same.",
        "total": "sum of the rows",
    },
}


class _Column(TypedDict, total=False):
    """How rich lays out a column."""

    style: str
    width: int
    min_width: int
    ratio: int
    overflow: Literal["fold"]


_Header = tuple[str, _Column]


def console() -> Console:
    """Return a console: at most 100 columns; into a pipe exactly 100, without colors."""
    screen = Console(highlight=False)
    if not screen.is_terminal:
        return Console(highlight=False, width=_WIDTH, color_system=None)
    return Console(highlight=False, width=min(screen.width, _WIDTH))


def show_notice(out: Console, notice: Notice, sections: Sequence[Section], lang: Language) -> None:
    """Print a notice: what it is, then every section."""
    header = notice.document.notice
    out.print(Text(header.title, style="bold"))
    _print(out, Text(f"{header.document_no}  {header.issuer}  {notice.ref}", style="dim"))
    for section in sections:
        for block in section.blocks:
            out.print()
            out.print(Text(f"■ {block.title}", style="bold cyan"))
            _print(out, _block(block, lang))
        if section.key == "targets" and notice.targets is not None:
            _print(out, _totals(notice.targets, lang))


def show_differences(
    out: Console, first: Notice, second: Notice, found: Sequence[SectionDifference], lang: Language
) -> None:
    """Print what differs, section by section."""
    words = _WORDS[lang]
    for mark, notice in (("-", first), ("+", second)):
        header = notice.document.notice
        _print(out, Text(f"{mark} {notice.ref}  {header.title}", style="bold"))
    if not found:
        out.print(words["same"])
    for section in found:
        out.print()
        out.print(Text(f"■ {section.title}", style="bold cyan"))
        _print(out, _differences(section, lang))


def _print(out: Console, what: RenderableType) -> None:
    """Print without the blanks that fill a line up, which only a terminal needs."""
    if out.is_terminal:
        out.print(what)
        return
    with out.capture() as captured:
        out.print(what)
    for line in captured.get().splitlines():
        out.out(line.rstrip(), highlight=False)


def _block(block: Block, lang: Language) -> RenderableType:
    columns = _grid_columns(block.entries)
    if columns is not None:
        return _grid(block.entries, columns, lang)
    if len(block.entries) == 1 and not block.entries[0].title:
        return _facts(block.entries[0], lang)
    return _rules(block.entries, lang)


def _grid_columns(entries: Sequence[Entry]) -> list[str] | None:
    """Return the columns when all rules say the same few short things, so that a grid reads best."""
    columns = list(dict.fromkeys(what for e in entries for what, _ in e.facts))
    short = all(cell_len(words) <= _SHORT and "\n" not in words for e in entries for _, words in e.facts)
    return columns if len(entries) > 1 and len(columns) <= 3 and short else None


def _widest(entries: Sequence[Entry], column: str) -> int:
    return max(cell_len(words) for what, words in [(column, column), *_all_facts(entries)] if what == column)


def _all_facts(entries: Sequence[Entry]) -> Iterator[tuple[str, str]]:
    for entry in entries:
        yield from entry.facts


def _table(*headers: _Header) -> Table:
    table = Table(box=box.SIMPLE_HEAD, expand=True, pad_edge=False, show_edge=False)
    for header, options in headers:
        wide: _Column = {"overflow": "fold", **options}
        table.add_column(header, **wide)
    return table


def _common(entries: Sequence[Entry], lang: Language) -> tuple[_Header, _Header, list[_Header]]:
    """Return the columns that every table begins and ends with."""
    words = _WORDS[lang]
    widest = max((cell_len(part) for e in entries for part in e.clause.split("；")), default=0)
    clause: _Header = (words["clause"], {"style": "dim", "width": min(max(widest, 6), 16)})
    title: _Header = (words["title"], {"ratio": 2})
    open_questions: _Header = (words["open"], {"style": "yellow", "width": 8})
    return clause, title, [open_questions] if any(e.questions for e in entries) else []


def _row(entry: Entry, middle: Sequence[str], questions: Sequence[_Header]) -> list[str]:
    tail = [" ".join(entry.questions)] if questions else []
    return ["\n".join(entry.clause.split("；")), entry.title or entry.key, *middle, *tail]


def _rules(entries: Sequence[Entry], lang: Language) -> Table:
    clause, title, questions = _common(entries, lang)
    table = _table(clause, title, (_WORDS[lang]["says"], {"ratio": 4}), *questions)
    for entry in entries:
        table.add_row(*_row(entry, ["\n".join(_sentences(entry, lang))], questions))
    return table


def _sentences(entry: Entry, lang: Language) -> Iterator[str]:
    colon = "：" if lang == "zh" else ": "
    for what, words in entry.facts:
        lines = words.split("\n")
        yield f"{what}{colon}{lines[0]}" if len(lines) == 1 else f"{what}{colon}"
        if len(lines) > 1:
            yield from (f"· {line}" for line in lines)


def _grid(entries: Sequence[Entry], columns: list[str], lang: Language) -> Table:
    clause, title, questions = _common(entries, lang)
    cited = any(entry.clause for entry in entries)
    middle: list[_Header] = [(column, {"min_width": _widest(entries, column)}) for column in columns]
    table = _table(*([clause] if cited else []), title, *middle, *questions)
    for entry in entries:
        facts = dict(entry.facts)
        row = _row(entry, [facts.get(column, "") for column in columns], questions)
        table.add_row(*(row if cited else row[1:]))
    return table


def _facts(entry: Entry, lang: Language) -> Table:
    table = Table(box=None, expand=True, pad_edge=False, show_header=False)
    table.add_column(style="dim", width=16, overflow="fold")
    table.add_column(ratio=1, overflow="fold")
    for what, words in entry.facts:
        table.add_row(what, words)
    if entry.clause:
        table.add_row(_WORDS[lang]["clause"], entry.clause)
    if entry.questions:
        table.add_row(_WORDS[lang]["open"], Text(" ".join(entry.questions), style="yellow"))
    return table


def _totals(targets: Targets, lang: Language) -> Text:
    people = f", {targets.computed_population:,}" if targets.computed_population else ""
    text = f"{_WORDS[lang]['total']}: {targets.computed_total:,}{people}"
    stated = (targets.stated_total, targets.stated_population or targets.computed_population)
    same = stated == (targets.computed_total, targets.computed_population)
    return Text(text, style="" if same else "bold red")


def _differences(section: SectionDifference, lang: Language) -> Table:
    words = _WORDS[lang]
    table = _table(
        (words["clause"], {"style": "dim", "width": 12}),
        (words["title"], {"ratio": 2}),
        ("", {"style": "dim", "width": 12}),
        (words["first"], {"ratio": 2}),
        (words["second"], {"ratio": 2}),
    )
    for difference in section.differences:
        for row in _difference_rows(difference, lang):
            table.add_row(*row)
    return table


def _difference_rows(difference: Difference, lang: Language) -> Iterator[tuple[RenderableType, ...]]:
    """Yield a row for each fact; clause and name stand in the first."""
    words, kind = _WORDS[lang], difference.kind
    clause = "\n".join(dict.fromkeys(c for given in difference.clauses for c in given.split("；") if c))
    title = words["order"] if kind == "order" else difference.title
    for what, before, after in difference.facts or (("", words["present"], words["present"]),):
        sides = [Text(_inline(before, lang), "red"), Text(_inline(after, lang), "green")]
        if kind in ("only_first", "only_second"):
            sides[kind == "only_first"] = Text(words["absent"] if title else "", "dim")
        yield clause, Text(title, "bold"), what, *sides
        clause = title = ""


def _inline(words: str, lang: Language) -> str:
    return words.replace("\n", "；" if lang == "zh" else "; ") or "—"

"""Checks policy files and their worked cases; every finding names file, line and mend."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from canbao.policy.files import cases_file
from libs.common.money import yuan_text
from libs.common.policy import (
    Flaw,
    Notice,
    NoticeInvalid,
    QuestionMalformed,
    assess,
    load_notice,
    parse_question,
)
from libs.common.policy.cases import WorkedCase, differences, load_cases
from libs.common.policy.engine.office_days import unknown_days
from libs.common.policy.format.extending import BASE_SUFFIX, read_base
from libs.common.policy.format.reader import Source
from libs.common.policy.loader import read_notice
from libs.common.policy.telling.findings import findings
from libs.common.policy.words.names import Language

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FEN = re.compile(r"^(.*)_fen: expected (\d+|None), got (\d+|None)$")
_SHARE = re.compile(r"'(\w+)_fen': (\d+)")
_CASE_KEYS = ("name", "clause", "expect")


@dataclass(frozen=True, slots=True)
class Warned:
    """Something that is probably wrong, in Chinese and English."""

    file: str
    line: int
    problem: tuple[str, str]
    mend: tuple[str, str]

    def said(self, lang: Language) -> str:
        """Say it in one language."""
        zh = lang == "zh"
        problem, mend = (self.problem[0], self.mend[0]) if zh else (self.problem[1], self.mend[1])
        words = f"提醒：{problem}。建议：{mend}" if zh else f"warning: {problem}. Mend: {mend}"
        return f"{self.file}:{self.line}: {words}"


@dataclass(frozen=True, slots=True)
class Checked:
    """One policy file: how many worked cases were run, what is wrong, and what may change by itself."""

    path: Path
    cases: int
    flaws: tuple[Flaw, ...]
    remarks: tuple[str, ...] = ()
    warnings: tuple[Warned, ...] = ()

    def said(self, lang: Language) -> Iterator[str]:
        """Yield a line for each flaw, warning and remark, and one that all is good where it is."""
        yield from (flaw.said(lang) for flaw in self.flaws)
        yield from (warning.said(lang) for warning in self.warnings)
        if not self.flaws:
            good = (
                f"正确，{self.cases}个算例成立" if lang == "zh" else f"good, {self.cases} worked cases hold"
            )
            yield f"{self.path}: {good}"
        yield from (f"  {remark}" for remark in self.remarks)


def check_file(path: Path) -> Checked:
    """Read one policy file strictly and run the worked cases beside it.

    Common rules have none: they are played by the cases of those who extend them.
    """
    if path.name.endswith(BASE_SUFFIX):
        return _check_base(path)
    try:
        notice = load_notice(path)
    except NoticeInvalid as error:
        return Checked(path, 0, tuple(replace(flaw, file=_near(path, flaw.file)) for flaw in error.flaws))
    except OSError as error:
        return Checked(path, 0, (Flaw(str(path), 1, f"cannot be read: {error.strerror}", "check the path"),))
    warnings = tuple(_warnings(notice, path))
    beside = cases_file(path)
    if not beside.is_file():
        mend = f"write {beside.name}, at least one case for each border of the notice"
        flaw = Flaw(str(path), 1, "there are no worked cases beside it", mend)
        return Checked(path, 0, (flaw,), warnings=warnings)
    lines, flaws = _case_lines(beside)
    if flaws:
        return Checked(path, 0, tuple(flaws), warnings=warnings)
    wrong, remarks = tuple(_run(notice, beside, lines)), tuple(_remarks(notice))
    return Checked(path, len(lines), wrong, remarks, warnings)


def _check_base(path: Path) -> Checked:
    src = Source(f"{path.parent.name}/{path.name}")
    try:
        read_base(src, path.read_bytes())
    except OSError as error:
        return Checked(path, 0, (Flaw(str(path), 1, f"cannot be read: {error.strerror}", "check the path"),))
    return Checked(path, 0, tuple(replace(flaw, file=str(path)) for flaw in src.flaws))


def _warnings(notice: Notice, path: Path) -> list[Warned]:
    """Look for what is probably wrong; the file is read once more for the lines of its rules."""
    again, src = read_notice(notice.source_text, notice.name)
    found = []
    for one in findings(again):
        place = src.line_of(one.rule)
        found.append(Warned(_near(path, place.file), place.line, one.problem, one.mend))
    return sorted(found, key=lambda one: (one.file, one.line))


def _near(path: Path, file: str) -> str:
    """Name the file of a flaw as one would from here: the notice itself, or one that it extends."""
    return str(path.parent.parent / file) if file.endswith(BASE_SUFFIX) else str(path)


def _remarks(notice: Notice) -> Iterator[str]:
    for handover, day in unknown_days(notice):
        yield (
            f"handover {handover!r} stays on {day} until the workdays of {day.year} are known"
            f" / {day.year} 年节假日安排公布前，期限暂按 {day} 计"
        )


def _case_lines(path: Path) -> tuple[list[int], list[Flaw]]:
    """Return the line of every case, or what makes the file unreadable."""

    def flaw(line: int, problem: str, mend: str) -> tuple[list[int], list[Flaw]]:
        return [], [Flaw(str(path), line, problem, mend)]

    try:
        node = yaml.compose(path.read_bytes(), Loader=_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        return flaw(mark.line + 1 if mark else 1, f"not YAML: {problem}", "check indentation, quotes, colons")
    rows = _child(node, "cases")
    if not isinstance(rows, yaml.SequenceNode):
        return flaw(1, "there is no list of `cases`", "write `cases:` and one case after each dash")
    lines, flaws = [], []
    for row in rows.value:
        line = row.start_mark.line + 1
        missing = [key for key in _CASE_KEYS if _child(row, key) is None]
        if missing:
            flaws += flaw(line, f"the case lacks {', '.join(missing)}", "add it to the case")[1]
        lines.append(line)
    return lines, flaws


def _child(node: yaml.Node | None, key: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for name, value in node.value if name.value == key), None)


def _run(notice: Notice, path: Path, lines: list[int]) -> Iterator[Flaw]:
    try:
        cases = load_cases(notice, path)
    except ValueError as error:
        yield Flaw(str(path), _line_of(str(error), lines, path), str(error), "correct the value")
        return
    for case, line in zip(cases, lines, strict=True):
        for problem, mend in _wrong(notice, case):
            yield Flaw(str(path), line, f"{case.name} ({case.clause}): {problem}", mend)


def _line_of(message: str, lines: list[int], path: Path) -> int:
    """Return the line of a value that a message quotes, or that of the first case."""
    quoted = re.search(r"'([^']+)'", message)
    text = path.read_text(encoding="utf-8")
    if quoted and quoted[1] in text:
        return text[: text.index(quoted[1])].count("\n") + 1
    return lines[0] if lines else 1


def _wrong(notice: Notice, case: WorkedCase) -> Iterator[tuple[str, str]]:
    try:
        answer = assess(notice, parse_question(case.question)).as_dict()
    except QuestionMalformed as error:
        yield str(error), f"correct the question / {error.field}：{error.zh}"
        return
    for difference in differences(case.expect, answer):
        yield _in_yuan(difference.removeprefix(".")), "correct the notice, or what the case expects"


def _in_yuan(difference: str) -> str:
    """Write fen as yuan, the way the file of cases has them."""
    text = _SHARE.sub(lambda m: f"{m[1]}: {yuan_text(int(m[2]))}元", difference)
    found = _FEN.match(text)
    if found is None:
        return text
    amounts = (f"{yuan_text(int(fen))}元" if fen.isdigit() else fen for fen in found.group(2, 3))
    return "{}: expected {}, got {}".format(found[1], *amounts)

"""Works the cases beside the file of a notice out, as the notice in force answers them."""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from libs.common.policy import Notice, QuestionMalformed, assess, parse_question
from libs.common.policy.cases import WorkedCase, differences, load_cases
from services.registration.notices.reading_schemas import WorkedCaseOut, WorkedCases

#: Files of cases whose answers are kept: more than there are counties and years in one installation's use.
_KEPT = 32


def worked_cases(notice: Notice, directory: Path) -> WorkedCases:
    """What became of each case. A county without such a file has none; one that cannot be read says why."""
    path = directory / notice.county / f"{notice.year}.cases.yaml"
    try:
        stamp = path.stat().st_mtime_ns
    except OSError:
        return _answer(notice, ())
    return _worked(notice, path, stamp)


@lru_cache(maxsize=_KEPT)
def _worked(notice: Notice, path: Path, stamp: int) -> WorkedCases:
    try:
        cases = load_cases(notice, path)
    except Exception as error:  # offices write these files: whatever is in one, the others are shown
        return _answer(notice, (), f"{path.name}: {type(error).__name__}: {error}"[:500])
    return _answer(notice, map(_case, [notice] * len(cases), cases))


def _answer(notice: Notice, cases: Iterable[WorkedCaseOut], fault: str | None = None) -> WorkedCases:
    return WorkedCases(
        county=notice.county, coverage_year=notice.year, notice=notice.ref, items=list(cases), fault=fault
    )


def _case(notice: Notice, case: WorkedCase) -> WorkedCaseOut:
    told = {"name": case.name, "clause": case.clause, "question": case.question, "expected": case.expect}
    try:
        answer = assess(notice, parse_question(case.question), trace=False)
    except QuestionMalformed as error:
        return WorkedCaseOut(
            **told, outcome=None, own_due_fen=None, summary=f"{error.field}: {error.en}",
            summary_zh=f"{error.field}：{error.zh}", holds=False, falls_short=[error.field],
        )  # fmt: skip
    wrong = [one.lstrip(".") for one in differences(case.expect, answer.as_dict())]
    return WorkedCaseOut(
        **told, outcome=answer.outcome, own_due_fen=answer.own_due_fen, summary=answer.summary["en"],
        summary_zh=answer.summary["zh"], holds=not wrong, falls_short=wrong,
    )  # fmt: skip

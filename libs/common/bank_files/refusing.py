"""Refuses a result file by the lines at fault."""

from collections.abc import Sequence

from libs.common.bank_files.answers import ResultFault
from libs.common.web.problems import FieldError, Problem, ProblemType

_MOST_FAULTS = 100


def refused(kind: ProblemType, faults: Sequence[ResultFault]) -> Problem:
    """The problem of a file that does not fit, with its first faults."""
    problem = kind.problem(
        errors=[
            FieldError(f"#/lines/{fault.line}" if fault.line else "#/header", fault.detail, fault.detail_zh)
            for fault in faults[:_MOST_FAULTS]
        ]
    )
    if len(faults) > _MOST_FAULTS:
        problem.extensions["more_errors"] = len(faults) - _MOST_FAULTS
    return problem

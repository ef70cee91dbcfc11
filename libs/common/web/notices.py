"""Says why there is no notice for a county and year: nobody wrote one, or its file has a fault."""

from libs.common.policy import Notices
from libs.common.web.catalogue import NOTICE_FAULTY
from libs.common.web.problems import Problem, ProblemType


def without_notice(
    kind: ProblemType | Problem, notices: Notices, county: str, coverage_year: int | None = None
) -> Problem:
    """The problem `kind` of a notice that is not there, unless its file has a fault: that is another matter.

    Without a coverage year it is about a county of which no notice at all is in force.
    """
    flaw = notices.fault_of(county, coverage_year)
    if flaw is None:
        return kind if isinstance(kind, Problem) else kind.problem()
    return NOTICE_FAULTY.problem(
        f"{flaw.file}, line {flaw.line}. {NOTICE_FAULTY.mend}",
        f"{flaw.file} 第 {flaw.line} 行。{NOTICE_FAULTY.mend_zh}",
        faulty_file=flaw.file,
        line=flaw.line,
    )

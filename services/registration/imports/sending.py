"""Who may send a file of enrollment history, and what may be stated of it."""

from libs.common.security.caller import Caller
from libs.common.web.catalogue import OUTSIDE_DIVISION
from services.registration.enrollments.cancelling import BUREAU
from services.registration.histories.problems import HISTORY_OF_BUREAU, WHOLE_INCOMPLETE
from services.registration.imports.schemas import UploadForm


def check_history(caller: Caller, form: UploadForm, this_year: int) -> None:
    """Refuse who is not of the bureau, and a place that is stated half or is not the caller's."""
    if not caller.may(BUREAU):
        raise HISTORY_OF_BUREAU.problem()
    place, first, last = form.whole_place, form.whole_from_year, form.whole_to_year
    if place is None and first is None and last is None:
        return
    if place is None or first is None or last is None or not first <= last <= this_year:
        raise WHOLE_INCOMPLETE.problem()
    if not place.startswith(caller.division):
        raise OUTSIDE_DIVISION.problem()

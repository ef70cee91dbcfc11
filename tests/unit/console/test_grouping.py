"""What waits is shown once for each page, however many offices it waits for."""

from datetime import UTC, datetime

from services.console.home.rules import Task, in_groups

FIRST, SECOND = datetime(2020, 9, 1, tzinfo=UTC), datetime(2020, 11, 17, tzinfo=UTC)
PAGE = "cases/registration?kind=deadline_missed"


def task(**more) -> Task:
    return Task(
        "期限已过", "A deadline is over", **{"count": 1, "page": PAGE, "service": "registration", **more}
    )


class TestInGroups:
    def test_has_a_page_once_with_all_that_waits_there(self):
        waiting = [
            task(oldest_at=SECOND, unseen=1, amount_fen=500, whose="alert"),
            task(oldest_at=FIRST, count=2, unseen=2, whose="alert"),
            task(count=3),
        ]
        work = in_groups(waiting, [])
        assert work.alerts == [task(oldest_at=FIRST, count=3, unseen=3, amount_fen=500, whose="alert")]
        assert work.own == [task(count=3)]

    def test_keeps_what_has_no_page_apart_by_its_words(self):
        youxi, huining = (Task(f"更正单 · {of}", f"Reported errors · {of}", 1) for of in ("youxi", "huining"))
        assert in_groups([youxi, huining], []).own == [huining, youxi]

"""Which deadline may be closed, which ones it follows, and how it is written down."""

from datetime import date
from pathlib import Path

import pytest

from libs.common.policy.loader import load_all
from libs.common.settings import REPOSITORY
from libs.common.testing.ledger_facts import on
from services.ledger.handovers.rules import (
    CutoffNotReached,
    DeadlineUnknown,
    EarlierDeadlineOpen,
    Late,
    calendar_of,
    canonical,
    digest,
    followed,
    handover_document,
    months_after,
    next_to_close,
    with_moving_months,
)
from services.ledger.postings.rules import Season
from services.ledger.totals.rules import Cell, Level

NOTICES = load_all(Path(REPOSITORY) / "policies")
YOUXI = calendar_of(NOTICES["youxi", 2020])
HUINING = calendar_of(NOTICES["huining", 2021])


def deadline(calendar, deadline_id):
    return next(one for one in calendar if one.id == deadline_id)


def follows(calendar, deadline_id):
    """The ids of the deadlines that one follows."""
    number = [one.id for one in calendar].index(deadline_id)
    return [calendar[ordinal - 1].id for ordinal in followed(calendar[number], calendar[:number])]


class TestCalendar:
    def test_is_in_the_order_of_the_cutoffs(self):
        assert [one.id for one in YOUXI][:2] == ["main", "monthly-2020-01"]
        assert [one.cutoff_at for one in YOUXI] == sorted(one.cutoff_at for one in YOUXI)

    def test_the_main_handover_of_youxi_covers_all_of_31_december(self):
        assert deadline(YOUXI, "main").cutoff_at == on("2020-01-01")
        assert deadline(YOUXI, "main").due_on.isoformat() == "2020-01-10"


class TestFollowed:
    def test_months_follow_the_main_window_and_the_months_before(self):
        assert follows(YOUXI, "monthly-2020-02") == ["main", "monthly-2020-01"]

    def test_the_half_year_counts_its_months_again_for_finance(self):
        assert follows(YOUXI, "first-half") == ["main"]

    def test_the_main_window_of_huining_counts_all_of_it_although_months_were_handed_over(self):
        assert follows(HUINING, "main") == []

    def test_the_month_in_which_the_main_window_ends_continues_the_months(self):
        assert follows(HUINING, "monthly-2020-12") == [
            "monthly-2020-09",
            "monthly-2020-10",
            "monthly-2020-11",
        ]

    def test_months_go_on_from_months_whatever_was_sealed_beside_them(self):
        assert "first-half" not in follows(YOUXI, "monthly-2020-07")
        assert "main" not in follows(HUINING, "monthly-2021-01")

    def test_the_second_half_year_goes_on_from_the_first_and_not_from_its_months(self):
        assert follows(YOUXI, "second-half") == ["main", "first-half"]

    def test_the_closing_of_huining_goes_on_from_the_months_because_they_have_everything(self):
        assert follows(HUINING, "closing") == [one.id for one in HUINING if one.id.startswith("monthly")]


class TestMonthsAfterTheClosing:
    def months(self, now, sealed=(), moving=()):
        notice = NOTICES["dongan", 2020]
        dated, months = calendar_of(notice), months_after(notice, on(now))
        return [one.id for one in with_moving_months(dated, months, sealed, moving)][len(dated) :]

    def test_there_is_none_before_the_closing_has_ended(self):
        assert self.months("2021-03-31T23:59", moving=[date(2021, 3, 1)]) == []

    def test_there_is_one_for_each_month_in_which_something_moved(self):
        moving = [date(2021, 4, 1), date(2021, 6, 1)]

        assert self.months("2021-06-20", moving=moving) == ["supplementary-2021-04", "supplementary-2021-06"]

    def test_there_is_none_while_nothing_moves_however_much_time_goes_by(self):
        assert self.months("2031-06-20") == []

    def test_what_comes_late_for_a_sealed_month_has_its_turn_in_the_one_after(self):
        found = self.months("2021-06-20", ["supplementary-2021-04"], [date(2020, 11, 1)])

        assert found == ["supplementary-2021-04", "supplementary-2021-05"]

    def test_they_go_on_from_the_closing_and_from_each_other(self):
        notice = NOTICES["dongan", 2020]
        calendar = (*calendar_of(notice), *months_after(notice, on("2021-05-20")))

        assert follows(calendar, "supplementary-2021-05") == [one.id for one in calendar[:-1]]


class TestNextToClose:
    def test_is_closed_from_its_cutoff_on(self):
        ordinal, found = next_to_close(YOUXI, "main", [], on("2020-01-01"), forced=False)

        assert (ordinal, found.id) == (1, "main")

    def test_is_not_closed_a_second_before(self):
        with pytest.raises(CutoffNotReached):
            next_to_close(YOUXI, "main", [], on("2019-12-31T23:59:59"), forced=False)

    def test_may_be_forced_before(self):
        assert next_to_close(YOUXI, "main", [], on("2019-12-31"), forced=True)[0] == 1

    def test_waits_for_earlier_deadlines_even_when_forced(self):
        with pytest.raises(EarlierDeadlineOpen) as refusal:
            next_to_close(YOUXI, "monthly-2020-02", ["main"], on("2020-03-05"), forced=True)

        assert refusal.value.deadline_id == "monthly-2020-01"

    def test_of_another_calendar_is_unknown(self):
        with pytest.raises(DeadlineUnknown):
            next_to_close(YOUXI, "december", [], on("2020-03-05"), forced=False)


CELLS = [
    Cell("fund", Level.ALL, None, None, None, 3, 64000, 4),
    Cell("fund", Level.PAYER, "residents", None, None, 2, 39000, 3),
    Cell("fund", Level.PAYER, "medical_assistance", None, None, 1, 25000, 1),
    Cell("fund", Level.CHANNEL, None, None, None, 1, 25000, 1),
    Cell("fund", Level.CHANNEL, None, None, "tax", 2, 39000, 3),
    Cell("suspended", Level.CHANNEL, None, None, "tax", 0, 50000, 2),
    Cell("refunded", Level.CHANNEL, None, None, "tax", 0, 25000, 1),
    Cell("granted_to_cards", Level.PAYER, "county_finance", None, None, 1, 20000, 1),
    Cell("movements", Level.LINE, "treasury_receipt", None, None, 0, 39000, 1),
    Cell("movements", Level.LINE, "channel_settlement", None, "tax", 0, 39000, 1),
]


def document(cells):
    season = Season("youxi", 2020)
    return handover_document(season, 1, deadline(YOUXI, "main"), [], None, cells, Late())


class TestDocument:
    def test_keeps_suspense_and_cards_apart_from_the_fund(self):
        totals = document(CELLS)

        assert totals["total"] == {"head_count": 3, "amount_fen": 64000}
        assert [(row["payer"], row["mechanism"]) for row in totals["by_payer"]] == [
            ("medical_assistance", "paid_on_behalf"),
            ("residents", "own"),
        ]
        assert totals["suspense"][0]["suspended_lines"] == 2
        assert totals["suspense"][0]["change_fen"] == 25000
        assert totals["to_cards"][0]["granted_fen"] == 20000

    def test_by_channel_is_what_residents_paid(self):
        assert document(CELLS)["by_channel"] == [{"channel": "tax", "head_count": 2, "amount_fen": 39000}]

    def test_movements_are_in_the_order_of_the_steps(self):
        assert [row["kind"] for row in document(CELLS)["movements"]] == [
            "channel_settlement",
            "treasury_receipt",
        ]

    def test_is_the_same_text_whatever_the_order_of_the_cells(self):
        assert canonical(document(CELLS)) == canonical(document(CELLS[::-1]))

    def test_differs_when_a_fen_differs(self):
        changed = [CELLS[0]._replace(amount_fen=64001), *CELLS[1:]]

        assert digest(canonical(document(CELLS))) != digest(canonical(document(changed)))

"""What each party of each notice signs: what the notice makes its business, and nothing of others'."""

import pytest

from libs.common.policy import load_all
from services.ledger.papers.rules import Sealed, needs_two, paper
from services.ledger.postings.rules import Season
from services.ledger.totals.rules import Cell, Level, Section, live_document

NOTICES = load_all()
COUNTIES = [("youxi", 2020), ("huining", 2021), ("dongan", 2020), ("songming", 2018), ("huilong", 2020)]
#: Two who paid 250 yuan in one township through one channel, one for whom a payer of the notice paid 250.
OWN_FEN, HELP_FEN = 50000, 25000
#: A township of a notice that has no table of tasks: only its code is known.
NO_TABLE = "620422101"


def sealed(notice, through="tax"):
    payer, rows = next(iter(notice.payer_labels)), notice.targets.rows if notice.targets else ()
    township = rows[0].division[:9] if rows else NO_TABLE
    rows = [("residents", through, 2, OWN_FEN), (payer, None, 1, HELP_FEN)]
    cells = [Cell(Section.FUND, Level.ALL, None, None, None, 3, OWN_FEN + HELP_FEN, 3)]
    cells += [Cell(Section.FUND, Level.TOWNSHIP, None, township, None, 3, OWN_FEN + HELP_FEN, 3)]
    for who, channel, heads, fen in rows:
        cells.append(Cell(Section.FUND, Level.PAYER, who, None, None, heads, fen, heads))
        cells.append(Cell(Section.FUND, Level.CHANNEL, None, None, channel, heads, fen, heads))
        cells.append(Cell(Section.FUND, Level.LINE, who, township, channel, heads, fen, heads))
    totals = live_document(Season(notice.county, notice.year), cells)
    handover = next(one for one in notice.handovers if one.kind == "main")
    return Sealed(notice, handover, totals, "0" * 64, None)


def papers():
    for season in COUNTIES:
        made = sealed(NOTICES[season])
        for party in made.handover.parties:
            yield pytest.param(made, party, id=f"{season[0]}-{party.department}")


@pytest.mark.parametrize(("made", "party"), list(papers()))
def test_has_the_heads_and_money_that_are_its_business(made, party):
    role = made.notice.departments[party.department].role
    collected = any(one.role == "collector" for one in made.notice.departments.values())

    found = {one["code"]: (one["heads"], one["amount_fen"]) for one in paper(made, party)["sections"]}

    money, helped, whole = (2, OWN_FEN), (None, HELP_FEN), (3, OWN_FEN + HELP_FEN)
    assert found == {
        "collector": {"contributions": money, "channels": money},
        "medical_insurance": {"help": helped}
        | ({} if collected else {"contributions": money, "channels": money}),
        "finance": {"fund": whole, "help": helped},
    }.get(role, {"townships": whole, "channels": money})


@pytest.mark.parametrize(("made", "party"), list(papers()))
def test_names_places_and_payers_as_the_notice_does(made, party):
    names = {row["name"] for one in paper(made, party)["sections"] for row in one["rows"]}
    rows = made.notice.targets.rows if made.notice.targets else ()
    known = {row.name.zh for row in rows if row.division.endswith("000")} or {
        NO_TABLE,
        made.notice.document.notice.place.zh,
    }
    known |= {"个人缴费", "tax"}
    known |= {label.zh for label in made.notice.payer_labels.values()}
    known |= {one.label.zh for one in made.notice.channels.values()}
    assert names <= known


@pytest.mark.parametrize("role", ["collector", "medical_insurance", "finance"])
def test_what_an_employees_fund_owes_is_a_line_of_its_own_and_the_totals_agree(role):
    notice = NOTICES["youxi", 2020]
    made, plain = sealed(notice, "employee_fund:worker_fund"), sealed(notice)
    party = next(one for one in made.handover.parties if notice.departments[one.department].role == role)

    found = {one["code"]: one for one in paper(made, party)["sections"]}
    before = {one["code"]: one for one in paper(plain, party)["sections"]}

    (row,) = found.pop("personal_accounts")["rows"]
    assert (row["name"], row["heads"], row["amount_fen"]) == ("个人账户共济（worker_fund）", 2, OWN_FEN)
    assert {code: one["amount_fen"] for code, one in found.items()} == {
        code: one["amount_fen"] for code, one in before.items()
    }


def test_two_people_sign_where_a_party_answers_for_money():
    notice = NOTICES["songming", 2018]
    assert needs_two(notice, "medical_insurance")
    assert not needs_two(notice, "township")

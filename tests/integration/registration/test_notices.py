"""What a notice says, read over HTTP by whoever advises, pays or builds a form."""

import pytest

from libs.common.security.scopes import ROLES
from tests.integration.registration.test_parameters_and_events import agreed, supplied


async def notice(registration, season):
    answer = await registration.get(f"/v1/notices/{season}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def by(key, rows):
    return {row[key]: row for row in rows}


@pytest.mark.parametrize("role", ROLES)
async def test_every_role_may_read_notices(registration, role):
    http = await registration.client(scopes=ROLES[role], division="620422101")

    seasons = [(n["county"], n["coverage_year"]) for n in (await http.get("/v1/notices")).json()["items"]]
    detail = await http.get("/v1/notices/huining/2021")

    assert ("huining", 2021) in seasons
    assert (detail.status_code, detail.json()["place_zh"]) == (200, "会宁县")


async def test_nobody_reads_them_without_a_token(registration):
    http = await registration.client(token=None)

    assert (await http.get("/v1/notices")).status_code == 401
    assert (await http.get("/v1/notices/huining/2021")).status_code == 401


async def test_windows_have_their_dates(registration):
    windows = by("id", (await notice(registration, "huining/2021"))["windows"])

    main = windows["main"]
    assert (main["from_at"], main["to_at"]) == ("2020-09-01T00:00:00+08:00", "2020-12-10T23:59:59+08:00")
    assert (main["event"], main["only_for"], main["registration_to_at"]) == (None, None, None)
    newborn = windows["newborn"]["event"]
    assert (newborn["kind"], newborn["within"], newborn["unit"]) == ("birth", 90, "days")
    assert newborn["complete"] == "enrollment"


async def test_a_window_says_when_registration_for_it_closes(registration):
    closes = {w["registration_to_at"] for w in (await notice(registration, "songming/2018"))["windows"]}

    assert "2018-02-22T17:00:00+08:00" in closes


async def test_prices_are_told_by_tier_and_window(registration):
    tiers = {
        price["tier"]: price["amount_fen"]
        for price in (await notice(registration, "huilong/2020"))["prices"]
        if not price["only_for"]
    }
    (own,) = (await notice(registration, "huining/2021"))["prices"]

    assert tiers == {1: 25_000, 2: 62_500}
    assert (own["amount_fen"], own["windows"]) == (28_000, ["main", "newborn", "newly-poor"])


async def test_a_price_that_waits_for_an_operator_is_not_guessed(registration):
    before = {p["id"]: p for p in (await notice(registration, "dongan/2020"))["prices"]}
    waiting = [p for p in before.values() if p["amount_fen"] is None]
    assert {a["parameter"] for p in waiting for a in p["amounts"] if a["amount_fen"] is None} == {
        "fiscal_match_fen"
    }
    at = "2020-05-10T10:00:00+08:00"
    await agreed(registration, await supplied(registration, at, fiscal_match_fen=52_000), at)

    after = {p["id"]: p for p in (await notice(registration, "dongan/2020"))["prices"]}

    assert {after[p["id"]]["amount_fen"] for p in waiting} == {77_000}


async def test_statuses_say_who_recognizes_them_and_what_they_bring(registration):
    statuses = by("code", (await notice(registration, "huining/2021"))["statuses"])

    dibao = statuses["dibao"]
    assert (dibao["department"], dibao["department_label_zh"]) == ("civil_affairs", "县民政局")
    assert [c["code"] for c in dibao["classes"]][:2] == ["rural-1", "rural-2"]
    assert [(h["classes"][0], h["amount_fen"], h["mechanism"]) for h in dibao["help"]] == [
        ("rural-1", 28_000, "paid_on_behalf"),
        ("rural-2", 20_000, "reimburse_to_card"),
    ]
    assert statuses["registered_poor"]["help"][0]["payer_label_zh"] == "县财政"
    assert statuses["marginal"]["help"] == []


async def test_help_says_what_becomes_of_late_rosters(registration):
    statuses = by("code", (await notice(registration, "dongan/2020"))["statuses"])
    (poor,) = statuses["registered_poor"]["help"]

    assert (poor["mechanism"], poor["listed_after"]) == ("paid_on_behalf", "2019-10-01")
    assert poor["mechanism_after"] == "reimburse_to_card"


async def test_deadlines_name_their_department(registration):
    deadlines = by("id", (await notice(registration, "huining/2021"))["deadlines"])

    rosters = deadlines["subsidy-rosters"]
    assert (rosters["to_at"], rosters["department"]) == ("2020-12-10T23:59:59+08:00", "township")
    assert rosters["department_label"].startswith("township governments")


@pytest.mark.parametrize(
    "season", ["youxi/2020", "huining/2021", "dongan/2020", "huilong/2020", "songming/2018"]
)
async def test_every_county_s_notice_is_told_in_both_languages(registration, season):
    said = await notice(registration, season)

    assert said["windows"] and said["prices"] and said["statuses"]
    for row in [*said["windows"], *said["prices"], *said["statuses"], *said["deadlines"]]:
        assert row["label"] and row["label_zh"] and row["clause"]
        assert (row.get("only_for") is None) == (row.get("only_for_zh") is None)


async def test_a_whole_notice_is_told_in_words_also_what_offices_do_by_hand(registration):
    answer = await registration.get("/v1/notices/huining/2021/words")

    assert answer.status_code == 200, answer.text
    sections = by("key", answer.json()["sections"])
    (cash,) = sections["cash_deposit"]["rules"]
    said = by("name_zh", cash["says"])
    assert any("不得" in one["words_zh"] or "个人" in one["words_zh"] for one in said.values())
    assert {"departments", "channels", "vouchers", "registration", "open_questions"} <= set(sections)
    channels = by("key", sections["channels"]["rules"])
    assert (channels["cadre"]["title_zh"], channels["cadre"]["clause"]) == ("乡村干部上门收缴", "八(一)")
    assert answer.json()["places"] == []


async def test_places_are_called_as_the_table_of_tasks_calls_them(registration):
    told = (await registration.get("/v1/notices/youxi/2020/words")).json()["places"]

    assert len(told) == 15
    assert {"division_code": "350426101000", "name": "Meixian Town", "name_zh": "梅仙镇"} in told


async def test_words_of_a_notice_that_there_is_not(registration):
    assert (await registration.get("/v1/notices/huining/2031/words")).status_code == 404

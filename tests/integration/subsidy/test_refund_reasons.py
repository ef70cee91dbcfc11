"""Where a notice lists reasons for refunds: which, on what papers, until when, to whom."""

import pytest

from libs.common.policy import Notices, load_notice_bytes

from .conftest import at, id_number

LISTED = """
refunds:
  clause: 九
  rule: listed
  label: {zh: 只按所列事由退费, en: contributions go back for listed reasons only}
  reasons:
    - id: double
      clause: 九(一)
      label: {zh: 重复参保, en: insured twice}
      to: 2020-12-31
      proofs: [{code: other-cover, label: {zh: 其他参保凭证, en: proof of the other insurance}}]
    - id: died
      clause: 九(二)
      label: {zh: 待遇期前死亡, en: died before cover begins}
      within_days: 30
      goes_to: heir
      proofs:
        - {code: death, label: {zh: 死亡证明, en: death certificate}}
        - {code: kinship, label: {zh: 亲属关系证明, en: proof of kinship}}
"""


@pytest.fixture(autouse=True)
def lists_reasons(season):
    """Huining's notice, with reasons."""
    notices = season.context.notices
    text = notices[("huining", 2021)].source_text.decode()
    before, _, after = text.partition("\nrefunds:\n")
    rest = after[after.index("\n\n") :]
    changed = load_notice_bytes(f"{before}\n{LISTED}{rest}".encode(), "huining/2021.yaml")
    season.context.notices = Notices([*(n for n in notices.values() if n.county != "huining"), changed])
    yield
    season.context.notices = notices


async def request(season, *, days: float = 20, expect: int = 201, **more) -> dict:
    body = {"payment_id": 5001, "line_no": 1, "reason": "申请退费"} | more
    return await season.ask("POST", "/v1/refunds", json=body, days=days, expect=expect)


@pytest.fixture(autouse=True)
async def has_paid(season, lists_reasons):
    await season.send(season.paid(1))
    await season.cards(season.card(1), season.card(2))


class TestReason:
    async def test_has_to_be_named(self, season):
        refused = await request(season, expect=409)

        assert refused["type"].endswith("refund-not-provided")
        assert refused["reasons"] == ["double", "died"]

    async def test_of_the_notice_with_its_papers_is_kept_with_the_case(self, season):
        asked = await request(season, ground="double", proofs=["other-cover"])

        assert (asked["ground"], asked["proofs"], asked["exceptional"]) == (
            "double",
            ["other-cover"],
            False,
        )

    async def test_that_the_notice_has_not_is_refused_with_those_that_it_has(self, season):
        refused = await request(season, ground="moved", expect=422)

        assert [one["pointer"] for one in refused["errors"]] == ["#/ground"]
        assert "double, died" in refused["errors"][0]["detail"]

    async def test_lacks_a_paper(self, season):
        refused = await request(
            season, ground="died", proofs=["death"], expect=409, payee_id_number=id_number(2)
        )

        assert (refused["type"], refused["missing"]) == (
            "urn:canbao:problem:refund-proofs-missing",
            ["kinship"],
        )
        assert "亲属关系证明" in refused["detail_zh"]


class TestTime:
    @pytest.mark.parametrize(("days", "expect"), [(121.5, 201), (121.9, 409)])
    async def test_ends_with_the_last_second_of_the_day(self, season, days, expect):
        """Day 121 is 31 December, and after 16:00 UTC it is January in Shanghai."""
        assert at(121).date().isoformat() == "2020-12-31"
        await request(season, days=days, expect=expect, ground="double", proofs=["other-cover"])

    async def test_runs_from_the_payment(self, season):
        said = {"ground": "died", "proofs": ["death", "kinship"], "payee_id_number": id_number(2)}
        refused = await request(season, days=40, expect=409, **said)

        assert (refused["type"], refused["clause"]) == ("urn:canbao:problem:refund-not-in-time", "九(二)")

    async def test_that_is_over_needs_an_exception_which_names_the_clause(self, season):
        said = {"ground": "double", "proofs": ["other-cover"], "exceptional": True}
        asked = await request(season, days=140, **said)

        assert (asked["against_rule"], asked["against_clause"]) == ("listed", "九(一)")


SAID = {"ground": "died", "proofs": ["death", "kinship"]}


class TestHeir:
    async def test_gets_the_money_on_the_own_card(self, season, signing_key):
        await season.send(season.assessed(2))
        asked = await request(season, **SAID, payee_id_number=id_number(2))
        checker = await season.client(
            token=signing_key.issue("checker", ["subsidy:read", "subsidy:approve"], "*")
        )
        await season.ask("POST", f"/v1/refunds/{asked['refund_id']}/approve", json={}, http=checker, days=21)

        assert await season.rows("SELECT payee_digest IS NOT NULL FROM payouts") == [(True,)]

    @pytest.mark.parametrize(
        ("said", "pointer"),
        [
            (SAID, "#/payee_id_number"),
            ({"ground": "double", "payee_id_number": id_number(2)}, "#/payee_id_number"),
        ],
    )
    async def test_is_named_where_and_only_where_the_reason_says_so(self, season, said, pointer):
        refused = await request(season, expect=422, **said)

        assert [one["pointer"] for one in refused["errors"]] == [pointer]

    async def test_gets_nothing_that_a_unit_paid_and_none_is_asked_for(self, season):
        fact, when = season.paid(3)
        await season.send((fact.model_copy(update={"payer_digest": "unit"}), when))

        refused = await request(season, expect=422, payment_id=5003, **SAID, payee_id_number=id_number(2))
        assert [one["detail_zh"] for one in refused["errors"]] == [
            "由单位或职工个人账户缴费，原路退回，请勿填写。"
        ]

        asked = await request(season, payment_id=5003, **SAID)
        assert await season.rows("SELECT refund_id, payee_digest FROM refunds") == [
            (asked["refund_id"], "unit")
        ]

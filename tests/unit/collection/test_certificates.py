"""What certificates say: numbers, codes, states, and the words of the paper."""

import re
from dataclasses import replace
from datetime import date, datetime

import pytest

from libs.common.clock import SHANGHAI
from services.collection.certificates.printing import Printing, paper_of
from services.collection.certificates.rules import (
    Content,
    ExemptionNow,
    Help,
    LineNow,
    Money,
    PersonPart,
    certificate_no,
    could_be_ours,
    issuer_of,
    plain_number,
    read,
    state_of_all,
    state_of_exempt,
    state_of_person,
    verification_code,
)

AT = datetime(2019, 11, 20, 10, 5, tzinfo=SHANGHAI)
NO = certificate_no("350426", date(2019, 11, 20), 17)
HELP = Help("医疗救助资金", "the fund", "第一类医疗救助对象", "type 1", "代缴", "pays on behalf", 18_000)


def part(person_id: int = 1, name: str = "张𠮷䶮", **changes: object) -> PersonPart:
    money = Money(77, person_id, "4200001720", "微信支付", "WeChat Pay", AT, 7_000, 0, False)
    given = {
        "person_id": person_id,
        "enrollment_id": 1_000 + person_id,
        "name": name,
        "masked_id": "350426********121X",
        "tier": None,
        "window": "集中缴费期",
        "window_en": "main window",
        "price_fen": 25_000,
        "own_fen": 7_000,
        "add_on_fen": 0,
        "cover_from": date(2020, 1, 1),
        "cover_to": date(2020, 12, 31),
        "voucher_no": "3504262019112000000178",
        "state": "stands",
        "help": [HELP],
        "money": [money],
    }
    return PersonPart(**given | changes)


def exempt(person_id: int = 2, name: str = "李四", **changes: object) -> PersonPart:
    helped = replace(HELP, amount_fen=25_000)
    given = {"name": name, "own_fen": 0, "voucher_no": "", "help": [helped], "money": [], "exempt": True}
    return part(person_id, **given | changes)


def content(*people: PersonPart, **changes: object) -> Content:
    given = {
        "kind": "receipt",
        "certificate_no": NO,
        "county": "youxi",
        "coverage_year": 2020,
        "division_code": "350426101203",
        "place": "尤溪县",
        "place_en": "Youxi County",
        "scheme": "城乡居民基本医疗保险",
        "scheme_en": "residents' basic medical insurance",
        "issuer": "尤溪县医保局",
        "issued_at": AT,
        "issued_by": "mini-program",
        "check_address": "https://canbao.example/collection/certificates/check",
        "state": "stands",
        "people": list(people or (part(),)),
    }
    return Content(**given | changes)


@pytest.fixture(scope="module")
def printing():
    made = Printing(None)
    yield made
    made.close()


class TestNumber:
    def test_is_told_from_a_mistyped_one_and_from_a_vouchers(self):
        assert could_be_ours(NO) and could_be_ours(plain_number(f" {NO[:8].lower()}-{NO[8:]}"))
        assert not could_be_ours(NO[:-1] + str((int(NO[-1]) + 1) % 10))
        assert not could_be_ours(NO[1:]) and not could_be_ours("") and not could_be_ours("Z")


class TestCode:
    def test_is_over_all_that_the_paper_says(self):
        written = content().written()
        code = verification_code(b"k" * 32, written)

        assert code == verification_code(b"k" * 32, content().written())
        for other in (
            content(part(name="张三")),
            content(issued_by="somebody"),
            content(part(own_fen=7_001)),
            content(part(cover_to=date(2021, 12, 31))),
        ):
            assert verification_code(b"k" * 32, other.written()) != code

    def test_is_the_same_of_what_was_kept_and_read(self):
        assert read(content().written()) == content()
        assert read(content().written()).written() == content().written()


def line(
    refunded: int = 0,
    state: str = "applied",
    *,
    withdrawn: bool = False,
    amount: int = 7_000,
    repairs: bool = False,
) -> LineNow:
    return LineNow(1, state, amount, refunded, withdrawn, repairs)


class TestState:
    def test_without_its_contribution_no_repaired_year_gives_cover(self):
        assert state_of_person([line(7_000, "refunded"), line(repairs=True)], 14_000) == "refunded"
        assert state_of_person([line(), line(7_000, "refunded", repairs=True)], 7_000) == "stands"

    @pytest.mark.parametrize(
        ("lines", "state"),
        [
            ([line()], "stands"),
            ([line(100)], "partly_refunded"),
            ([line(7_000, "refunded")], "refunded"),
            ([line(7_000, "refunded"), line(0)], "stands"),
            ([line(0, "suspended")], "not_counted"),
            ([line(withdrawn=True)], "withdrawn"),
            ([line(7_000, "refunded", withdrawn=True)], "withdrawn"),
            ([line(3_000, amount=10_000)], "stands"),
        ],
    )
    def test_of_a_person_follows_the_money(self, lines, state):
        assert state_of_person(lines, 7_000) == state

    def test_of_several_is_told_as_changed_in_part(self):
        assert state_of_all(["stands", "stands"]) == "stands"
        assert state_of_all(["stands", "refunded"]) == "changed_in_part"


class TestPaper:
    def test_says_who_bore_what_and_the_sum_in_capitals(self, printing):
        other = part(2, "李四", help=[], own_fen=25_005, money=[replace(part(2).money[0], amount_fen=25_005)])

        paper = paper_of(content(part(), other), "K3QD-7RXA", printing.fonts)

        assert (paper["total"], paper["capitals"]) == ("320.05", "叁佰贰拾元零伍分")
        assert [one["paid"] for one in paper["people"]] == ["70.00", "250.05"]
        assert paper["people"][0]["help"] == ["医疗救助资金代缴 180.00 元（第一类医疗救助对象）"]
        assert paper["people"][0]["cover"] == "2020-01-01 至 2020-12-31"
        assert [one["amount"] for one in paper["payments"]] == ["320.05"]

    def test_writes_thousands_with_a_comma_and_comes_out_again_as_it_was_handed_out(self, printing):
        large = part(own_fen=123_456_705, money=[replace(part().money[0], amount_fen=123_456_705)])

        now = paper_of(content(large), "K3QD-7RXA", printing.fonts)
        before = paper_of(replace(content(large), layout=1), "K3QD-7RXA", printing.fonts)

        assert (now["total"], before["total"]) == ("1,234,567.05", "1234567.05")
        assert now["payments"][0]["amount"] == now["people"][0]["paid"] == "1,234,567.05"

    def test_says_what_went_back_and_what_is_left(self, printing):
        back = part(state="partly_refunded", money=[replace(part().money[0], refunded_fen=2_000)])

        paper = paper_of(content(back, state="partly_refunded"), "K3QD-7RXA", printing.fonts)

        assert (paper["refunded"], paper["left"], paper["left_capitals"]) == ("20.00", "50.00", "伍拾元整")
        assert paper["state"] == "已部分退费"

    def test_proves_no_cover_when_the_money_went_back(self, printing):
        money = [replace(part().money[0], refunded_fen=7_000)]
        back = part(state="refunded", money=money, cover_from=None, cover_to=None)

        paper = paper_of(content(back, state="refunded", kind="certificate"), "K3QD-7RXA", printing.fonts)

        assert "曾在尤溪县缴纳" in paper["statement"] and "不作为参保凭证" in paper["statement"]
        assert "70.00 元（大写：柒拾元整）" in paper["statement"]
        assert paper["people"][0]["cover"] == "—"
        stands = paper_of(content(kind="certificate"), "K3QD-7RXA", printing.fonts)
        assert "并缴费，个人缴费共人民币 70.00 元（大写：柒拾元整）。" in stands["statement"]

    def test_hides_an_identity_number_that_a_channel_put_into_its_own(self, printing):
        own = part(money=[replace(part().money[0], transaction_no="11010519491231002X-1")])

        paper = paper_of(content(own), "K3QD-7RXA", printing.fonts)

        assert "19491231" not in paper["payments"][0]["transaction_no"]


def boxes(printing: Printing, names: str) -> set[str]:
    """The outlines with which a paper is drawn that has this name."""
    paper = {**paper_of(content(), "K3QD-7RXA", printing.fonts), "names": names}
    person = {**paper["people"][0], "name": names}
    drawn = printing._counter.set_here([{**paper, "people": [person]}], AT, "svg").decode()
    return set(re.findall(r'<path[^>]* d="([^"]*)"', drawn))


class TestRareNames:
    def test_are_printed_and_never_as_an_empty_box(self, printing):
        plain = boxes(printing, "张三")
        box = boxes(printing, "张三\ue000") - plain
        assert box, "what no font has is drawn as a box, in each size"

        drawn = boxes(printing, "张三𠮷䶮")

        assert len(drawn - plain) == 2 * len(box) and not drawn & box

    def test_without_any_font_are_told_by_their_code(self, printing):
        rare = paper_of(content(part(name="王\U0002a6d6")), "K3QD-7RXA", printing.fonts)

        assert rare["people"][0]["name"] == "王〔U+2A6D6〕" and rare["rare"]
        assert not boxes(printing, str(rare["people"][0]["name"])) & (
            boxes(printing, "张三\ue000") - boxes(printing, "张三")
        )


class TestIssuer:
    @pytest.mark.parametrize(
        ("county", "year", "issuer"),
        [
            ("youxi", 2020, "尤溪县医保局"),
            ("huining", 2021, "会宁县医保局"),
            ("songming", 2018, "嵩明县医保中心"),
            ("huilong", 2020, "重庆市梁平区回龙镇人民政府"),
            ("qingdao", 2027, "青岛市医保局"),
        ],
    )
    def test_is_the_medical_insurance_department_of_the_notice(self, notices, county, year, issuer):
        assert issuer_of(notices[county, year]) == issuer


class TestOfWhoIsExempt:
    def test_says_whose_help_pays_and_that_nothing_is_to_be_paid(self, printing):
        paper = paper_of(content(exempt(), kind="enrollment"), "AAAA-AAAA", printing.fonts)
        assert paper["title"] == "城乡居民基本医疗保险参保证明"
        assert paper["statement"] == (
            "兹证明 李四（证件号码 350426********121X） 已在尤溪县参加 2020 年度城乡居民基本医疗保险；"
            "个人缴费由医疗救助资金全额资助，本人无须缴费。"
        )
        assert paper["payments"] == []

    def test_of_a_household_says_what_the_others_paid(self, printing):
        both = content(part(name="张三"), exempt(), kind="enrollment")
        statement = paper_of(both, "AAAA-AAAA", printing.fonts)["statement"]
        assert "其中 李四 的个人缴费由医疗救助资金全额资助" in statement
        assert "其余人员个人缴费共人民币 70.00 元" in statement

    async def test_is_one_page_and_read_again_as_it_was_kept(self, printing):
        kept = content(exempt(), kind="enrollment")
        assert read(kept.written()) == kept
        made = await printing.one(kept, "AAAA-AAAA")
        assert made.startswith(b"%PDF") and made.count(b"/Type/Page\n") + made.count(b"/Type /Page\n") <= 1

    @pytest.mark.parametrize(
        ("still", "withdrawn", "state"),
        [(True, False, "stands"), (False, False, "exemption_ended"), (False, True, "withdrawn")],
    )
    def test_stands_as_long_as_help_does(self, still, withdrawn, state):
        assert state_of_exempt(ExemptionNow(still, withdrawn), [], 0) == state

    def test_a_repaired_year_stands_beside_help_whatever_became_of_an_add_on(self):
        lines = [line(7_000, "refunded"), line(repairs=True)]
        assert state_of_exempt(ExemptionNow(True, False), lines, 7_000) == "stands"

    def test_an_add_on_that_went_back_is_told(self):
        line = LineNow(2, "refunded", 5_000, 5_000, False, repairs=False)
        assert state_of_exempt(ExemptionNow(True, False), [line], 5_000) == "refunded"
        assert state_of_exempt(ExemptionNow(True, False), [line], 0) == "stands"

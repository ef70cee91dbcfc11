"""A wrong policy file is refused with file, line and mend; nothing wrong slips through."""

import pytest

from libs.common.policy import NoticeInvalid, load_all, load_notice, load_notice_bytes, policies_dir

YOUXI = (policies_dir() / "youxi" / "2020.yaml").read_text(encoding="utf-8")


def flaws(text: str) -> list:
    with pytest.raises(NoticeInvalid) as caught:
        load_notice_bytes(text.encode(), "youxi/2020.yaml")
    return caught.value.flaws


def changed(old: str, new: str) -> str:
    assert old in YOUXI
    return YOUXI.replace(old, new, 1)


def line(text: str, needle: str) -> int:
    return text[: text.index(needle)].count("\n") + 1


class TestOneMistake:
    @pytest.mark.parametrize(
        ("old", "new", "problem"),
        [
            ("    value: 250元", "    value: 250", "not an amount of money"),
            ("    value: 250元", "    value: 250.00", "not an amount of money"),
            ("    value: 250元", "    value: 2.5e2", "not an amount of money"),
            ("    value: 250元", "    value: -250元", "not an amount of money"),
            ("    to: 2019-12-31", "    to: 2019-11-31", "no day or time"),
            ("    to: 2019-12-31", "    to: 2019-12-31 24:00", "no time of day"),
            ("    to: 2019-12-31", "    to: 31.12.2019", "no day or time"),
            ("  cutoff_on: 2019-09-30", "  cutoff_on: 2019-9-30", "not a day of the calendar"),
            ("    kind: makeup", "    kind: make-up", "not known here"),
            ("    rule: one_status", "    rule: lowest", "not known here"),
            ("  year: 2020", "  year: 2020.0", "not a whole number"),
            ("    percent: 100%", "    percent: 1.0", "not a percentage"),
        ],
    )
    def test_is_named_with_its_line(self, old, new, problem):
        text = changed(old, new)
        (flaw,) = flaws(text)
        assert problem in flaw.problem
        assert (
            flaw.line == line(text, new.strip().split(": ", 1)[-1]) or new in text.splitlines()[flaw.line - 1]
        )
        assert flaw.mend
        assert str(flaw).startswith(f"youxi/2020.yaml:{flaw.line}: ")

    def test_a_misspelled_key_is_refused_with_a_suggestion(self):
        (flaw,) = flaws(changed("    price: 30元", "    price: 30元\n    payeee: china_life"))
        assert "unknown key 'payeee'" in flaw.problem
        assert "'payee'" in flaw.mend

    def test_a_key_written_twice_is_refused(self):
        (flaw,) = flaws(changed("    price: 30元", "    price: 30元\n    price: 40元"))
        assert "written twice" in flaw.problem

    def test_a_rule_without_clause_is_refused(self):
        (flaw,) = flaws(changed("    clause: 三(三)；六(三)\n", ""))
        assert "'clause' is missing" in flaw.problem
        assert "place in the notice" in flaw.mend

    def test_overlapping_windows_are_refused(self):
        found = flaws(changed("    to: 2019-12-31\n  - id: makeup", "    to: 2020-01-01\n  - id: makeup"))
        assert [f.problem for f in found] == ["window 'makeup' overlaps 'main'"]

    def test_overlapping_prices_are_refused(self):
        found = flaws(changed("    paid_to: 2020-06-30", "    paid_to: 2020-07-01"))
        assert [f.problem for f in found] == ["price 'full-financing' overlaps 'own'"]

    @pytest.mark.parametrize(
        ("old", "new", "name"),
        [
            ("      payer: medical_assistance", "      payer: medical_asistance", "'medical_asistance'"),
            ("      amount: own", "      amount: owns", "'owns'"),
            ("sum: [own, fiscal_match]", "sum: [own, fiscal]", "'fiscal'"),
            ("questions: [YX-13]", "questions: [YX-31]", "'YX-31'"),
            ("when: {group: exempt}", "when: {group: exampt}", "'exampt'"),
            ("windows: [makeup]", "windows: [makeups]", "'makeups'"),
            ("{status: fp_one_daughter}", "{status: fp_one_dauhter}", "'fp_one_dauhter'"),
            ("voucher: electronic_record", "voucher: eletronic", "'eletronic'"),
            ("    department: disabled_federation", "    department: disabled", "'disabled'"),
        ],
    )
    def test_an_undefined_name_is_refused(self, old, new, name):
        assert any(name in f.problem and "not defined" in f.problem for f in flaws(changed(old, new)))

    def test_a_window_without_benefit_rule_is_refused(self):
        found = flaws(
            changed("      windows: [overdue]\n      # 缴费当天", "      windows: [main]\n      # 缴费当天")
        )
        assert any("no benefit rule covers window 'overdue'" in f.problem for f in found)

    def test_broken_yaml_is_named_with_its_line(self):
        (flaw,) = flaws("notice:\n  county: [youxi\n")
        assert "not YAML" in flaw.problem

    @pytest.mark.parametrize(
        ("raw", "problem"),
        [
            ("notice:\n  county: youxi\n  title: 尤溪县\n".encode("gb18030"), "not written in UTF-8"),
            (b"notice:\n  county: youxi\n  title: a\x07b\n", "an invisible character"),
        ],
    )
    def test_characters_that_yaml_does_not_take_are_named_with_their_line(self, raw, problem):
        with pytest.raises(NoticeInvalid) as caught:
            load_notice_bytes(raw, "youxi/2020.yaml")
        (flaw,) = caught.value.flaws
        assert flaw.line == 3 and problem in flaw.problem

    @pytest.mark.parametrize("text", ["", "- a\n- b\n", "42"])
    def test_what_is_no_notice_is_refused(self, text):
        assert flaws(text)


class TestChannels:
    @pytest.mark.parametrize(("kind", "pays_for"), [("counter", "self"), ("bank", "family")])
    def test_where_money_is_taken_by_hand_cannot_keep_to_the_payers_family(self, kind, pays_for):
        (flaw,) = flaws(changed("kind: app, pays_for: self", f"kind: {kind}, pays_for: {pays_for}"))
        assert "'wechat': where money is taken by hand nobody checks who pays" in flaw.problem

    def test_whose_apps_know_their_payers_may_and_so_may_an_add_on_that_is_paid_in_one(self):
        for kind in ("app", "terminal", "add_on"):
            text = changed("kind: app, pays_for: self", f"kind: {kind}, pays_for: self")
            load_notice_bytes(text.encode(), "youxi/2020.yaml")


class TestSeveralMistakes:
    def test_are_all_named_in_the_order_of_the_file(self):
        found = flaws(
            changed("value: 250元", "value: 250")
            .replace("price: 30元", "price: 30")
            .replace("kind: makeup", "kind: m")
        )
        assert len(found) == 3
        assert [f.line for f in found] == sorted(f.line for f in found)


class TestLoading:
    def test_a_file_in_the_wrong_place_is_refused(self, tmp_path):
        path = tmp_path / "youxi" / "2021.yaml"
        path.parent.mkdir()
        path.write_text(YOUXI, encoding="utf-8")
        with pytest.raises(NoticeInvalid, match="the file says it is youxi 2020"):
            load_notice(path)

    def test_keeps_the_bytes_and_their_hash(self):
        notice = load_all()["youxi", 2020]
        again = load_notice_bytes(notice.source_text, "stored")
        assert again.sha256 == notice.sha256
        assert notice.ref == f"youxi/2020@{notice.sha256[:12]}"

    def test_every_notice_is_found_by_division(self):
        assert [n.county for n in load_all().for_division("500155112203")] == ["huilong"]


class TestOfficeSide:
    def test_stated_totals_stay_beside_the_rows(self):
        notices = load_all()
        dongan, youxi = notices["dongan", 2020].targets, notices["youxi", 2020].targets
        assert (dongan.stated_total, dongan.computed_total) == (578_500, 578_501)
        assert (youxi.stated_total, youxi.computed_total) == (388_800, 388_800)
        assert (youxi.stated_population, youxi.computed_population) == (452_184, 452_184)
        huilong = notices["huilong", 2020].targets
        assert (huilong.stated_total, huilong.computed_total, len(huilong.rows)) == (36_674, 36_674, 16)

    def test_monthly_handovers_are_spelled_out(self):
        handovers = {h.id: h for h in load_all()["youxi", 2020].handovers}
        february = handovers["monthly-2020-02"]
        assert str(february.accounting_to) == "2020-02-29"
        assert str(february.due_on) == "2020-03-01"
        assert february.cutoff_at.isoformat() == "2020-03-01T00:00:00+08:00"
        assert str(handovers["monthly-2021-03"].due_on) == "2021-04-01"
        assert handovers["main"].cutoff_at.isoformat() == "2020-01-01T00:00:00+08:00"
        assert str(handovers["second-half"].due_on) == "2021-04-10"
        assert len([h for h in handovers if h.startswith("monthly")]) == 15

    def test_cash_rules_differ_by_county(self):
        cash = {n.county: n.cash_deposit for n in load_all().values()}
        assert (cash["huining"].rule, cash["huining"].cutoff) == ("same_day", "17:00")
        assert (cash["dongan"].rule, cash["dongan"].days) == ("every_days", 3)
        assert cash["songming"].rule == "after_review"
        assert cash["youxi"].rule == cash["huilong"].rule == "no_cash"

    def test_every_department_of_a_status_is_described(self):
        for notice in load_all().values():
            assert {s.department for s in notice.statuses.values()} <= set(notice.departments)

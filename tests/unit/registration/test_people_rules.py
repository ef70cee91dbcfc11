"""What a row says about a person, and every fault of it."""

from datetime import date

import pytest
from pydantic import ValidationError

from libs.common.dates import is_minor
from libs.common.identity import compose_resident_id
from libs.common.names import tidy_name
from libs.common.web.translations import row_errors
from services.registration.life_events.rules import facts_after
from services.registration.people.rules import Fault, MemberGiven, described, read_name

TODAY = date(2019, 11, 20)
NUMBER = compose_resident_id("350426", date(1980, 6, 15), 246)


def read(**given):
    row = {"name": "张三", "documents": [{"type": "resident_id", "number": NUMBER}]} | given
    try:
        member = MemberGiven.model_validate(row, context={"today": TODAY})
    except ValidationError as error:
        return None, {fault.pointer for fault in row_errors(error)}
    return described(member, member.facts()), set()


class TestReadPerson:
    def test_birth_and_sex_come_from_the_number(self):
        person, faults = read()
        assert (person.born, person.sex, faults) == (date(1980, 6, 15), "female", set())

    def test_what_contradicts_the_number_is_named(self):
        assert read(born="1980-06-16", sex="male")[1] == {"#/born", "#/sex"}

    def test_a_newborn_needs_a_date_of_birth(self):
        certificate = [{"type": "birth_certificate", "number": "S190000123"}]
        assert read(documents=certificate)[1] == {"#/born"}
        assert read(documents=certificate, born="2019-11-01")[1] == set()
        assert read(documents=certificate, born="2019-11-21")[1] == {"#/born"}

    def test_a_number_whose_type_is_not_told_is_recognized(self):
        person, _ = read(documents=[{"number": "H12345678"}], born="1980-01-01")
        assert person.documents[0].type == "hk_macao_permit"

    def test_facts_that_are_not_stated_stay_absent(self):
        assert read()[0].facts == {}
        assert read(residence_permit=False)[0].facts == {"residence_permit": False}

    @pytest.mark.parametrize(
        ("given", "pointer"),
        [
            ({"hukou": "mars"}, "#/hukou"),
            ({"residence_permit": "yes"}, "#/residence_permit"),
            ({"resident_since": "2019-02-30"}, "#/resident_since"),
            ({"employee_insurance": {"state": "ended"}}, "#/employee_insurance/ended_on"),
            ({"employee_insurance": "active"}, "#/employee_insurance"),
            ({"service": {"kind": "navy"}}, "#/service/kind"),
            ({"name": "  "}, "#/name"),
            ({"documents": []}, "#/documents"),
            ({"hukow": "county"}, "#/hukow"),
            ({"employee_insurrance": {"state": "active"}}, "#/employee_insurrance"),
            ({"employee_insurance": {"sate": "active"}}, "#/employee_insurance/sate"),
            ({"service": {"kind": "military", "stationed": "东\0"}}, "#/service/stationed"),
        ],
    )
    def test_each_fault_names_its_place(self, given, pointer):
        assert read(**given)[1] == {pointer}

    def test_all_faults_are_told_at_once(self):
        assert read(name="", born="1980-06-16", hukou="mars")[1] == {"#/name", "#/born", "#/hukou"}


class TestTidyName:
    @pytest.mark.parametrize(
        ("given", "kept"),
        [("张 三", "张三"), (" 阿依古丽.买买提 ", "阿依古丽·买买提"), ("John  Smith", "John Smith")],
    )
    def test_one_spelling_is_kept(self, given, kept):
        assert tidy_name(given) == kept


class TestReadName:
    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("林\U00031350", "林\U00031350"),
            ("林\U0002ebf0", "林\U0002ebf0"),
            ("林\ue863", "林䶮"),
            ("\u202a林二\u202c", "林二"),
            ("`林二", "林二"),
            ("O'Brien Conor", "O'Brien Conor"),
        ],
    )
    def test_takes_people_as_they_are_called(self, given, kept):
        assert read_name(given) == kept

    @pytest.mark.parametrize(
        "given", ["#N/A", "=VLOOKUP(A1,B:C,2)", "林庚_x000D_", "3504", "\u200b", "林" * 61]
    )
    def test_refuses_what_nobody_is_called(self, given):
        with pytest.raises(Fault):
            read_name(given)


class TestFactsAfter:
    def test_the_end_of_employee_insurance(self):
        facts = facts_after("employee_insurance_ended", date(2020, 4, 20), {"hukou": "county"})
        assert facts == {
            "hukou": "county",
            "employee_insurance": {"state": "ended", "ended_on": "2020-04-20"},
        }

    def test_a_discharge_ends_the_service_that_was_known(self):
        facts = facts_after("discharged", date(2020, 9, 1), {"service": {"kind": "military"}})
        assert facts["service"] == {"kind": "military", "ends_on": "2020-09-01"}

    def test_other_events_change_no_facts(self):
        assert facts_after("institution_admitted", date(2020, 1, 1), {"hukou": "city"}) == {"hukou": "city"}


class TestIsMinor:
    @pytest.mark.parametrize(("on", "minor"), [("2019-11-19", True), ("2019-11-20", False)])
    def test_until_the_day_before_the_eighteenth_birthday(self, on, minor):
        assert is_minor(date(2001, 11, 20), date.fromisoformat(on)) is minor

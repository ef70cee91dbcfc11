"""Which rows are registered, which are not, and what the others change."""

from datetime import date, datetime

from libs.common.clock import SHANGHAI
from libs.common.identity import Document, DocumentType
from libs.common.policy import Notices
from services.registration.people.rules import Described
from services.registration.registering.admission import Admission
from services.registration.registering.plan import (
    Known,
    KnownEnrollment,
    KnownHousehold,
    KnownPerson,
    Memory,
    Row,
    Wish,
)
from services.registration.registering.rules import decide

BORN = date(1980, 6, 15)
VILLAGE, OTHER_VILLAGE = "350426101203", "350426102201"


def row(number, household="H1", *, line=0, head=True, name="张三", wish=None, village=VILLAGE, **facts):
    person = Described(name, "female", BORN, (Document(DocumentType.RESIDENT_ID, number),), facts)
    return Row(line, line, "youxi", household, village, None, head, person, wish or Wish(2020))


def known_person(number="N1", *, id=1, household_id=10, name="张三", head=True, **facts):
    facts = {"hukou": "county"} | facts
    return KnownPerson(id, household_id, name, "female", BORN, facts, None, head, {number})


def known(*people, enrollments=None, head_id=1):
    return Known(
        people={number: person for person in people for number in person.numbers},
        households={(VILLAGE, "H1"): KnownHousehold(10, "H1", VILLAGE, None, head_id)},
        headed={1: KnownHousehold(10, "H1", VILLAGE, None, head_id)},
        enrollments=enrollments or {},
    )


class Everybody(Admission):
    """Admits whoever is no contradiction."""

    def refusal(self, row, household, people):
        return None


def run(rows, known_=None, whole_units=False, memory=None):
    admission = Everybody(Notices([]), "", datetime(2019, 11, 20, 10, 0, tzinfo=SHANGHAI))
    return decide(rows, known_ or Known(), admission, whole_units=whole_units, memory=memory)


def reasons(plan):
    return [(rejected.line, rejected.problem.type.slug) for rejected in plan.rejected]


ENROLLED = KnownEnrollment(5, 10, "assessed", None, ())


class TestNew:
    def test_a_household_with_its_members_is_new(self):
        plan = run([row("N1"), row("N2", head=False)])
        (household,) = plan.households
        assert household.head is plan.people[0]
        assert [person.facts for person in plan.people] == [{"hukou": "county"}] * 2
        assert [enrollment.kind for enrollment in plan.enrollments] == ["new", "new"]
        assert (plan.counts.new, plan.counts.rejected) == (2, 0)

    def test_without_a_head_nobody_is_registered(self):
        assert reasons(run([row("N1", head=False), row("N2", head=False, line=1)])) == [
            (0, "household-without-head"),
            (1, "household-without-head"),
        ]

    def test_the_second_head_is_one_too_many(self):
        assert reasons(run([row("N1"), row("N2", line=1)])) == [(1, "household-with-two-heads")]

    def test_rows_of_one_household_name_one_village(self):
        rows = [row("N1"), row("N2", line=1, head=False, village=OTHER_VILLAGE)]
        assert reasons(run(rows)) == [(1, "household-contradicts-itself")]

    def test_whoever_was_insured_the_year_before_renews(self):
        found = known(known_person())
        found.insured_before.add((1, 2019))
        assert [enrollment.renewal for enrollment in run([row("N1")], found).enrollments] == [True]


class TestVillages:
    def test_may_each_have_a_family_of_the_same_number(self):
        rows = [row("N1"), row("N2", line=1, village=OTHER_VILLAGE)]
        plan = run(rows, known())
        assert (reasons(plan), len(plan.households)) == ([], 2)
        known_one, other = plan.households
        assert (known_one.before.id, other.before) == (10, None)

    def test_that_correct_the_village_of_a_family_send_its_head_with_its_number(self):
        found = known(known_person(), known_person("N2", id=2, head=False), enrollments={(1, 2020): ENROLLED})
        plan = run(
            [row("N1", village=OTHER_VILLAGE), row("N2", line=1, head=False, village=OTHER_VILLAGE)], found
        )
        (household,) = plan.households
        assert (reasons(plan), household.id, household.division_code) == ([], 10, OTHER_VILLAGE)
        assert household.changed

    def test_do_not_take_a_family_over_by_a_number_that_was_mistyped(self):
        rows = [
            row("N1", name="别人", village=OTHER_VILLAGE),
            row("N2", line=1, head=False, village=OTHER_VILLAGE),
        ]
        plan = run(rows, known(known_person()))
        assert reasons(plan) == [(0, "registered-under-another-name"), (1, "household-without-head")]
        assert plan.households == []

    def test_leave_a_member_that_stays_behind_to_be_mended(self):
        rows = [row("N1", village=OTHER_VILLAGE), row("N2", line=1, head=False)]
        plan = run(rows, known(known_person(), enrollments={(1, 2020): ENROLLED}))
        assert reasons(plan) == [(1, "household-contradicts-itself")]

    def test_keep_a_family_out_of_another_that_has_its_number_there(self):
        found = known(known_person(), enrollments={(1, 2020): ENROLLED})
        found.households[OTHER_VILLAGE, "H1"] = KnownHousehold(11, "H1", OTHER_VILLAGE, None, 9)
        plan = run([row("N1", village=OTHER_VILLAGE)], found)
        assert reasons(plan) == [(0, "registered-in-another-household")]


class TestTwice:
    def test_the_same_number_twice_in_one_input(self):
        plan = run([row("N1"), row("N1", "H2", line=1)])
        assert reasons(plan) == [(1, "duplicate-in-input")]
        assert plan.rejected[0].problem.extensions == {"first_line": 0, "first_household_no": "H1"}

    def test_the_same_number_in_an_earlier_chunk(self):
        memory = Memory()
        memory.remember([row("N1")])
        assert reasons(run([row("N1", "H2")], memory=memory)) == [(0, "duplicate-in-input")]

    def test_two_documents_of_different_people_in_one_row(self):
        both = row("N1")
        both.person.documents += (Document(DocumentType.HK_MACAO_PERMIT, "N2"),)
        found = known(known_person(), known_person("N2", id=2, head=False))
        assert reasons(run([both], found)) == [(0, "documents-of-two-people")]

    def test_somebody_enrolled_in_another_household_stays_there(self):
        found = known(known_person(), enrollments={(1, 2020): ENROLLED})
        assert reasons(run([row("N1", "H2")], found)) == [(0, "registered-in-another-household")]

    def test_somebody_not_enrolled_this_year_may_move(self):
        found = known(known_person(head=False))
        plan = run([row("N1", "H2")], found)
        assert (plan.rejected, plan.people[0].changed) == ([], True)

    def test_the_head_of_another_household_may_not_leave_it_headless(self):
        assert reasons(run([row("N1", "H2")], known(known_person()))) == [(0, "head-of-another-household")]


class TestAgain:
    def test_the_same_row_changes_nothing(self):
        plan = run([row("N1")], known(known_person(), enrollments={(1, 2020): ENROLLED}))
        assert (plan.counts.unchanged, plan.enrollments, plan.people[0].changed) == (1, [], False)

    def test_facts_that_the_row_does_not_state_stay(self):
        found = known(known_person(school="university"), enrollments={(1, 2020): ENROLLED})
        plan = run([row("N1", residence_permit=True)], found)
        assert plan.people[0].facts == {"hukou": "county", "school": "university", "residence_permit": True}
        assert plan.counts.updated == 1

    def test_another_spelling_of_the_name_is_the_same_name(self):
        found = known(known_person(name="阿依古丽·买买提"), enrollments={(1, 2020): ENROLLED})
        assert run([row("N1", name="阿依古丽.买买提")], found).rejected == []

    def test_a_cancelled_enrollment_is_opened_again(self):
        cancelled = KnownEnrollment(5, 10, "cancelled", None, ())
        plan = run([row("N1")], known(known_person(), enrollments={(1, 2020): cancelled}))
        assert [(enrollment.kind, enrollment.id) for enrollment in plan.enrollments] == [("reopened", 5)]

    def test_another_tier_changes_an_open_enrollment_and_not_a_paid_one(self):
        wish = Wish(2020, tier=2)
        open_ = known(known_person(), enrollments={(1, 2020): KnownEnrollment(5, 10, "assessed", 1, ())})
        paid = known(known_person(), enrollments={(1, 2020): KnownEnrollment(5, 10, "paid", 1, ())})
        assert [e.tier for e in run([row("N1", wish=wish)], open_).enrollments] == [2]
        assert reasons(run([row("N1", wish=wish)], paid)) == [(0, "enrollment-already-complete")]

    def test_a_new_document_is_added_to_the_person_of_the_old_one(self):
        both = row("N1")
        both.person.documents += (Document(DocumentType.HK_MACAO_PERMIT, "H1"),)
        plan = run([both], known(known_person(), enrollments={(1, 2020): ENROLLED}))
        assert [document.number for document in plan.people[0].new_documents] == ["H1"]


class TestUnits:
    def test_in_a_batch_one_bad_member_takes_the_household_along(self):
        rows = [row("N1"), row("N1", head=False), row("N2", "H2", line=1)]
        plan = run(rows, whole_units=True)
        assert reasons(plan) == [(0, "household-rejected"), (0, "duplicate-in-input")]
        assert [household.household_no for household in plan.households] == ["H2"]

    def test_in_a_file_the_other_members_stay(self):
        plan = run([row("N1"), row("N1", head=False, line=1), row("N2", head=False, line=2)])
        assert reasons(plan) == [(1, "duplicate-in-input")]
        assert len(plan.people) == 2


class TestGuardians:
    def test_a_guardian_must_be_registered_or_come_along(self):
        child = row("N2", head=False, line=1)
        child.person.guardian = "N1"
        assert run([row("N1"), child]).people[1].guardian.described.name == "张三"
        child.person.guardian = "N9"
        assert reasons(run([row("N1"), child])) == [(1, "guardian-unknown")]

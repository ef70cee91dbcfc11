"""Puts the lists of villages together for who asks: masked by scope, within the division, audited."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import business_date
from libs.common.names import normalize_name
from libs.common.policy import Notice
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.security.masking import mask_identity_number, mask_name
from services.registration.households.freeing import with_free
from services.registration.notices.showing import registration_out
from services.registration.people.viewing import UNMASKED
from services.registration.statuses.rules import Recorded, history
from services.registration.surveys import homes_store
from services.registration.surveys import lists_store as store
from services.registration.surveys.answers_store import Said
from services.registration.surveys.lists_store import Place, Wanted
from services.registration.surveys.rules import Standing, age_on, differences, registration_for
from services.registration.surveys.schemas import AnswerOut, ChaseOut, ContactOut, SaidOut, SurveyPerson

#: More people than any township has: a page of so many is all there is. What is looked for by name is opened
#: and compared here.
_WHOLE_TOWNSHIP = 200_000
#: So many households for each of the people on a page, and so many times more in each step.
_MORE = 4
#: Whoever goes from door to door needs names and phones.
_AT_THE_DOOR = "survey:write"


@dataclass(frozen=True, slots=True)
class Looked:
    """Who asks, when, as which operation, and what for: for the audit."""

    caller: Caller
    now: datetime
    operation: str
    purpose: str | None = None
    query_digest: str | None = None
    note: str | None = None


async def listed(
    conn: AsyncConnection,
    notice: Notice,
    wanted: Wanted,
    place: Place,
    limit: int,
    looked: Looked,
    name: str | None = None,
) -> tuple[list[SurveyPerson], Place | None]:
    """People on the lists, and where the page ended if there may be more. What was seen is audited."""
    if name is None:
        found = await _standings(conn, notice, wanted, place, limit, looked.now)
    else:
        part = normalize_name(name)
        everybody = await _standings(conn, notice, wanted, place, _WHOLE_TOWNSHIP, looked.now)
        found = [one for one in everybody if part in normalize_name(one.name)][:limit]
    people = [one.person_id for one in found if one.person_id is not None]
    await record_lookup(
        conn,
        looked.caller,
        operation=looked.operation,
        at=looked.now,
        person_ids=people,
        query_digest=looked.query_digest,
        purpose=looked.purpose,
        note=looked.note,
    )
    statuses = await _statuses(conn, notice, people, looked.now)
    shown = [_shown(notice, one, statuses, looked.caller, looked.now) for one in found]
    return shown, store.place_of(found[-1]) if len(found) == limit else None


async def _standings(
    conn: AsyncConnection, notice: Notice, wanted: Wanted, place: Place, limit: int, now: datetime
) -> list[Standing]:
    """Look at some households after the others, ever more: a page seldom needs more than the first."""
    if wanted.is_for_few or limit >= _WHOLE_TOWNSHIP:
        return await store.page(conn, await with_free(conn, notice, wanted, now), place, limit)
    found: list[Standing] = []
    last: Place | None = place
    many = limit * _MORE
    while last is not None and len(found) < limit:
        first, last = last, await homes_store.last_of_many(conn, wanted, last, many)
        part = replace(wanted, low=first.after_division or wanted.low, from_household=first.after_household)
        if last is not None:
            part = replace(part, high=last.after_division, to_household=last.after_household)
        found += await store.page(conn, await with_free(conn, notice, part, now), first, limit - len(found))
        many *= _MORE
    return found


async def _statuses(
    conn: AsyncConnection, notice: Notice, people: Sequence[int], now: datetime
) -> Mapping[int, list[str]]:
    """What departments list of people today, as the notice calls it."""
    labels = {rule.code: rule.label.zh for rule in notice.document.statuses}
    said: dict[tuple[int, str], list[Recorded]] = defaultdict(list)
    for one in await store.statements(conn, people, notice.year) if people else ():
        said[one.person_id, one.status].append(one)
    today = business_date(now)
    held: dict[int, list[str]] = defaultdict(list)
    for (person_id, status), rows in said.items():
        if any(version.holds_on(today) for version in history(rows)):
            held[person_id].append(labels.get(status, status))
    return held


def _shown(
    notice: Notice, one: Standing, statuses: Mapping[int, list[str]], caller: Caller, now: datetime
) -> SurveyPerson:
    whole, at_the_door = caller.may(UNMASKED), caller.may(_AT_THE_DOOR)
    number, rule = one.number or "", registration_for(one, notice, now)
    return SurveyPerson(
        row_id=one.row_id,
        person_id=one.person_id,
        enrollment_id=one.enrollment_id,
        division_code=one.division_code,
        household_no=one.household_no,
        head=one.head,
        name=one.name if whole or at_the_door else mask_name(one.name),
        sex=one.sex,
        age=age_on(one.born, business_date(now)),
        id_number=number if whole else mask_identity_number(number),
        address=one.address if whole else _hidden(one.address),
        phone=one.phone if whole or at_the_door else _hidden(one.phone),
        statuses=statuses.get(one.person_id or 0, []),
        on_list=one.on_list,
        state=one.state,
        paid_fen=one.paid_fen,
        completed_at=one.completed_at,
        listed_by=list(one.listed_by),
        registers=registration_out(rule, now) if rule is not None else None,
        troubles=list(one.troubles),
        differences=differences(one),
        answer=_answer(one, whole) if one.answer else None,
        chase=ChaseOut.model_validate(one) if one.taken_by else None,
        last_contact=_contact(one),
    )


def _contact(one: Standing) -> ContactOut | None:
    if one.last_contact_at is None or one.last_outcome is None:
        return None
    return ContactOut(at=one.last_contact_at, outcome=one.last_outcome)


def said_out(one: Said, caller: Caller) -> SaidOut:
    """An answer on record, as far as the caller may see it."""
    shown = {name: getattr(one, name) for name in SaidOut.model_fields}
    return SaidOut.model_validate(
        shown | {"proof": one.proof if caller.may(UNMASKED) else _hidden(one.proof)}
    )


def _hidden(text: str | None) -> str | None:
    return "***" if text else None


def _answer(one: Standing, whole: bool) -> AnswerOut:
    return AnswerOut.model_validate(
        {
            "answer": one.answer,
            "reason": one.reason,
            "proof": one.proof if whole else _hidden(one.proof),
            "said_by": one.said_by,
            "said_at": one.said_at,
            "entered_by": one.entered_by,
        }
    )

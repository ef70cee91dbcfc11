"""Tells the services what happens to people themselves: papers, names, households, lists."""

from datetime import datetime
from typing import TYPE_CHECKING

from canbao.simulate.changes import (
    CancelledAtDesk,
    Corrected,
    Enrolled,
    Happened,
    Merged,
    Moved,
    Numbered,
    Renamed,
    Replaced,
    Row,
    SentAgain,
    TakenBack,
)
from canbao.simulate.county import StepRefused
from canbao.simulate.life import DIED, Listed, Step
from canbao.simulate.terms import SHANGHAI

if TYPE_CHECKING:
    from canbao.simulate.playing import Body, Player


async def supply(player: "Player") -> None:
    """The bureau supplies the values that the notice leaves open, long before the season."""
    at = datetime(player.life.year - 1, 1, 1, tzinfo=SHANGHAI)
    path = f"/v1/notices/{player.code}/{player.life.year}/parameters"
    asked = await player.county.expect("registration", "PUT", path, at, dict(player.supplied))
    agree = f"/v1/approvals/{asked['approval']['approval_id']}/approve"
    await player.county.expect("registration", "POST", agree, at, {}, token=player.county.second)


async def tell(player: "Player", step: Step) -> None:
    """Tell a step, if there is somebody to tell it of."""
    if isinstance(step, Replaced):
        await _replace(player, step)
    elif isinstance(step, Happened):
        await player.happened(step, step.kind, step.on)
    elif all(person in player.person_ids for person in step.named):
        match step:
            case Numbered():
                await _number(player, step)
            case Corrected():
                await _correct(player, step)
            case Renamed():
                await _rename(player, step)
            case Moved():
                await _move(player, step)
            case Merged():
                await _merge(player, step)
            case SentAgain():
                await _send_again(player, step)
            case TakenBack():
                await _take_back(player, step)
            case CancelledAtDesk():
                await _cancel(player, step)
            case Enrolled():
                await _enroll(player, step)


async def _replace(player: "Player", step: Replaced) -> None:
    rows = [{"id_number": player.papers[row.person].number} | listed(row) for row in step.rows]
    await player.send_roster(step, step.status, step.listed_on, rows)


async def _number(player: "Player", step: Numbered) -> None:
    """The same child on the list of its household: name, birthday and sex say who it is."""
    person = step.person
    if player.under[person] != "certificate":
        return
    head = _head(player, person)
    player.under[person] = None
    await player.send_household(
        step, player.household(player.homes[person], head, dict.fromkeys((head, person)))
    )


async def _correct(player: "Player", step: Corrected) -> None:
    papers = player.papers[step.person]
    if player.under[step.person] != "wrong number":
        return
    player.under[step.person] = None
    body: Body = {"wrong_number": papers.wrong, "right_number": papers.number, "reason": "录入错误"}
    path = f"/v1/persons/{player.person_ids[step.person]}/documents/correction"
    await player.county.expect("registration", "POST", path, step.at, body)


async def _rename(player: "Player", step: Renamed) -> None:
    player.misnamed.discard(step.person)
    path = f"/v1/persons/{player.person_ids[step.person]}"
    await player.county.expect("registration", "PATCH", path, step.at, {"name": player.name(step.person)})


async def _move(player: "Player", step: Moved) -> None:
    """Move to a household that there is. Who is the head of others is told to name another head first."""
    if step.household not in player.founded:
        return
    body: Body = {
        "household_no": f"{player.code}-{step.household}",
        "division_code": player.village(step.household),
        "reason": "迁居",
    }
    path = f"/v1/persons/{player.person_ids[step.person]}/moves"
    answer = await player.county.ask("registration", "POST", path, step.at, body)
    if answer.status_code == 409 and "heads-a-household" in answer.text:
        return
    if answer.status_code >= 400:
        raise StepRefused(f"{step}: {answer.status_code} {answer.text}")
    if player.homes[step.person] != step.household:
        # Who comes is the last of the household.
        del player.homes[step.person]
        player.homes[step.person] = step.household


async def _merge(player: "Player", step: Merged) -> None:
    """Propose that two records are one person, to which another officer agrees."""
    one, other = player.person_ids[step.person], player.person_ids[step.other]
    body: Body = {"other_person_id": other, "reason": "重复登记"}
    asked = await player.county.ask("registration", "POST", f"/v1/persons/{one}/merges", step.at, body)
    if asked.status_code == 409 and "heads-a-household" in asked.text:
        return
    if asked.status_code >= 400:
        raise StepRefused(f"{step}: {asked.status_code} {asked.text}")
    agree = f"/v1/approvals/{asked.json()['approval']['approval_id']}/approve"
    await player.county.expect("registration", "POST", agree, step.at, {}, token=player.county.second)
    player.merged.add(step.other)
    home = player.homes.pop(step.person)
    player.homes |= {step.person: home}
    player.homes.pop(step.other)
    for person in (step.person, step.other):
        player.person_ids[person] = min(one, other)


async def _cancel(player: "Player", step: CancelledAtDesk) -> None:
    """Cancel what nobody has paid."""
    path = f"/v1/enrollments/{await player.enrollment_id(step.person)}/cancel"
    answer = await player.county.ask("registration", "POST", path, step.at, {"reason": "登记有误"})
    if answer.status_code == 202:
        await player.offices.approve("registration", answer.json()["approval_id"], step.at)
    elif answer.status_code != 200 and "already-paid" not in answer.text:
        raise StepRefused(f"{step}: {answer.status_code} {answer.text}")


async def _enroll(player: "Player", step: Enrolled) -> None:
    """Enroll somebody; who is complete stays on the tier."""
    body: Body = {"county": player.code, "coverage_year": player.life.year}
    body |= {"person_id": player.person_ids[step.person]}
    body |= {} if step.tier is None else {"tier": step.tier}
    answer = await player.county.ask("registration", "POST", "/v1/enrollments", step.at, body)
    if answer.status_code >= 400 and "already-complete" not in answer.text:
        raise StepRefused(f"{step}: {answer.status_code} {answer.text}")


async def _take_back(player: "Player", step: TakenBack) -> None:
    """Take back an event; nothing where the desk had not taken it."""
    sql = "SELECT id, kind, happened_on FROM life_events WHERE person_id = :id AND withdrawn_at IS NULL"
    standing = await player.rows("registration", sql, player.person_ids[step.person])
    for event in standing:
        if (event["kind"], event["happened_on"]) == (step.kind, step.on):
            path = f"/v1/life-events/{event['id']}/withdrawal"
            await player.county.expect("registration", "POST", path, step.at, {"reason": "登记有误"})
    if step.kind == DIED and sum(event["kind"] == DIED for event in standing) == 1:
        player.dead.discard(step.person)


async def _send_again(player: "Player", step: SentAgain) -> None:
    home = player.homes[step.person]
    row = player.household(home, _head(player, step.person), player.members(home))
    row["enroll"] = {"county": player.code, "coverage_year": player.life.year}
    await player.send_household(step, row)


def _head(player: "Player", person: int) -> int:
    """Whoever is the head of somebody's household on the lists."""
    members = player.members(player.homes[person])
    return next((one for one in members if one not in player.dead), members[0])


def listed(row: Listed | Row) -> "Body":
    """What a roster says of somebody."""
    told: Body = {"effective_on": row.effective_on.isoformat()}
    told |= {"class": row.status_class} if row.status_class else {}
    return told | ({"grade": row.grade} if row.grade else {})

"""To whom a channel of the notice may pay for: `pays_for` and `real_name_check`; nothing here knows a county.

A channel is how people come to pay (an app, a batch of village agents); which sender tells of their money is
another question. Of `own_area` the division of the token says what it is.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal, get_args

from libs.common.policy import Notice
from libs.common.policy.format.custody_rules import Channel, PersonalAccount
from libs.common.policy.format.custody_rules import Relation as Kinship
from libs.common.policy.words.values import closed_set
from libs.common.security.caller import Caller
from libs.common.web.catalogue import INVALID_REQUEST, SCOPE_MISSING
from libs.common.web.problems import FieldError, Problem
from services.collection.dues.rules import Due
from services.collection.problems import REAL_NAME_MISSING

#: Backends of mini-programs speak for residents: their orders say through which channel of the notice.
BACKEND_ROLE = "mini_program"
#: Who may say whose real name was checked.
VOUCH = "payers:vouch"
#: What somebody is to whoever looks: a ward is a minor for whom the other acts.
Relation = Literal["self", "ward", "guardian", "household"]

_WHOM = {
    "self": (
        "Through this channel people pay for themselves only ({clause}).",
        "按通知{clause}，此渠道只能为本人缴费。",
    ),
    "family": (
        "Through this channel people pay for themselves and their family only ({clause}); name a relative of "
        "another household by number and name under relatives.",
        "按通知{clause}，此渠道只能为本人或家人缴费；不同户的家人请在 relatives 中提供证件号码和姓名。",
    ),
}
_OUTSIDE = (
    "Is not enrolled in your area; you pay for your own area only{clause}.",
    "参保地不在您的辖区内，只能为本辖区人员缴费{clause}。",
)


def channel_at(notice: Notice | None, caller: Caller, asked: str | None) -> Channel | None:
    """The channel of the notice through which is ordered: what the token says counts, then the request.

    None where neither says one; backends of mini-programs have to. Raises Problem 422.
    """
    if caller.channel and asked and asked != caller.channel:
        raise _fault(
            f"Your token orders through {caller.channel}.", f"您的令牌只能通过 {caller.channel} 下单。"
        )
    code = caller.channel or asked
    channels = notice.document.channels if notice is not None else ()
    found = next((one for one in channels if one.code == code), None)
    if found is None and (code or (caller.role == BACKEND_ROLE and channels)):
        known = [one.code for one in channels]
        raise _fault(
            f"Say through which channel of the notice you order: {', '.join(known)}.",
            f"请填写通知所列的缴费渠道：{'、'.join(known)}。",
        )
    return found


def _fault(detail: str, detail_zh: str) -> Problem:
    return INVALID_REQUEST.problem(errors=[FieldError("#/notice_channel", detail, detail_zh)])


def asks_for_payer(channel: Channel) -> bool:
    """Whether somebody has to be known as the payer; of agents who they are the token says."""
    return channel.pays_for in _WHOM or (channel.real_name_check and channel.pays_for != "own_area")


def check_agent(channel: Channel, caller: Caller) -> None:
    """Raise Problem 403 where agents have to have shown who they are (Youxi 2020, 六(一)2)."""
    if channel.pays_for == "own_area" and channel.real_name_check and not caller.real_name:
        raise REAL_NAME_MISSING.problem(
            f"Agents pay after a real-name check only ({channel.clause}): sign in again by one.",
            f"按通知{channel.clause}，经办人须先完成实名认证；请实名认证后重新登录。",
        )


def check_vouching(caller: Caller) -> None:
    """Raise Problem 403 for who may not say whose real name was checked."""
    if not caller.may(VOUCH):
        raise SCOPE_MISSING.problem(
            f"Only who has the scope {VOUCH} may say whose real name was checked.",
            f"只有具备 {VOUCH} 权限的令牌才能确认缴费人已实名。",
            required_scope=VOUCH,
        )


def relation_of(one: Due, other: Due) -> Relation | None:
    """What `other` is to `one`, by what registration has on record; None: nothing that it knows of."""
    if other.person_id == one.person_id:
        return "self"
    if other.guardian_id == one.person_id:
        return "ward"
    if one.guardian_id == other.person_id:
        return "guardian"
    same = one.household_id is not None and (one.household_id, one.county) == (
        other.household_id,
        other.county,
    )
    return "household" if same else None


def strangers(
    channel: Channel,
    payer: Due | None,
    people: Sequence[int],
    dues: Mapping[int, Due],
    named: Collection[int],
) -> Iterator[FieldError]:
    """Those for whom the channel may not pay: neither the payer nor, where family may be, a relative.

    A relative is one on record, or one whom the payer knows by number and name.
    """
    if channel.pays_for not in _WHOM:
        return
    detail, detail_zh = _WHOM[channel.pays_for]
    for position, person in enumerate(people):
        due = dues.get(person)
        relation = relation_of(payer, due) if payer is not None and due is not None else None
        if relation == "self" or (channel.pays_for == "family" and (relation or person in named)):
            continue
        yield FieldError(
            f"#/person_ids/{position}",
            detail.format(clause=channel.clause),
            detail_zh.format(clause=channel.clause),
        )


def not_listed(
    paying: PersonalAccount, people: Sequence[int], listed: Mapping[int, Kinship | None]
) -> Iterator[FieldError]:
    """Those for whom a personal account may not pay; `listed`: who is on the employee's list, and as what."""
    words = closed_set(get_args(Kinship)).words
    detail = ", ".join(words[one].en for one in paying.relations)
    detail_zh = "、".join(words[one].zh for one in paying.relations)
    for position, person in enumerate(people):
        if listed.get(person) not in paying.relations:
            yield FieldError(
                f"#/person_ids/{position}",
                f"Personal accounts pay for relatives on their lists only ({paying.clause}): {detail}. "
                "Name them under relatives, with their relation.",
                f"按通知{paying.clause}，个人账户只为已备案的家庭成员（{detail_zh}）支付；"
                "请在 relatives 中提供其证件号码、姓名和关系。",
            )


def fund_of(channel: Channel | None) -> str | None:
    """The employees' fund that owes what comes through a channel, where personal accounts pay."""
    paying = channel.personal_account if channel is not None else None
    return paying.account if paying is not None else None


def outside(position: int, clause: str | None) -> FieldError:
    """Say of somebody that this token pays for its own area only."""
    detail, detail_zh = _OUTSIDE
    return FieldError(
        f"#/person_ids/{position}",
        detail.format(clause=f" ({clause})" if clause else ""),
        detail_zh.format(clause=f"（{clause}）" if clause else ""),
    )


def clause_of_area(notice: Notice | None, channel: Channel | None) -> str | None:
    """Where the notice says that agents keep to their area."""
    if channel is not None and channel.pays_for == "own_area":
        return channel.clause
    channels = notice.document.channels if notice is not None and channel is None else ()
    return next((one.clause for one in channels if one.pays_for == "own_area"), None)


def shows_family(channel: Channel | None, *, is_payer: bool) -> bool:
    """Whether the household is listed with whoever was found: where it may be paid for, and to the payer."""
    if channel is None or channel.pays_for == "own_area":
        return True
    if channel.personal_account is not None:
        return False
    if channel.pays_for == "self":
        return False
    return is_payer or not asks_for_payer(channel)

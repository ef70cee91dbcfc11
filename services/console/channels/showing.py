"""Puts together the list of channels and the page of one."""

from collections.abc import Sequence

from services.console.channels.judging import is_old, refused_of
from services.console.channels.naming import CHECKS, OUTCOMES, SIGNATURES
from services.console.channels.schemas import Channel, Key, Secret, Tally, Trial
from services.console.forms.rules import Fact
from services.console.pages.objects import Act, Part, Shown
from services.console.pages.rules import minute
from services.console.worklists.naming import named
from services.console.worklists.rules import Cell, Column, Table, day, number, words

_COLUMNS = (
    Column("渠道", "Channel"), Column("县", "County"), Column("签名方式", "Signed by"),
    Column("密钥指纹", "Fingerprints"), Column("密钥天数", "Days old", right=True),
    Column("最近通知", "Heard"), Column("7 日收取", "Taken in 7 days", right=True),
    Column("7 日拒收", "Refused in 7 days", right=True), Column("最近测试", "Tried"),
)  # fmt: skip
_LEAD = (
    "密钥只显示指纹；设置文件中的密钥没有启用日期。更换密钥须两名运维人员，见运维手册。",
    "Of secrets the fingerprint alone is shown; those of settings have no age. Two operators make a new one.",
)


def way_of(channel: str) -> str:
    """The page of a channel."""
    return f"channels/{channel}"


def channels_table(found: Sequence[Channel]) -> Table:
    """All channels, by name."""
    return Table(list(_COLUMNS), [_row(one) for one in found], None, *_LEAD)


def _row(one: Channel) -> list[Cell]:
    newest = one.keys[0] if one.keys else None
    taken = sum(tally.count for tally in one.tallies if tally.taken)
    fingerprints = [key.fingerprint for key in one.keys]
    return [
        words(one.channel, page=way_of(one.channel)), _county(one), words(*_signed(one)),
        words("、".join(fingerprints), ", ".join(fingerprints)),
        number(newest.age_days, warn=is_old(newest)) if newest else Cell(),
        words(minute(one.heard_at)) if one.heard_at else words("从未", "never"),
        number(taken), number(refused_of(one), warn=True), _trial(one.trial),
    ]  # fmt: skip


def _county(one: Channel) -> Cell:
    return words(one.county) if one.county else words("各县共用", "shared")


def _signed(one: Channel) -> tuple[str, str]:
    said = [named(SIGNATURES, code) for code in one.signed_by]
    return "、".join(zh for zh, _ in said), ", ".join(en for _, en in said)


def _trial(one: Trial | None) -> Cell:
    if one is None:
        return words("未测试", "not tried")
    at = minute(one.tried_at)
    if one.fault is None:
        return Cell("通过", "passed", at, at)
    return Cell("未通过", "failed", f"{one.fault} · {at}", f"{one.fault} · {at}", warn=True)


def channel_page(one: Channel, secrets: Sequence[Secret]) -> Shown:
    """One channel: its secrets, what it sent of late, and what came of trying it."""
    way, since = way_of(one.channel), one.tallies_from.isoformat()
    parts = [
        Part(
            f"通知（{since} 起）", f"Notifications since {since}", _tallies(one.tallies),
            none_zh="没有收到通知。", none="Nothing was heard.",
        ),
    ]  # fmt: skip
    if one.keys:
        parts.insert(0, Part("密钥", "Secrets", _keys(one.keys, way)))
    former = [secret for secret in secrets if secret.retired_at is not None]
    if former:
        parts.append(Part("已停用的密钥", "Secrets that were taken out", _former(former)))
    return Shown(
        f"渠道 {one.channel}", f"Channel {one.channel}", "channels", "渠道", "Channels", _facts(one), parts,
        [Act(f"{way}/test", "测试", "Try it")],
    )  # fmt: skip


def _facts(one: Channel) -> list[Fact]:
    county = (one.county, one.county) if one.county else ("各县共用", "shared by counties")
    heard = minute(one.heard_at) if one.heard_at else None
    facts = [
        Fact("县", "County", *county),
        Fact("签名方式", "Signed by", *_signed(one)),
        Fact("可查询付款", "Asked about payments", *_yes(one.is_asked)),
        Fact("可原路退款", "Gives money back", *_yes(one.gives_back)),
        Fact("最近通知", "Heard", heard or "从未", heard or "never"),
    ]
    return [*facts, *_tried(one.trial)]


def _tried(trial: Trial | None) -> list[Fact]:
    if trial is None:
        return [Fact("最近测试", "Tried", "未测试", "never")]
    at = f"{trial.tried_by} {minute(trial.tried_at)}"
    said = [named(CHECKS, code) for code in trial.checked]
    zh, en = (f"未通过：{trial.fault}", f"failed: {trial.fault}") if trial.fault else ("通过", "passed")
    return [
        Fact("最近测试", "Tried", f"{zh}（{at}）", f"{en} ({at})"),
        Fact("核对无误", "Was right", "、".join(zh for zh, _ in said), ", ".join(en for _, en in said)),
    ]


def _yes(whether: bool) -> tuple[str, str]:
    return ("是", "yes") if whether else ("否", "no")


def _keys(keys: Sequence[Key], way: str) -> Table:
    columns = [
        Column("指纹", "Fingerprint"), Column("来源", "From"), Column("启用日", "Made on"),
        Column("天数", "Days old", right=True), Column("申请人", "By"), Column("交付日", "Handed over"),
        Column("办理", "Do"),
    ]  # fmt: skip
    return Table(columns, [_key(one, way) for one in keys])


def _key(one: Key, way: str) -> list[Cell]:
    if one.secret_id is None:
        return [words(one.fingerprint), words("设置文件", "the settings"), *[Cell()] * 5]
    return [
        words(one.fingerprint), words("在本系统生成", "made here"), day(one.made_at),
        number(one.age_days, warn=is_old(one)), words(one.made_by or ""),
        day(one.shown_at) if one.shown_at else words("未交付", "not yet", warn=True),
        words("停用", "take it out", page=f"{way}/secrets/{one.secret_id}/retirement"),
    ]  # fmt: skip


def _tallies(tallies: Sequence[Tally]) -> Table:
    columns = [
        Column("结果", "What became of it"), Column("件数", "How many", right=True), Column("最近", "Last"),
    ]  # fmt: skip
    rows = [
        [
            words(*named(OUTCOMES, one.outcome), warn=not one.taken), number(one.count),
            words(minute(one.last_at)),
        ]
        for one in tallies
    ]  # fmt: skip
    return Table(columns, rows)


def _former(secrets: Sequence[Secret]) -> Table:
    columns = [
        Column("指纹", "Fingerprint"), Column("启用日", "Made on"), Column("申请人", "By"),
        Column("复核人", "Agreed by"), Column("停用日", "Taken out on"), Column("停用人", "By"),
    ]  # fmt: skip
    rows = [
        [
            words(one.fingerprint), day(one.made_at), words(one.made_by), words(one.agreed_by),
            day(one.retired_at), words(one.retired_by or ""),
        ]
        for one in reversed(secrets)
    ]  # fmt: skip
    return Table(columns, rows)

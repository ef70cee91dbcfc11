"""Tells a notice in words, whole: each rule with its clause, in both languages side by side."""

from libs.common.policy import Notice
from libs.common.policy.telling.describe import Block, Entry, describe
from services.registration.notices.schemas import RuleOut, SaidOut, SectionOut


def told(notice: Notice) -> list[SectionOut]:
    """Every section of the file, in its order; what differs by language only stands side by side."""
    return [
        _section(en, zh)
        for english, chinese in zip(describe(notice, "en"), describe(notice, "zh"), strict=True)
        for en, zh in zip(english.blocks, chinese.blocks, strict=True)
    ]


def _section(en: Block, zh: Block) -> SectionOut:
    rules = [_rule(*pair) for pair in zip(en.entries, zh.entries, strict=True)]
    return SectionOut(key=en.key, title=en.title, title_zh=zh.title, rules=rules)


def _rule(en: Entry, zh: Entry) -> RuleOut:
    says = [
        SaidOut(name=name, name_zh=name_zh, words=words, words_zh=words_zh)
        for (name, words), (name_zh, words_zh) in zip(en.facts, zh.facts, strict=True)
    ]
    return RuleOut(
        key=en.key,
        clause=en.clause,
        title=en.title,
        title_zh=zh.title,
        says=says,
        questions=list(en.questions),
    )

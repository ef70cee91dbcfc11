"""Sets a letter from its kept content alone, so that it comes out again as it was sent."""

from functools import cache
from pathlib import Path

from libs.common.clock import SHANGHAI
from libs.common.money import yuan_capitals, yuan_grouped
from libs.common.printing import Fonts, Paper, Press, load_fonts
from services.collection.letters.rules import Content
from services.collection.letters.store import Letter

_TEMPLATE = Path(__file__).parent / "letter.typ"
_OWED = ("收款日期", "应收合计（元）", "手续费（元）", "应划金额（元）", "渠道账单 SHA-256")
_CAME = ("到账日期", "到账金额（元）", "流水号", "行号", "对账单 SHA-256")
_LOOKED = ("对账单日期", "对账单 SHA-256")


def number_of(letter: Letter) -> str:
    """The number on a letter, by which others name it."""
    return f"{letter.sent_at.astimezone(SHANGHAI):%Y%m%d}-{letter.letter_id}"


async def as_pdf(letter: Letter, fonts_dir: Path | None) -> bytes:
    """A letter as PDF, to sign, stamp and send."""
    press, fonts = _press(fonts_dir)
    return await press.set(lambda: [paper_of(letter, fonts)], letter.sent_at)


def paper_of(letter: Letter, fonts: Fonts) -> Paper:
    """What the template lays out."""
    content = Content.model_validate_json(letter.content)
    sent = letter.sent_at.astimezone(SHANGHAI)
    return {
        "title": content.title,
        "no": number_of(letter),
        "to": fonts.printable(f"{content.channel_name}、{content.account_name}经办银行："),
        "asks": content.asks,
        "reason": fonts.printable(letter.reason or ""),
        "sum": _sum(content.owed_fen),
        "account": fonts.printable(f"收款账户：{content.account_name}"),
        "tables": [one for one in _tables(content) if one["rows"]],
        "hash": f"函件校验码 SHA-256：{letter.sha256}",
        "sender": fonts.printable(f"{content.place}　{content.sender}（盖章）"),
        "sent_by": fonts.printable(f"经办人：{letter.sent_by}"),
        "sent_on": f"{sent.year} 年 {sent.month} 月 {sent.day} 日",
    }


def _sum(fen: int) -> str:
    capitals = f"（大写：{yuan_capitals(fen)}）" if 0 <= fen < 10**14 else ""
    return f"应划金额合计 {yuan_grouped(fen)} 元{capitals}。"


def _tables(content: Content) -> list[dict[str, object]]:
    owed = [
        [f"{one.on}", *map(yuan_grouped, (one.gross_fen, one.fee_fen, one.owed_fen)), _broken(one.sha256)]
        for one in content.days
    ]
    came = [
        [
            *(f"{one.on}", yuan_grouped(one.amount_fen), _broken(one.transaction_no)),
            *(str(one.line), _broken(one.sha256)),
        ]
        for one in content.came
    ]
    looked = [[f"{one.on}", _broken(one.sha256)] for one in content.statements]
    return [
        {"title": "渠道账单（应划）", "header": _OWED, "rows": owed},
        {"title": "账户对账单（到账）", "header": _CAME, "rows": came},
        {"title": "已查对账单（均未见该款）", "header": _LOOKED, "rows": looked},
    ]


def _broken(text: str) -> str:
    """A hash or a number that a narrow column may break after every eighth character."""
    return "\u200b".join(text[at : at + 8] for at in range(0, len(text), 8))


@cache
def _press(fonts_dir: Path | None) -> tuple[Press, Fonts]:
    """One press for the process, made when the first letter is set."""
    fonts = load_fonts(fonts_dir)
    return Press(_TEMPLATE, fonts), fonts

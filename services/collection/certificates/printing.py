"""Sets certificates: what a content says in the words of the paper, and the press that lays it out.

A paper is set from its kept content alone, so that it comes out again as it was. What is changed here for
contents of the same layout changes papers that were handed out: a new form is a new number of layout.
"""

import asyncio
import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from functools import cached_property, partial
from pathlib import Path

from libs.common.clock import SHANGHAI
from libs.common.money import yuan_capitals, yuan_decimals, yuan_grouped
from libs.common.printing import Fonts, Paper, Press, load_fonts, qr_svg
from libs.common.security.masking import mask_identities
from libs.common.settings import SettingInvalid
from services.collection.certificates.rules import CertificateState, Content, Money, PersonPart

#: Typst works outside of Python's lock: two threads are two cores.
_BATCH_THREADS = 2
#: Papers that a thread sets before another batch may have its turn.
_IN_A_TURN = 50
_TEMPLATE = Path(__file__).parent / "certificate.typ"
#: State -> as papers and pages say it.
STATES: dict[CertificateState, tuple[str, str]] = {
    "stands": ("有效", "stands"),
    "partly_refunded": ("已部分退费", "partly refunded"),
    "refunded": ("已全部退费", "refunded"),
    "withdrawn": ("参保已终止", "cover ended by an officer"),
    "not_counted": ("款项已转待处理，未计入缴费", "the money waits and does not count"),
    "changed_in_part": ("部分人员情况有变", "changed for some of the people"),
    "exemption_ended": ("资助参保已终止", "help covers the contribution no more"),
}
_TITLES = {
    "receipt": ("缴费收据", "Receipt of contribution"),
    "certificate": ("缴费证明", "Certificate of contribution paid"),
    "enrollment": ("参保证明", "Certificate of enrollment"),
}
_TIERS = "零一二三四五六七八九"
#: The first layout whose amounts have a comma at each thousand.
_GROUPED_SINCE = 2
_Yuan = Callable[[int], str]
#: Cover that registration did not tell, or that nobody knows; and of who is not covered any more.
_NOT_TOLD, _ENDED = "以医保部门登记为准", "—"


class Printing:
    """Sets papers; batches have a press of their own, so that nobody at a counter waits for them."""

    def __init__(self, fonts_dir: Path | None) -> None:
        if fonts_dir is not None and not fonts_dir.is_dir():
            raise SettingInvalid(f"CANBAO_COLLECTION_FONTS_DIR: there is no directory {fonts_dir}")
        self._fonts_dir = fonts_dir

    @cached_property
    def fonts(self) -> Fonts:
        """The fonts, read when the first paper is set."""
        return load_fonts(self._fonts_dir)

    @cached_property
    def _counter(self) -> Press:
        return Press(_TEMPLATE, self.fonts)

    @cached_property
    def _batches(self) -> Press:
        return Press(_TEMPLATE, self.fonts, threads=_BATCH_THREADS)

    async def one(self, content: Content, code: str) -> bytes:
        """One certificate as a PDF."""
        return await self._counter.set(lambda: [paper_of(content, code, self.fonts)], content.issued_at)

    async def together(self, coded: Sequence[tuple[Content, str]]) -> bytes:
        """Many certificates as one PDF, to be printed."""
        last = max(content.issued_at for content, _ in coded)
        return await self._batches.set(
            lambda: [paper_of(content, code, self.fonts) for content, code in coded], last
        )

    async def apart(self, coded: Sequence[tuple[Content, str]]) -> bytes:
        """Many certificates as a zip of a PDF each, named by their numbers."""
        press = self._batches

        def some(first: int) -> list[bytes]:
            return [
                press.set_here([paper_of(content, code, self.fonts)], content.issued_at)
                for content, code in coded[first : first + _IN_A_TURN]
            ]

        turns = range(0, len(coded), _IN_A_TURN)
        made = await asyncio.gather(*(press.run(partial(some, first)) for first in turns))
        contents = [content for content, _ in coded]
        return await press.run(partial(_packed, contents, [one for part in made for one in part]))

    def close(self) -> None:
        """End the presses that were started."""
        for name in ("_counter", "_batches"):
            if name in self.__dict__:
                self.__dict__[name].close()


def _packed(contents: Sequence[Content], made: Sequence[bytes]) -> bytes:
    """A zip of papers; what is deflated within is only stored."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as files:
        for content, body in zip(contents, made, strict=True):
            at = content.issued_at.astimezone(SHANGHAI).timetuple()[:6]
            files.writestr(zipfile.ZipInfo(f"{content.certificate_no}.pdf", at), body)
    return out.getvalue()


def check_address(content: Content, code: str) -> str:
    """Where anybody may look whether a certificate is genuine and stands."""
    return f"{content.check_address}?no={content.certificate_no}&code={code}"


def paper_of(content: Content, code: str, fonts: Fonts) -> Paper:
    """What the template lays out. A character that no font has is told by its code, never an empty box."""
    title, title_en = _TITLES[content.kind]
    names = "、".join(one.name for one in content.people)
    printable, yuan = fonts.printable, _yuan(content)
    return {
        "kind": content.kind,
        "title": f"{content.scheme}{title}",
        "title_en": f"{title_en} · {content.scheme_en}",
        "no": content.certificate_no,
        "code": code,
        "place": f"{content.place}（{content.place_en}）",
        "year": str(content.coverage_year),
        "names": printable(names),
        "payer": printable(content.payer or ""),
        "rare": printable(names) != names,
        "statement": printable(_statement(content)),
        "people": [_person(one, fonts, yuan) for one in content.people],
        "total": yuan(content.paid_fen),
        "capitals": yuan_capitals(content.paid_fen),
        "refunded": yuan(content.refunded_fen) if content.refunded_fen else "",
        "left": yuan(content.paid_fen - content.refunded_fen),
        "left_capitals": yuan_capitals(content.paid_fen - content.refunded_fen),
        "payments": [_payment(one, yuan) for one in _money(content)],
        "state": "" if content.state == "stands" else STATES[content.state][0],
        "issuer": content.issuer,
        "seal": f"{content.issuer}{title}专用章",
        "issued_on": _day(content.issued_at.astimezone(SHANGHAI).date()),
        "issued_at": f"{content.issued_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
        "issued_by": printable(content.issued_by),
        "qr": qr_svg(check_address(content, code)),
        "address": content.check_address,
    }


def _yuan(content: Content) -> _Yuan:
    """How amounts are written: as they were when the paper was handed out."""
    return yuan_grouped if content.layout >= _GROUPED_SINCE else yuan_decimals


def _statement(content: Content) -> str:
    """The sentence of a certificate; of money that went back it says so, and proves no cover."""
    people = "、".join(f"{one.name}（证件号码 {one.masked_id}）" for one in content.people)
    scheme = f"{content.coverage_year} 年度{content.scheme}"
    paid, left = content.paid_fen, content.paid_fen - content.refunded_fen
    yuan = _yuan(content)
    if content.kind == "enrollment" and any(one.exempt for one in content.people):
        return f"兹证明 {people} 已在{content.place}参加 {scheme}；{_who_pays(content)}"
    if content.state == "stands":
        return f"兹证明 {people} 已在{content.place}参加 {scheme}并缴费，个人缴费共{_sum(left, yuan)}。"
    ending = {
        "partly_refunded": f"其中已退 {yuan(content.refunded_fen)} 元，余{_sum(left, yuan)}。",
        "refunded": "该款已全部退还，本件不作为参保凭证。",
        "withdrawn": "其参保已终止，本件不作为参保凭证。",
        "not_counted": "该款已转待处理，未计入缴费，本件不作为参保凭证。",
        "changed_in_part": "各人现状见下表。",
        "exemption_ended": "各人现状见下表。",
    }[content.state]
    return f"兹证明 {people} 曾在{content.place}缴纳 {scheme}个人缴费，共{_sum(paid, yuan)}；{ending}"


def _who_pays(content: Content) -> str:
    """Whose contribution is covered by help, and by whose; and what the others paid, if there are any."""
    exempt = [one for one in content.people if one.exempt]
    payers = "、".join(dict.fromkeys(given.payer for one in exempt for given in one.help)) or "财政"
    covered = f"个人缴费由{payers}全额资助，本人无须缴费"
    others = [one for one in content.people if not one.exempt]
    if not others:
        return f"{covered}。"
    left = _sum(sum(one.paid_fen - one.refunded_fen for one in others), _yuan(content))
    return f"其中 {'、'.join(one.name for one in exempt)} 的{covered}；其余人员个人缴费共{left}。"


def _sum(fen: int, yuan: _Yuan) -> str:
    return f"人民币 {yuan(fen)} 元（大写：{yuan_capitals(fen)}）"


def _person(one: PersonPart, fonts: Fonts, yuan: _Yuan) -> Paper:
    helped = sum(help_given.amount_fen for help_given in one.help)
    return {
        "name": fonts.printable(one.name),
        "number": one.masked_id,
        "tier": _tier(one.tier),
        "window": one.window,
        "cover": _cover(one),
        "price": yuan(one.price_fen),
        "helped": yuan(helped) if helped else "",
        "own": yuan(one.own_fen),
        "add_on": yuan(one.add_on_fen) if one.add_on_fen else "",
        "paid": yuan(one.paid_fen),
        "refunded": yuan(one.refunded_fen) if one.refunded_fen else "",
        "state": "" if one.state == "stands" else STATES[one.state][0],
        "repairs": [f"{repaired.year} 年度 {yuan(repaired.amount_fen)} 元" for repaired in one.repairs],
        "help": [
            f"{given.payer}{given.how} {yuan(given.amount_fen)} 元（{given.status}）" for given in one.help
        ],
    }


def _tier(tier: int | None) -> str:
    if tier is None:
        return ""
    return f"{_TIERS[tier]}档" if 0 < tier < len(_TIERS) else f"{tier} 档"


def _cover(one: PersonPart) -> str:
    if one.state in ("refunded", "withdrawn"):
        return _ENDED
    if one.cover_from is None or one.cover_to is None:
        return _NOT_TOLD
    return f"{one.cover_from:%Y-%m-%d} 至 {one.cover_to:%Y-%m-%d}"


def _money(content: Content) -> list[Money]:
    """Payments with what of each is for these people, in the order in which they were made."""
    found: dict[int, Money] = {}
    for one in (line for person in content.people for line in person.money):
        known = found.get(one.payment_id)
        found[one.payment_id] = one if known is None else _added(known, one)
    return sorted(found.values(), key=lambda one: (one.paid_at, one.payment_id))


def _added(one: Money, other: Money) -> Money:
    return Money(
        payment_id=one.payment_id,
        line_no=one.line_no,
        transaction_no=one.transaction_no,
        channel=one.channel,
        channel_en=one.channel_en,
        paid_at=one.paid_at,
        amount_fen=one.amount_fen + other.amount_fen,
        refunded_fen=one.refunded_fen + other.refunded_fen,
        is_add_on=one.is_add_on and other.is_add_on,
    )


def _payment(one: Money, yuan: _Yuan) -> Paper:
    return {
        "paid_at": f"{one.paid_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
        "channel": one.channel,
        "transaction_no": mask_identities(one.transaction_no),
        "amount": yuan(one.amount_fen),
        "refunded": yuan(one.refunded_fen) if one.refunded_fen else "",
    }


def _day(day: date) -> str:
    return f"{day.year} 年 {day.month} 月 {day.day} 日"

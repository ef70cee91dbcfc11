"""The page on which anybody checks a certificate: Chinese and English, no script, nothing of others."""

from html import escape

from libs.common.clock import SHANGHAI
from libs.common.money import yuan_grouped
from libs.common.security.masking import mask_name
from libs.common.web.problems import Problem
from services.collection.certificates.printing import STATES
from services.collection.certificates.verifying import Seen

HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}
_STYLE = (
    "body{font:16px/1.6 system-ui,'Noto Sans CJK SC',sans-serif;margin:2rem auto;max-width:40rem;"
    "padding:0 1rem}"
    "small{color:#666}h1{font-size:1.4rem}.good{color:#0a7d33}.bad{color:#b00020}.changed{color:#9a5b00}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.35rem .6rem .35rem 0;"
    "border-bottom:1px solid #ddd;vertical-align:top}th{font-weight:normal;color:#666}"
    "label{display:block;margin:.6rem 0}input{font:inherit;padding:.4rem;width:100%;box-sizing:border-box}"
    "button{font:inherit;padding:.5rem 1.2rem}"
)
_KINDS = {
    "receipt": "缴费收据 receipt",
    "certificate": "缴费证明 certificate",
    "enrollment": "参保证明 enrollment",
}


def form_page(number: str = "") -> str:
    """The page that asks for number and code."""
    return _page("<h1>查验凭证 <small>Check a certificate</small></h1>" + _form(number))


def refused_page(problem: Problem, number: str) -> str:
    """The page that says why nothing was looked up, and how to mend it."""
    title_zh, title = escape(problem.type.title_zh), escape(problem.type.title)
    mend_zh, mend = escape(problem.detail_zh or ""), escape(problem.detail or "")
    return _page(
        f'<h1 class="bad">{title_zh} <small>{title}</small></h1>'
        f"<p>{mend_zh}<br><small>{mend}</small></p>{_form(number)}"
    )


def verdict_page(seen: Seen | None, number: str) -> str:
    """What the paper says and how it stands now; or that number and code do not belong together."""
    if seen is None:
        return _page(
            '<h1 class="bad">未查到该凭证 <small>No such certificate</small></h1>'
            "<p>编号与验证码不符。请对照凭证核对；如确认无误，该凭证并非由本系统开具。<br>"
            "<small>Number and code do not belong together. Compare them with the paper; if they are as "
            f"printed, it was not issued here.</small></p>{_form(number)}"
        )
    content, unchanged = seen.coded.content, seen.state == seen.coded.content.state
    now_zh, now = STATES[seen.state]
    kind = "good" if seen.state == "stands" else "changed"
    told = "" if unchanged else _row("开具时 when issued", " ".join(STATES[content.state]))
    rows = (
        _row("现状 now", f"{now_zh} {now}")
        + told
        + _row("凭证 paper", f"{_KINDS[content.kind]}，{content.certificate_no}")
        + _row("参保地 place", f"{content.place} {content.place_en}")
        + _row("年度 year", str(content.coverage_year))
        + _row("实缴 paid", f"{yuan_grouped(content.paid_fen)} 元 yuan")
        + _refunds(seen)
        + _row("开具 issued", f"{content.issued_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}，{content.issuer}")
    )
    return _page(
        f'<h1 class="{kind}">凭证属实：{now_zh} <small>Genuine: {now}</small></h1>'
        f"<table>{rows}</table>{_people(seen)}"
        "<p><small>姓名和号码已隐去部分，请与纸面核对。 | Names and numbers are masked: compare them with "
        "the paper.</small></p>"
    )


def _refunds(seen: Seen) -> str:
    refunded = sum(one.refunded_fen for one in seen.people)
    return _row("已退 refunded", f"{yuan_grouped(refunded)} 元 yuan") if refunded else ""


def _people(seen: Seen) -> str:
    rows = ""
    for person, now in zip(seen.coded.content.people, seen.people, strict=True):
        days = f"{person.cover_from} 至 {person.cover_to}" if person.cover_from and person.cover_to else ""
        cells = (mask_name(person.name), person.masked_id, days, f"{yuan_grouped(person.paid_fen)}")
        state = STATES[now.state]
        rows += "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in (*cells, " ".join(state))) + "</tr>"
    heads = ("姓名 name", "号码 number", "待遇享受期 cover", "实缴 paid", "现状 now")
    return "<table><tr>" + "".join(f"<th>{head}</th>" for head in heads) + f"</tr>{rows}</table>"


def _row(label: str, value: str) -> str:
    return f'<tr><th scope="row">{label}</th><td>{escape(value)}</td></tr>'


def _form(number: str) -> str:
    return (
        f'<form method="get"><label>编号 no. <input name="no" value="{escape(number, quote=True)}" '
        'autocomplete="off" required></label><label>验证码 code <input name="code" autocomplete="off" '
        "required></label><button>查验 Check</button></form>"
    )


def _page(body: str) -> str:
    return (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>查验凭证 Check a certificate</title>'
        '<meta name="viewport" content="width=device-width">'
        f"<style>{_STYLE}</style>{body}</html>"
    )

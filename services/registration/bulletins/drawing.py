"""Draws the chart of a bulletin: a bar for each unit, the goal, and where time alone would be."""

from html import escape

from services.registration.bulletins.rules import Content, Line

_FONT = 'font-family="Noto Sans CJK SC, Microsoft YaHei, sans-serif"'
_WIDTH, _LEFT, _RIGHT, _ROW, _TOP = 1000, 150, 90, 24, 40
_AHEAD, _BEHIND, _REACHED, _GOAL, _LINE = "#2f6fb2", "#d9822b", "#0a7d33", "#b00020", "#555"
_HUNDRED = 100
#: Numbers stay readable where a line runs through them.
_HALO = 'stroke="#fff" stroke-width="4" paint-order="stroke"'
_LEGEND = "绿：已达目标　蓝：快于时间进度　橙：落后于时间进度"


def chart(content: Content) -> str:
    """The chart as SVG: green has reached the goal, blue is ahead of the straight line, orange behind it."""
    height = _TOP + _ROW * len(content.lines) + 34
    most = max([_HUNDRED, *(float(one.percent) for one in content.lines if one.percent is not None)])
    scale = (_WIDTH - _LEFT - _RIGHT) / most
    straight = float(content.line_percent) * content.goal_percent / _HUNDRED
    title = escape(f"各单位{content.bar}、目标与时间进度")
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" ',
            f'aria-label="{title}" {_FONT} font-size="14">',
            _mark(_LEFT + straight * scale, height, _LINE, f"时间进度 {straight:.1f}%", dashed=True),
            _mark(_LEFT + content.goal_percent * scale, height, _GOAL, f"目标 {content.goal_percent}%"),
            *(_bar(one, place, content, scale, straight) for place, one in enumerate(content.lines)),
            f'<text x="{_LEFT}" y="{height - 8}" fill="#555">{_LEGEND}</text></svg>',
        ]
    )


def _bar(one: Line, place: int, content: Content, scale: float, straight: float) -> str:
    y = _TOP + place * _ROW
    name = f'<text x="{_LEFT - 8}" y="{y + 15}" text-anchor="end">{escape(one.name)}</text>'
    if one.percent is None:
        return f'{name}<text x="{_LEFT + 6}" y="{y + 15}" fill="#888">—</text>'
    percent = float(one.percent)
    color = _REACHED if percent >= content.goal_percent else _AHEAD if percent >= straight else _BEHIND
    width = max(percent * scale, 1)
    return (
        f'{name}<rect x="{_LEFT}" y="{y + 2}" width="{width:.1f}" height="{_ROW - 6}" fill="{color}"/>'
        f'<text x="{_LEFT + width + 6:.1f}" y="{y + 15}" {_HALO}>{one.percent}%</text>'
    )


def _mark(x: float, height: int, color: str, said: str, *, dashed: bool = False) -> str:
    """A line from top to bottom with its name; of two that are near each other one stands higher."""
    dashes = ' stroke-dasharray="6 4"' if dashed else ""
    y = 14 if dashed else 30
    return (
        f'<line x1="{x:.1f}" y1="{y + 4}" x2="{x:.1f}" y2="{height - 28}" stroke="{color}" '
        f'stroke-width="2"{dashes}/>'
        f'<text x="{x:.1f}" y="{y}" text-anchor="middle" fill="{color}">{escape(said)}</text>'
    )

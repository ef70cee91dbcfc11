"""Money from those who bear it to the fund: bands between three columns, that add up to the fen."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.console.pictures.schemas import Line

WIDTH, HEIGHT = 960, 380
_NODE, _GAP, _TOP = 14, 14, 24
#: Where the columns stand; what a node is called stands beside it.
_PLACES = (200, 560, 800)
#: What a department pays on behalf of people comes through no channel.
ON_BEHALF = "paid_on_behalf"


@dataclass(frozen=True, slots=True)
class Node:
    """One who bears money, a way, or the fund; `code` says which, `column` from 0 on."""

    column: int
    code: str
    fen: int
    x: float
    y: float
    height: float

    @property
    def middle(self) -> float:
        """The height of its name."""
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Band:
    """Money from a node to one of the next column: the middle of the band as SVG has it, and its width."""

    source: str
    target: str
    fen: int
    path: str
    width: float


@dataclass(frozen=True, slots=True)
class Flow:
    """The picture, and the money that cannot be drawn: what went back is more than what came."""

    nodes: Sequence[Node]
    bands: Sequence[Band]
    total_fen: int
    less_than_nothing: Mapping[tuple[str, str], int]


def flow_of(lines: Iterable[Line]) -> Flow:
    """Draw the lines of the ledger's totals: payer, then channel or payment on behalf, then the fund."""
    sums: dict[tuple[str, str], int] = {}
    for one in lines:
        way = one.channel or ON_BEHALF
        sums[one.payer, way] = sums.get((one.payer, way), 0) + one.amount_fen
    drawn = {ends: fen for ends, fen in sums.items() if fen > 0}
    by_payer, by_way = _by(drawn, 0), _by(drawn, 1)
    total = sum(drawn.values())
    scale = (HEIGHT - _TOP - _GAP * max(len(by_payer), len(by_way), 1)) / total if total else 0.0
    columns = [_column(0, by_payer, scale), _column(1, by_way, scale), _column(2, {"fund": total}, scale)]
    onward = {(way, "fund"): fen for way, fen in by_way.items()}
    bands = [*_bands(drawn, columns[0], columns[1], scale), *_bands(onward, columns[1], columns[2], scale)]
    return Flow(
        nodes=[node for column in columns for node in column.values()] if total else [],
        bands=bands,
        total_fen=sum(sums.values()),
        less_than_nothing={ends: fen for ends, fen in sums.items() if fen < 0},
    )


def _by(sums: Mapping[tuple[str, str], int], end: int) -> dict[str, int]:
    """Sums by one end of the bands, the largest first."""
    found: dict[str, int] = {}
    for ends, fen in sums.items():
        found[ends[end]] = found.get(ends[end], 0) + fen
    return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))


def _column(column: int, sums: Mapping[str, int], scale: float) -> dict[str, Node]:
    """Nodes one below the other, in the middle of the picture."""
    heights = [max(fen * scale, 1.0) for fen in sums.values()]
    y = _TOP + (HEIGHT - _TOP - sum(heights) - _GAP * (len(heights) - 1)) / 2
    nodes = {}
    for (code, fen), height in zip(sums.items(), heights, strict=True):
        nodes[code] = Node(column, code, fen, _PLACES[column], y, height)
        y += height + _GAP
    return nodes


def _bands(
    sums: Mapping[tuple[str, str], int],
    sources: Mapping[str, Node],
    targets: Mapping[str, Node],
    scale: float,
) -> list[Band]:
    """Bands in the order of their nodes, so that they cross as little as can be."""
    leaving = {code: node.y for code, node in sources.items()}
    coming = {code: node.y for code, node in targets.items()}
    bands = []
    order = list(sources), list(targets)
    for (source, target), fen in sorted(
        sums.items(), key=lambda one: (order[0].index(one[0][0]), order[1].index(one[0][1]))
    ):
        width = max(fen * scale, 1.0)
        x0, x1 = sources[source].x + _NODE, targets[target].x
        y0, y1, bend = leaving[source] + width / 2, coming[target] + width / 2, (x0 + x1) / 2
        path = f"M{x0:.1f},{y0:.1f} C{bend:.1f},{y0:.1f} {bend:.1f},{y1:.1f} {x1:.1f},{y1:.1f}"
        bands.append(Band(source, target, fen, path, width))
        leaving[source] += width
        coming[target] += width
    return bands

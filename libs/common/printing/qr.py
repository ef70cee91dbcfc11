"""QR codes as drawings: what a phone reads from a paper."""

import segno

_BORDER = 2


def qr_svg(text: str) -> str:
    """Draw a text as a QR code (SVG) that a fifth of a stain does not harm.

    The pattern laid over it is always the same: to try all eight for the best one takes five times as long,
    and readers take any.
    """
    code = segno.make(text, error="m", mask=3, boost_error=False, micro=False)
    strokes = []
    for y, row in enumerate(code.matrix):
        x = 0
        for length, dark in _runs(row):
            if dark:
                strokes.append(f"M{x} {y}h{length}")
            x += length
    size = len(code.matrix) + 2 * _BORDER
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-{_BORDER} -{_BORDER}.5 {size} {size}">'
        f'<path stroke="#000" d="{"".join(strokes)}"/></svg>'
    )


def _runs(row: bytes | bytearray) -> list[tuple[int, bool]]:
    """Neighbors of one color in a row: how many, and whether they are dark."""
    runs: list[tuple[int, bool]] = []
    for module in row:
        dark = bool(module)
        if runs and runs[-1][1] == dark:
            runs[-1] = (runs[-1][0] + 1, dark)
        else:
            runs.append((1, dark))
    return runs

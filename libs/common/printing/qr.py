"""QR codes as drawings: what a phone reads from a paper."""

import io

import segno

_BORDER = 2


def qr_svg(text: str) -> str:
    """Draw a text as a QR code (SVG), which is read also where a seventh of it is stained.

    The pattern laid over it is always the same: to try all eight for the best one takes five times as long,
    and readers take any.
    """
    code = segno.make(text, error="m", mask=3, boost_error=False, micro=False)
    drawn = io.BytesIO()
    code.save(drawn, kind="svg", border=_BORDER, xmldecl=False, omitsize=True, nl=False)
    return drawn.getvalue().decode()

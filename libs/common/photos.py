"""Photos without what they tell beside the picture: where and when they were taken, and with which device.

The picture itself stays byte for byte as it came. Files are walked through by their own marks, so that
nothing is decoded and nothing is lost; what cannot be walked through to its end is no photo.
"""

import re
from collections.abc import Callable

JPEG, PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
#: Marks of JPEG that stand alone, without a length.
_ALONE = {0x01, *range(0xD0, 0xD8)}
#: APP0 to APP15 and comments, and which of them the picture needs: its kind, its colours.
_BESIDE = {*range(0xE0, 0xF0), 0xFE}
_NEEDED = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
_EXIF, _EXIF_SEGMENT = 0xE1, b"Exif\0\0"
#: The one thing in EXIF that the picture needs: which side is up.
_ORIENTATION = 0x0112
_UPRIGHT = 1
#: The end of what a scan holds: a mark that is neither a stuffed byte nor a restart.
_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
#: The chunks of PNG that the picture needs.
_CHUNKS = {
    *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA"),
    *(b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"pHYs", b"bKGD"),
}


def bare_photo(content: bytes) -> bytes | None:
    """A JPEG or PNG without place, time, device, comments and whatever stands behind its end.

    None for a photo that is broken off or is none.
    """
    for magic, bare in _KINDS.items():
        if content.startswith(magic):
            return bare(content)
    return None


def _bare_jpeg(content: bytes) -> bytes | None:
    kept, at = bytearray(content[:2]), 2
    while content[at : at + 1] == b"\xff" and at + 1 < len(content):
        mark = content[at + 1]
        if mark == 0xFF:  # one more byte to fill up with
            at += 1
            continue
        if mark == _END:
            return bytes(kept + content[at : at + 2])
        if mark in _ALONE:
            kept += content[at : at + 2]
            at += 2
            continue
        end = at + 2 + int.from_bytes(content[at + 2 : at + 4])
        if end < at + 4 or end > len(content) or mark in (_START, 0x00):
            return None
        kept += _needed(mark, content[at:end])
        at = end
        if mark == _SCAN:
            behind = _AFTER_SCAN.search(content, at)
            if behind is None:
                return None
            kept += content[at : behind.start()]
            at = behind.start()
    return None


def _needed(mark: int, segment: bytes) -> bytes:
    """What of a segment the picture needs."""
    if mark not in _BESIDE:
        return segment
    if mark == _EXIF and segment[4:].startswith(_EXIF_SEGMENT):
        return _turned(segment[4 + len(_EXIF_SEGMENT) :])
    return segment if mark in _NEEDED and segment[4:].startswith(_NEEDED[mark]) else b""


def _turned(tiff: bytes) -> bytes:
    """A segment that says which side is up and nothing else; empty where that is the usual one."""
    little = tiff.startswith(b"II")

    def number(at: int, size: int) -> int:
        return int.from_bytes(tiff[at : at + size], "little" if little else "big")

    first = number(4, 4)
    for entry in range(first + 2, first + 2 + 12 * number(first, 2), 12):
        if number(entry, 2) == _ORIENTATION and _UPRIGHT < (turned := number(entry + 8, 2)) <= 8:
            said = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01" + turned.to_bytes(2) + bytes(6)
            return b"\xff\xe1" + (len(_EXIF_SEGMENT + said) + 2).to_bytes(2) + _EXIF_SEGMENT + said
    return b""


def _bare_png(content: bytes) -> bytes | None:
    kept, at, kind = bytearray(PNG), len(PNG), b""
    while kind != b"IEND":
        end = at + 12 + int.from_bytes(content[at : at + 4])
        first, kind = kind == b"", content[at + 4 : at + 8]
        if end > len(content) or len(kind) < 4 or (first and kind != b"IHDR"):
            return None
        if kind in _CHUNKS:
            kept += content[at:end]
        at = end
    return bytes(kept)


_KINDS: dict[bytes, Callable[[bytes], bytes | None]] = {JPEG: _bare_jpeg, PNG: _bare_png}

"""Photos lose what tells place and device, and nothing of the picture."""

import pytest

from libs.common.photos import PNG, bare_photo


def segment(mark, body):
    return bytes((0xFF, mark)) + (len(body) + 2).to_bytes(2) + body


def exif(turned=1, order="big"):
    def number(value, size):
        return value.to_bytes(size, order)

    entries = [(0x010F, 2, b"Phone X"), (0x0112, 3, number(turned, 2) + b"\0\0"), (0x8825, 4, b"GPS!")]
    tiff = (b"MM" if order == "big" else b"II") + number(42, 2) + number(8, 4) + number(len(entries), 2)
    for tag, kind, value in entries:
        tiff += number(tag, 2) + number(kind, 2) + number(1, 4) + value[:4].ljust(4, b"\0")
    return b"Exif\0\0" + tiff + number(0, 4) + b"Phone X 27.0N 112.2E"


JFIF = segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0")
COLOURS = segment(0xE2, b"ICC_PROFILE\0\x01\x01colours")
TABLES = segment(0xDB, b"\0" + bytes(range(64))) + segment(0xC0, b"\x08\0\x01\0\x01\x01\x01\x11\0")
#: Stuffed bytes and a restart belong to the scan; a second scan follows, as in pictures that come bit by bit.
SCANS = segment(0xDA, b"\x01\x01\0\0\x3f\0") + b"\x12\xff\0\x34\xff\xd0\x56" + segment(0xC4, b"\0" * 17)
SCANS += segment(0xDA, b"\x01\x01\0\0\x3f\0") + b"\x78"
PICTURE = JFIF + COLOURS + TABLES + SCANS + b"\xff\xd9"
PLAIN = b"\xff\xd8" + PICTURE


def test_of_a_photo_the_picture_stays_byte_for_byte():
    assert bare_photo(PLAIN) == PLAIN


@pytest.mark.parametrize(
    "told",
    [
        segment(0xE1, exif()),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<GPSLatitude>27"),
        segment(0xED, b"Photoshop 3.0\0city"),
        segment(0xE2, b"MPF\0another picture"),
        segment(0xFE, b"taken by 13800000000"),
        segment(0xE1, b"Exif\0\0II"),
        segment(0xE1, b"Exif\0\0MM\0*\xff\xff\xff\xff"),
    ],
)
def test_what_tells_place_and_device_is_gone(told):
    assert bare_photo(b"\xff\xd8" + told + PICTURE) == PLAIN


@pytest.mark.parametrize("order", ["big", "little"])
@pytest.mark.parametrize("turned", range(2, 9))
def test_which_side_is_up_stays_and_nothing_else_of_it(turned, order):
    kept = bare_photo(b"\xff\xd8" + segment(0xE1, exif(turned, order)) + PICTURE)
    assert kept.endswith(PICTURE)
    assert len(kept) == len(PLAIN) + 36
    assert b"Phone" not in kept
    assert b"GPS!" not in kept
    assert bare_photo(kept) == kept


def test_a_film_or_another_picture_behind_the_end_is_gone():
    assert bare_photo(PLAIN + b"\0\0\0\x18ftypmp42" + PLAIN) == PLAIN


@pytest.mark.parametrize("length", [3, 4, 20, len(PLAIN) - 2, len(PLAIN) - 1])
def test_a_photo_that_broke_off_is_none(length):
    assert bare_photo(PLAIN[:length]) is None


def chunk(kind, body):
    return len(body).to_bytes(4) + kind + body + b"crc!"


HEAD, DATA, END = chunk(b"IHDR", b"1x1"), chunk(b"IDAT", b"picture"), chunk(b"IEND", b"")


def test_of_a_png_only_the_picture_stays():
    sent = PNG + HEAD + chunk(b"eXIf", b"GPS") + chunk(b"pHYs", b"dpi") + chunk(b"tEXt", b"Author\0X")
    sent += chunk(b"iTXt", b"XML:com.adobe.xmp") + chunk(b"tIME", b"1234567") + DATA + END + b"behind"
    assert bare_photo(sent) == PNG + HEAD + chunk(b"pHYs", b"dpi") + DATA + END


@pytest.mark.parametrize(
    "sent", [PNG, PNG + DATA + END, PNG + HEAD + DATA, PNG + HEAD + DATA + END[:-1], b"GIF89a"]
)
def test_what_is_no_whole_photo_is_none(sent):
    assert bare_photo(sent) is None

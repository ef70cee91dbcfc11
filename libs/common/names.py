"""Names of people: how they are stored, and which spellings are the same name."""

import re
import unicodedata

# The separator of minority names (阿依古丽·买买提) is typed in all these ways.
_MIDDLE_DOTS = str.maketrans(dict.fromkeys("·•‧∙⋅・･ᐧ●.。", "·"))

#: The private-use code points in which GBK systems keep Han characters, from U+E815 on in the order of
#: the bytes FE50 to FEA0 of GB 18030, with the characters that GB 18030-2022 gives them.
_GBK_PRIVATE = str.maketrans(
    dict(
        zip(
            map(chr, range(0xE815, 0xE865)),
            "⺁𠂇𠂉𠃌⺄㑳㑇⺈⺋龴㖞㘚㘎⺌⺗㥮㤘龵㧏㧟㩳㧐龶龷㭎㱮㳠⺧𡗗龸⺪䁖䅟⺮䌷⺳⺶⺷𢦏䎱䎬⺻䏝䓖䙡䙌龹"
            "䜣䜩䝼䞍⻊䥇䥺䥽䦂䦃䦅䦆䦟䦛䦷䦶龺𤇾䲣䲟䲠䲡䱷䲢䴓䴔䴕䴖䴗䴘䴙䶮龻",
            strict=True,
        )
    )
)

_PLAIN = re.compile("[\u4e00-\u9fa5]+")
_LATIN = re.compile("[A-Za-z]")
#: Characters that select a glyph or cannot be seen: format characters (Cf) and variation selectors.
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
#: Planes 2 and 3 are Han, also what was added after this Python was made.
_HAN_PLANES = re.compile("[\U00020000-\U0003fffd]")


def without_invisible(text: str) -> str:
    """Drop what cannot be seen and comes with copying: direction marks, zero widths, soft hyphens."""
    if text.isascii():
        return text
    shown = "".join(character for character in text if unicodedata.category(character) != "Cf")
    return _SELECTORS.sub("", shown)


def normalize_name(name: str) -> str:
    """What two spellings of one name have in common: NFKC, no blanks, one middle dot, upper case."""
    if _PLAIN.fullmatch(name):
        return name  # as good as all names, and a county has hundreds of thousands
    text = unicodedata.normalize("NFKC", without_invisible(name)).translate(_GBK_PRIVATE)
    text = text.translate(_MIDDLE_DOTS)
    return "".join(character for character in text if not character.isspace()).upper()


def tidy_name(given: str) -> str:
    """The name as it is stored and shown: one spelling for Chinese names, single blanks in Latin ones.

    Marks by which spreadsheets keep a text a text (`'`, backtick) are dropped in front.
    """
    given = given.lstrip("'`\u2018 ")
    if not _LATIN.search(given):
        return normalize_name(given)
    return " ".join(without_invisible(given).split())


def is_name(text: str) -> bool:
    """Whether a tidy text can be a person's name: it has a letter of some script, and nothing unprintable.

    Han characters that are newer than this Python count, and so do private-use ones that have no place in any
    standard; what spreadsheets leave (`#N/A`, `=VLOOKUP(...)`, `_x000D_`) is no name.
    """
    if _PLAIN.fullmatch(text):
        return True  # as good as all names, and a county has hundreds of thousands
    if not text or text[0] in "#=@+" or "_x00" in text:
        return False
    categories = [
        "Lo" if _HAN_PLANES.match(character) else unicodedata.category(character) for character in text
    ]
    letters = [category for category in categories if category[0] == "L" or category == "Co"]
    return bool(letters) and all(category[0] != "C" or category == "Co" for category in categories)

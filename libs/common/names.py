"""Answers "are these the same name?", whichever keyboard wrote them."""

import unicodedata

# The separator of minority names (阿依古丽·买买提) is typed in all these ways.
_MIDDLE_DOTS = str.maketrans(dict.fromkeys("·•‧∙⋅・･ᐧ●.。", "·"))


def normalize_name(name: str) -> str:
    """NFKC, no blanks, one kind of middle dot, upper case; what two spellings of one name have in common."""
    text = unicodedata.normalize("NFKC", name).translate(_MIDDLE_DOTS)
    return "".join(character for character in text if not character.isspace()).upper()

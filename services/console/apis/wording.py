"""Leaves out of what a service says how programs mend it: who reads a page presses buttons."""

import re

#: Paths, tokens, scopes and names of members: nothing that a page has.
_FOR_PROGRAMS_ZH = re.compile(
    r"/v1/|令牌|[a-z]+_[a-z_]+|\b[a-z]+:[a-z]+\b|\b(?:held|month|subject|unverified|why)\b", re.ASCII
)
_FOR_PROGRAMS = re.compile(
    r"/v1/|\btokens?\b|`|\b[a-z]+_[a-z_]+\b|\b[a-z]+:[a-z]+\b|\bpath and the identifiers\b"
)
_ASIDE_ZH, _ASIDE = re.compile(r"（[^（）]*）"), re.compile(r" ?\([^()]*\)")
_CLAUSE_ZH, _CLAUSE = re.compile(r"[^。；]*[。；]?"), re.compile(r".*?(?:[.;:](?= |$)|$) ?", re.DOTALL)


def for_people_zh(said: str) -> str:
    """Give the Chinese clauses of a refusal that are not for programs only; empty where none is."""
    kept = _ASIDE_ZH.sub(lambda found: "" if _FOR_PROGRAMS_ZH.search(found[0]) else found[0], said)
    kept = "".join(one for one in _CLAUSE_ZH.findall(kept) if not _FOR_PROGRAMS_ZH.search(one))
    return re.sub(r"[；，]$", "。", kept)


def for_people(said: str) -> str:
    """Give the English clauses of a refusal that are not for programs only; empty where none is."""
    kept = _ASIDE.sub(lambda found: "" if _FOR_PROGRAMS.search(found[0]) else found[0], said)
    kept = "".join(one for one in _CLAUSE.findall(kept) if not _FOR_PROGRAMS.search(one)).strip()
    return re.sub(r"[;:,]$", ".", kept)

"""Loads policy files: strict, with every mistake named by file, line and mend."""

import hashlib
import os
from pathlib import Path
from typing import cast

import yaml

from libs.common.policy.engine.notice import Notice, Notices
from libs.common.policy.format.checks import check_document
from libs.common.policy.format.document import Document
from libs.common.policy.format.errors import Flaw, NoticeInvalid
from libs.common.policy.format.reader import Source, reader
from libs.common.policy.workday_files import learn_workdays

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def policies_dir() -> Path:
    """Return the directory of policy files: CANBAO_POLICIES_DIR, or `policies` in the repository."""
    named = os.environ.get("CANBAO_POLICIES_DIR")
    return Path(named) if named else Path(__file__).resolve().parents[3] / "policies"


def load_notice_bytes(raw: bytes, name: str) -> Notice:
    """Read one policy file from its bytes; `name` is what mistakes are reported under.

    Raises NoticeInvalid with every flaw found.
    """
    return read_notice(raw, name)[0]


def read_notice(raw: bytes, name: str) -> tuple[Notice, Source]:
    """Read a policy file, and give what knows on which line each rule stands. Raises NoticeInvalid."""
    src = Source(name)
    document = _document(src, raw)
    if document is not None and not src.flaws:
        check_document(src, document)
    if document is None or src.flaws:
        raise NoticeInvalid(src.flaws)
    return Notice(document, raw, hashlib.sha256(raw).hexdigest(), name), src


def _document(src: Source, raw: bytes) -> Document | None:
    try:
        node = yaml.compose(raw, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        src.flaw(mark.line + 1 if mark else 1, f"not YAML: {problem}", "check indentation, quotes and colons")
        return None
    if node is None:
        src.flaw(1, "the file is empty", "begin with `notice:`")
        return None
    return cast("Document | None", reader(Document)(src, node))


def load_notice(path: Path | str, raw: bytes | None = None) -> Notice:
    """Read one policy file, `<county>/<year>.yaml`; `raw` are its bytes, if known. Raises NoticeInvalid."""
    path = Path(path)
    name = f"{path.parent.name}/{path.name}"
    notice = load_notice_bytes(path.read_bytes() if raw is None else raw, name)
    if (notice.county, str(notice.year)) != (path.parent.name, path.stem):
        mend = f"move it to {notice.county}/{notice.year}.yaml, or correct `county` and `year`"
        raise NoticeInvalid([Flaw(name, 1, f"the file says it is {notice.county} {notice.year}", mend)])
    return notice


def notice_files(root: Path) -> list[Path]:
    """Every `<county>/<year>.yaml` below a directory."""
    return sorted(path for path in root.glob("*/*.yaml") if path.stem.isdigit())


def load_all(directory: Path | str | None = None) -> Notices:
    """Read every `<county>/<year>.yaml` below a directory. Raises NoticeInvalid with all flaws.

    Days off that files beside them say are known from then on.
    """
    root = Path(directory) if directory else policies_dir()
    notices: list[Notice] = []
    flaws = learn_workdays(root)
    for path in notice_files(root):
        try:
            notices.append(load_notice(path))
        except NoticeInvalid as error:
            flaws += error.flaws
    if flaws:
        raise NoticeInvalid(flaws)
    return Notices(notices)

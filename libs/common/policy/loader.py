"""Loads policy files: strict, with every mistake named by file, line and mend."""

import hashlib
import os
from pathlib import Path
from typing import cast

from libs.common.policy.engine.notice import Notice, Notices
from libs.common.policy.format.checks import check_document
from libs.common.policy.format.document import Document
from libs.common.policy.format.errors import Flaw, NoticeInvalid
from libs.common.policy.format.extending import BASE_SUFFIX, check_bases, directory_of, read_whole, whole
from libs.common.policy.format.reader import Source, reader
from libs.common.policy.workday_files import learn_workdays


def policies_dir() -> Path:
    """Return the directory of policy files: CANBAO_POLICIES_DIR, or `policies` in the repository."""
    named = os.environ.get("CANBAO_POLICIES_DIR")
    return Path(named) if named else Path(__file__).resolve().parents[3] / "policies"


def load_notice_bytes(raw: bytes, name: str) -> Notice:
    """Read one notice from its bytes, `whole` where it extends others; `name` is what mistakes stand under.

    Raises NoticeInvalid with every flaw found.
    """
    return read_notice(raw, name)[0]


def read_notice(raw: bytes, name: str) -> tuple[Notice, Source]:
    """Read a notice, and give what knows where each rule stands. Raises NoticeInvalid."""
    src = Source(name)
    node, bases = read_whole(src, raw)
    document = cast("Document | None", reader(Document)(src, node)) if node is not None else None
    if document is not None and not src.flaws:
        src.prefixes = [one.head.question_prefix for one in bases]
        check_bases(src, document, bases)
        check_document(src, document)
    if document is None or src.flaws:
        raise NoticeInvalid(src.flaws)
    numbers = {f"{one.name}{BASE_SUFFIX}": one.head.document_no for one in bases}
    origins = {
        rule: {key: numbers.get(file, file) for key, file in values.items()}
        for rule, values in src.taken.items()
    }
    return Notice(document, raw, hashlib.sha256(raw).hexdigest(), name, bases, origins), src


def load_notice(path: Path | str, raw: bytes | None = None) -> Notice:
    """Read one policy file, `<county>/<year>.yaml`, with what it extends; `raw` is its whole text, if known.

    Raises NoticeInvalid.
    """
    path = Path(path).absolute()
    name = f"{path.parent.name}/{path.name}"
    raw = whole(path.read_bytes(), directory_of(path)) if raw is None else raw
    notice = load_notice_bytes(raw, name)
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

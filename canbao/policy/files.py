"""Where the notices are, and which one somebody means by `COUNTY/2020`, `COUNTY 2020` or a path."""

from pathlib import Path

from libs.common.policy import Notice, NoticeInvalid, load_notice, load_notice_bytes, policies_dir
from libs.common.policy.format.extending import directory_of, whole
from libs.common.policy.workday_files import learn_workdays


class NoticeNotFound(ValueError):
    """No file goes by this name; the message lists what there is."""


def notice_files(directory: Path | None = None) -> list[Path]:
    """Return every `<county>/<year>.yaml` below a directory, in order."""
    root = directory or policies_dir()
    return [path for path in sorted(root.glob("*/*.yaml")) if path.stem.isdigit()]


def cases_file(path: Path) -> Path:
    """Return where the worked cases of a policy file are."""
    return path.with_name(f"{path.stem}.cases.yaml")


def find_notice(name: str, directory: Path | None = None) -> Notice:
    """Load the notice that a name means: `COUNTY/2020`, or a path, beside which lies what it extends.

    Raises NoticeNotFound, NoticeInvalid.
    """
    path, root = Path(name), directory or policies_dir()
    learn_workdays(root)
    if path.is_file():
        return load_notice_bytes(whole(path.read_bytes(), directory or directory_of(path)), str(path))
    listed = root / f"{name.removesuffix('.yaml')}.yaml"
    if "/" in name and listed.is_file():
        return load_notice(listed)
    known = ", ".join(f"{path.parent.name}/{path.stem}" for path in notice_files(root))
    raise NoticeNotFound(f"there is no notice {name!r}; there are {known or 'none'} in {root}")


__all__ = ["NoticeInvalid", "NoticeNotFound", "cases_file", "find_notice", "notice_files"]

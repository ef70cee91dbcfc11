"""Puts what one file says over what its base says, node by node, which still know where they stand."""

from typing import cast

import yaml

from libs.common.policy.format.reader import Source

#: What rules of a list go by.
_NAMING = ("id", "code", "name")
#: Keys that say where in a notice something stands.
_CITING = ("clause", "tier_clause", "registration_clause")
_SEVERAL = "；"


def pairs_of(node: yaml.Node | None) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
    """Return the keys and values of a block; nothing of anything else."""
    return list(node.value) if isinstance(node, yaml.MappingNode) else []


def key_of(key: yaml.Node) -> str:
    """Return what a key is called; one that is no text goes by its looks until the reader names it."""
    return str(key.value)


def child(node: yaml.Node | None, key: str) -> yaml.Node | None:
    """Return the value under a key, if there is one."""
    return next((value for name, value in pairs_of(node) if name.value == key), None)


def marks(node: yaml.Node) -> tuple[yaml.Mark, yaml.Mark]:
    """Return where a node stands."""
    return node.start_mark, node.end_mark


def cited(node: yaml.MappingNode, number: str) -> yaml.MappingNode:
    """Put the number of the base's document before every clause of its rules."""
    return cast("yaml.MappingNode", _with_number(node, number))


def _with_number(node: yaml.Node, number: str) -> yaml.Node:
    if isinstance(node, yaml.SequenceNode):
        return yaml.SequenceNode(node.tag, [_with_number(n, number) for n in node.value], *marks(node))
    if not isinstance(node, yaml.MappingNode):
        return node
    pairs = [
        (key, _numbered(value, number) if key.value in _CITING else _with_number(value, number))
        for key, value in node.value
    ]
    return yaml.MappingNode(node.tag, pairs, *marks(node))


def _numbered(node: yaml.Node, number: str) -> yaml.Node:
    if not isinstance(node, yaml.ScalarNode) or not number:
        return node
    said = _SEVERAL.join(f"{number} {part}" for part in str(node.value).split(_SEVERAL))
    return yaml.ScalarNode(node.tag, said, *marks(node))


def put_over(src: Source, own: yaml.MappingNode, base: yaml.MappingNode) -> yaml.MappingNode:
    """Return the sections of a file over those of its base, less what the file does without."""
    base = _less(src, own, base)
    said = {key_of(key): value for key, value in base.value if key.value != "base"}
    pairs = []
    for key, value in own.value:
        if key.value != "base":
            below = said.pop(key_of(key), None)
            pairs.append((key, value if below is None else _section(src, value, below)))
    pairs += [(key, value) for key, value in base.value if key_of(key) in said]
    return yaml.MappingNode(own.tag, pairs, *marks(own))


def _section(src: Source, own: yaml.Node, base: yaml.Node) -> yaml.Node:
    """A section of both: its direct values one by one, lists rule by rule, what stands deeper as a whole."""
    if isinstance(own, yaml.SequenceNode) and isinstance(base, yaml.SequenceNode):
        return _list(own, base)
    if not (isinstance(own, yaml.MappingNode) and isinstance(base, yaml.MappingNode)):
        return own
    below = {key_of(key): value for key, value in base.value}
    pairs, changed = [], False
    for key, value in own.value:
        under = below.get(key_of(key))
        if key.value != "clause":
            listed = _lists(value, under)
            pairs.append((key, _list(value, under) if listed and under is not None else value))
            changed = changed or not (listed or child(value, "clause") is not None)
    mine = {"clause", *(key_of(key) for key, _ in own.value)}
    taken = [(key, value) for key, value in base.value if key_of(key) not in mine]
    pairs += [*_clause(src, own, base, changed), *taken]
    return yaml.MappingNode(own.tag, pairs, *marks(own))


def _lists(own: yaml.Node, base: yaml.Node | None) -> bool:
    return isinstance(own, yaml.SequenceNode) and isinstance(base, yaml.SequenceNode)


def _clause(
    src: Source, own: yaml.MappingNode, base: yaml.MappingNode, changed: bool
) -> list[tuple[yaml.Node, yaml.Node]]:
    """Cite both where a section has values of both; what differs from the base needs a clause of its own."""
    mine, below = child(own, "clause"), child(base, "clause")
    key = next((k for k, _ in [*own.value, *base.value] if k.value == "clause"), None)
    if key is None:
        return []
    if mine is None or below is None:
        if mine is None and changed:
            src.flaw(own, "a value that differs from the base has no `clause`", "name where it stands")
        return [(key, mine or below or key)]
    return [(key, yaml.ScalarNode(mine.tag, f"{mine.value}{_SEVERAL}{below.value}", *marks(mine)))]


def _list(own: yaml.Node, base: yaml.Node) -> yaml.Node:
    """Own rules go first, but for those that replace one of the base: the first that fits applies.

    Entries without names are a list as a whole.
    """
    if any(_name(one) is None for one in [*own.value, *base.value]):
        return own
    below = {_name(one) for one in base.value}
    rows = [one for one in own.value if _name(one) not in below]
    for one in base.value:
        rows += [mine for mine in own.value if _name(mine) == _name(one)] or [one]
    return yaml.SequenceNode(own.tag, rows, *marks(own))


def _name(node: yaml.Node) -> str | None:
    return next((key_of(found) for key in _NAMING if (found := child(node, key)) is not None), None)


def _less(src: Source, own: yaml.MappingNode, base: yaml.MappingNode) -> yaml.MappingNode:
    left_out = child(child(own, "notice") or child(own, "base"), "without")
    for one in left_out.value if isinstance(left_out, yaml.SequenceNode) else []:
        less = _removed(base, str(one.value).split("."))
        if less is None:
            src.flaw(one, f"the base has no {one.value!r}", "write section.rule, such as windows.makeup")
        else:
            base = cast("yaml.MappingNode", less)
    return base


def _removed(node: yaml.Node, path: list[str]) -> yaml.Node | None:
    """Return a node without what a path of keys and names leads to; None where it leads nowhere."""
    step, *rest = path
    if isinstance(node, yaml.MappingNode):
        rows = [(key.value, (key, value), value) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        rows = [(_name(value), value, value) for value in node.value]
    else:
        return None
    if step not in [name for name, _, _ in rows]:
        return None
    kept: list[object] = []
    for name, row, value in rows:
        if name != step:
            kept.append(row)
        elif rest:
            inner = _removed(value, rest)
            if inner is None:
                return None
            kept.append((row[0], inner) if isinstance(row, tuple) else inner)
    return type(node)(node.tag, kept, *marks(node))

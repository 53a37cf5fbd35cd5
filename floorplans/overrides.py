"""Replacing single values of a source by dotted path."""

from __future__ import annotations

from floorplans.diagnostics import Path, Problems, did_you_mean, dotted, listed
from floorplans.nodes import Node

OPEN = ("power", "leakage", "limits", "hardware_values", "constants", "changes", "places")
"""Mappings whose keys are addresses: the rest of a dotted path is one key, and it may be new."""

NAMED = ("dies", "materials", "scenarios")
"""Mappings keyed by names the user gave: a path through an unknown name is an error."""

ALTERNATIVES = (
    frozenset({"htc_w_m2k", "resistance_k_w", "map_csv"}),
    frozenset({"rect_um", "polygon_um"}),
    frozenset({"model", "activity"}),
)
"""Keys of which a mapping has one: setting one takes the place of the others."""


class _NowhereError(Exception):
    """A dotted path that leads nowhere."""


def assigned(root: Node, path: str, value: Node, problems: Problems, *, merge: bool = False) -> Node:
    """The tree with the value at a dotted path replaced.

    Parameters
    ----------
    root
        Tree to start from; shared, not changed.
    path
        Keys, list positions, or names of list items, joined by dots. A key may itself contain dots.
    value
        What to put there; its span appears in messages about it.
    problems
        Receives an error if the path leads nowhere; the tree is then returned as it is.
    merge
        Whether a mapping given for a mapping (or for a list of named items) changes only the keys it has.
    """
    try:
        return _assigned(root, path.split("."), value, (), merge)
    except _NowhereError as error:
        problems.add(value.span, str(error), path)
        return root


def _assigned(node: Node, steps: list[str], value: Node, trail: Path, merge: bool) -> Node:
    if not steps:
        return _merged(node, value, trail) if merge else value
    if isinstance(node.value, dict):
        return _in_mapping(node, node.value, steps, value, trail, merge)
    if isinstance(node.value, list):
        return _in_list(node, node.value, steps, value, trail, merge)
    raise _NowhereError(f"'{dotted(trail)}' is a single value and has no '{steps[0]}'")


def _merged(node: Node, value: Node, trail: Path) -> Node:
    if not isinstance(value.value, dict) or not isinstance(node.value, dict | list):
        return value
    for key, child in value.value.items():
        node = _assigned(node, key.split("."), child, trail, True)
    return node


def _in_mapping(
    node: Node, found: dict[str, Node], steps: list[str], value: Node, trail: Path, merge: bool
) -> Node:
    for count in range(len(steps), 0, -1):
        key = ".".join(steps[:count])
        if key in found:
            child = _assigned(found[key], steps[count:], value, (*trail, key), merge)
            return node.with_child(key, child)
    if trail and trail[-1] in OPEN:
        return node.with_child(".".join(steps), value)
    if len(steps) == 1:
        rivals = [name for group in ALTERNATIVES if steps[0] in group for name in group]
        return node.without(*rivals).with_child(steps[0], value)
    if steps[0] in (*OPEN, "workload") or (len(steps) == 2 and not (trail and trail[-1] in NAMED)):
        empty = Node({}, value.span)
        return node.with_child(steps[0], _assigned(empty, steps[1:], value, (*trail, steps[0]), merge))
    raise _NowhereError(_unknown(steps[0], list(found), trail))


def _in_list(node: Node, found: list[Node], steps: list[str], value: Node, trail: Path, merge: bool) -> Node:
    names = [_name(item) for item in found]
    for count in range(len(steps), 0, -1):
        key = ".".join(steps[:count])
        if key in names:
            position = names.index(key)
        elif count == 1 and key.isdecimal() and int(key) < len(found):
            position = int(key)
        else:
            continue
        child = _assigned(found[position], steps[count:], value, (*trail, key), merge)
        return node.with_child(position, child)
    raise _NowhereError(_unknown(steps[0], [name for name in names if name], trail, len(found)))


def _name(item: Node) -> str:
    name = item.child("name")
    return name.value if name is not None and isinstance(name.value, str) else ""


def _unknown(step: str, names: list[str], trail: Path, count: int | None = None) -> str:
    where = f" in '{dotted(trail)}'" if trail else ""
    if step.isdecimal() and count is not None:
        return f"no item {step}{where}: it has {count}, counted from 0"
    there = f"there are: {listed(names)}" if names else "it is empty"
    return f"no '{step}'{where}{did_you_mean(step, names)} ({there})"


def looked_up(root: Node, path: str) -> Node:
    """The value at a dotted path, found as `assigned` finds the place of a new one.

    Raises
    ------
    LookupError
        The path leads nowhere; says where it ends and what there is.
    """
    node, steps, trail = root, path.split("."), list[str]()
    while steps:
        node, used = _step(node, steps, tuple(trail))
        trail += [".".join(steps[:used])]
        steps = steps[used:]
    return node


def _step(node: Node, steps: list[str], trail: Path) -> tuple[Node, int]:
    names = [_name(item) for item in node.value] if isinstance(node.value, list) else []
    for count in range(len(steps), 0, -1):
        key = ".".join(steps[:count])
        child = node.child(key) if isinstance(node.value, dict) else None
        if key in names:
            child = node.child(names.index(key))
        elif isinstance(node.value, list) and count == 1 and key.isdecimal():
            child = node.child(int(key))
        if child is not None:
            return child, count
    there: list[str] = []
    if isinstance(node.value, list):
        there = [name for name in names if name]
    elif isinstance(node.value, dict):
        there = list(node.value)
    else:
        single = f"'{dotted(trail)}' is a single value and has no '{steps[0]}'"
        raise LookupError(single)  # noqa: TRY004 - of the path, not of the type
    raise LookupError(_unknown(steps[0], there, trail, len(names) if names else None))

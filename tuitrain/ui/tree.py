"""Branches below their trunk: the order of a family tree, and how it is drawn. No widgets, and no files."""

from collections.abc import Sequence

from tuitrain.runs.entry import Entry

TWIG = "└ "


def ordered(entries: Sequence[Entry]) -> tuple[list[Entry], dict[str, int]]:
    """Return the runs with each branch below its trunk, and by id how many trunks stand above each branch.

    A family stands where the first of its runs stood; among the branches of one trunk the order stays.
    """
    known = {entry.id: entry for entry in entries}
    below: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.parent in known and entry.parent != entry.id:
            below.setdefault(entry.parent, []).append(entry)
    found: list[Entry] = []
    depths: dict[str, int] = {}
    for entry in entries:
        left = [(_root(entry, known), 0)] if entry.id not in depths else []
        while left:
            one, depth = left.pop()
            if one.id not in depths:
                depths[one.id] = depth
                found.append(one)
                left += [(branch, depth + 1) for branch in reversed(below.get(one.id, ()))]
    return found, {name: depth for name, depth in depths.items() if depth}


def _root(entry: Entry, known: dict[str, Entry]) -> Entry:
    """Return the trunk of all trunks; a damaged file may make a circle of them."""
    seen = {entry.id}
    while entry.parent in known and entry.parent not in seen:
        entry = known[entry.parent]
        seen.add(entry.id)
    return entry


def twig(depth: int) -> str:
    """Return what is drawn before the name of a branch.

    >>> twig(0), twig(1), twig(2)
    ('', '└ ', '  └ ')
    """
    return " " * len(TWIG) * (depth - 1) + TWIG if depth else ""

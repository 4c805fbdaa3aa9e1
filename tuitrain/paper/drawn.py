"""What can be drawn of a snapshot, as parts of a page: matrices as tables, surfaces and points as plots, images.

Must not know whose snapshot it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from tuitrain.drawing import palette
from tuitrain.drawing.text import number
from tuitrain.paper import images, markup, plot, table
from tuitrain.paper.markup import safe
from tuitrain.paper.table import Table, name_of

Arrays = Mapping[str, Any]
LEGIBLE = 30
"""Classes up to which a confusion matrix is a table of numbers."""
PAIRS = 20
"""Most frequent confusions that are told of more classes."""
WORST = 24
ROWS, INPUTS = 10, 6
"""Worst samples that are rows of a table, and how many of their inputs are told."""
POINTS = 2000
NAMED = 12
"""Classes that have a colour of their own."""
DAY, NIGHT = False, True
FEWEST = 20
"""Points of an embedding below which it says nothing."""
CAPTION = 40
"""Characters of the name of a class below a picture."""


def pictures(arrays: Arrays, labels: Sequence[str]) -> Iterator[str]:
    """Return what can be drawn of the last snapshot, the small ones side by side."""
    split = str(arrays["split"]) if "split" in arrays else ""
    pair = [
        _confusion(arrays, labels, split),
        _plane(arrays, labels),
        _fit(arrays),
        _classes(arrays, labels),
        _embedding(arrays, labels),
    ]
    if any(pair):
        yield f'<div class="flow">{"".join(filter(None, pair))}</div>'
    yield _weights(arrays, labels)
    yield _mistakes(arrays, labels, split)
    yield _errors(arrays, labels, split)


def _confusion(arrays: Arrays, labels: Sequence[str], split: str) -> str:
    if "confusion" not in arrays:
        return ""
    counts = arrays["confusion"]
    note = f"{split}, true classes down, predicted ones across".lstrip(", ")
    if len(counts) <= LEGIBLE:
        return markup.part("Confusion", _matrix(counts, labels), note)
    uris = [images.confusion(counts, dark=dark) for dark in (DAY, NIGHT)]
    kinds = ("by-day", "by-night")
    drawn = "".join(
        f'<img class="pixels matrix {kind}" alt="confusion matrix of {len(counts)} classes" src="{uri}">'
        for kind, uri in zip(kinds, uris, strict=True)
    )
    pairs = markup.table(table.mistakes(arrays, labels, PAIRS), left=(0, 1))
    return markup.part("Confusion", drawn, note) + markup.part("Most frequent confusions", pairs)


def _matrix(counts: Any, labels: Sequence[str]) -> str:
    """Return the counts as a table, shaded by the share of the row; by its root: few among many must be seen."""
    shares = np.rint(100 * np.sqrt(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))).astype(int)
    names = [safe(name_of(labels, number)) for number in range(len(counts))]
    rows = [f"<tr><th></th>{''.join(f'<th>{name}</th>' for name in names)}</tr>"]
    for row, (name, line, share) in enumerate(zip(names, counts.tolist(), shares.tolist(), strict=True)):
        cells = (
            _count(count, part, row == column) for column, (count, part) in enumerate(zip(line, share, strict=True))
        )
        rows.append(f"<tr><th>{name}</th>{''.join(cells)}</tr>")
    return markup.framed("".join(rows), "confusion")


def _count(count: int, share: int, hit: bool) -> str:
    kinds = " ".join(word for word, there in (("hit", hit), ("full", share >= 60), ("none", not count)) if there)
    return f'<td{f" class={chr(34)}{kinds}{chr(34)}" if kinds else ""} style="--s:{share}">{count or "·"}</td>'


def _plane(arrays: Arrays, labels: Sequence[str]) -> str:
    if "surface" not in arrays:
        return ""
    truth, guesses = arrays["labels"].astype(int), arrays["predictions"].astype(int)
    behind = [images.surface(arrays, dark=dark) for dark in (DAY, NIGHT)]
    dots = _by_class(arrays["points"], truth, guesses)
    note = "stronger where the model is surer; crosses are training samples that it takes for another class"
    if "support" in arrays:
        dots.append(plot.Dots(np.asarray(arrays["points"], dtype=np.float64)[arrays["support"]], "#808890", "rings"))
        note += ", rings are support vectors"
    drawn = plot.plane("decision surface", _axes(arrays["extent"]), dots, behind)
    content = f'<div class="plane">{drawn}</div><p class="quiet">{note}</p>'
    return markup.part(surface_title(arrays), content, keys=_names(labels, np.unique(truth).tolist()))


def surface_title(arrays: Arrays) -> str:
    """Return what a decision surface is over: the plane of the data, or that of their principal components."""
    if "plane" not in arrays:
        return "Decision surface"
    shares = " and ".join(f"{float(share):.0%}" for share in arrays["plane"])
    return f"Decision surface on the plane of the first two principal components, {shares} of the variance"


def _axes(extent: Any, side: float = 480.0) -> plot.Axes:
    x0, x1, y0, y1 = map(float, extent)
    return plot.Axes((x0, x1), (y0, y1), side, side * 0.9)


def _by_class(points: Any, truth: Any, guesses: Any) -> list[plot.Dots]:
    """Return the points of each class in its colour, those taken for another one as crosses on top."""
    places = np.asarray(points, dtype=np.float64)[:POINTS]
    kinds = sorted(set(truth[:POINTS].tolist()))
    found: list[plot.Dots] = []
    signs: tuple[tuple[Literal["dots", "crosses"], bool], ...] = (("dots", False), ("crosses", True))
    for sign, wrong in signs:
        these = (truth != guesses)[:POINTS] == wrong
        found += [plot.Dots(places[these & (truth[:POINTS] == kind)], _of_class(kind), sign) for kind in kinds]
    return found


def _of_class(kind: int) -> str:
    return palette.CLASSES[kind % len(palette.CLASSES)] if kind >= 0 else "#808890"


def _names(labels: Sequence[str], kinds: Sequence[int]) -> str:
    known = [kind for kind in kinds if kind >= 0]
    if len(known) > NAMED:
        return ""
    return markup.keys((markup.spot(_of_class(kind)), name_of(labels, kind)) for kind in known)


def _fit(arrays: Arrays) -> str:
    if "fit_map" in arrays:
        behind = [images.values(arrays["fit_map"], dark=True)]
        dots = plot.Dots(np.asarray(arrays["points"], dtype=np.float64)[:POINTS], "#f4f6f8")
        drawn = plot.plane("predicted values", _axes(arrays["extent"]), [dots], behind)
        return markup.part("Predicted values over both inputs", f'<div class="plane">{drawn}</div>', "brighter is more")
    if "fit_x" not in arrays:
        return ""
    x, y = arrays["fit_x"].astype(float), arrays["fit_y"].astype(float)
    places = np.stack([arrays["points"][:, 0], arrays["targets"]], axis=1).astype(float)[:POINTS]
    heights = np.concatenate([y, places[:, 1]])
    heights = heights[np.isfinite(heights)]
    if not len(heights):
        return ""
    axes = plot.Axes((float(x.min()), float(x.max())), (float(heights.min()), float(heights.max())), 480.0, 300.0)
    line = plot.path(axes, x, y, palette.series(1))
    drawn = plot.plane("fitted curve", axes, [plot.Dots(places, palette.series(0))], parts=[line])
    legend = [(markup.spot(palette.series(0)), "training samples"), (plot.sample(palette.series(1)), "model")]
    return markup.part("Fitted curve", drawn, keys=markup.keys(legend))


def _classes(arrays: Arrays, labels: Sequence[str]) -> str:
    if "confusion" not in arrays:
        return ""
    content = table.classes(arrays, labels)
    if len(arrays["confusion"]) <= LEGIBLE:
        return markup.part("Classes", markup.table(content))
    return markup.folded("Classes", markup.table(content))


def _embedding(arrays: Arrays, labels: Sequence[str]) -> str:
    if "embedding" not in arrays or len(arrays["embedding"]) < FEWEST:
        return ""
    places, kinds = arrays["embedding"].astype(float), arrays["embedding_labels"].astype(int)
    known = places[np.isfinite(places).all(axis=1)]
    if not len(known):
        return ""
    low, high = known.min(axis=0), known.max(axis=0)
    room = np.maximum(high - low, 1e-9) * 0.04
    extent = np.stack([low - room, high + room], axis=1).ravel()
    drawn = plot.plane("embedding", _axes(extent), _by_class(places, kinds, arrays.get("embedding_predictions", kinds)))
    legend = _names(labels, np.unique(kinds).tolist())
    return markup.part("What the last layer is given", f'<div class="plane">{drawn}</div>', keys=legend)


def _weights(arrays: Arrays, labels: Sequence[str]) -> str:
    if "weights" not in arrays:
        return ""
    stack = arrays["weights"]
    uris = [images.weights(stack, dark=dark) for dark in ((DAY, NIGHT) if stack.ndim == 3 else (DAY,))]
    names = [name_of(labels, place) if len(stack) == len(labels) else str(place) for place in range(len(stack))]
    pairs = zip(zip(*uris, strict=True), names, strict=True)
    tiles = (markup.tile(each, safe(name), f"weights of {name}") for each, name in pairs)
    note = "blue is negative, red positive" if stack.ndim == 3 else ""
    return markup.part("Weights of the first layer", f'<div class="tiles">{"".join(tiles)}</div>', note)


def _mistakes(arrays: Arrays, labels: Sequence[str], split: str) -> str:
    if "worst_images" not in arrays:
        return ""
    parts = (arrays[f"worst_{name}"][:WORST].tolist() for name in ("labels", "predictions", "losses"))
    tiles = []
    for image, true, guess, loss in zip(arrays["worst_images"][:WORST], *parts, strict=True):
        names = [_short(answer(each, labels)) for each in (true, guess)]
        words = " → ".join(dict.fromkeys(names)) if true == guess else " → ".join(names)
        tiles.append(markup.tile([images.photo(image)], f"{safe(words)}<br>{_loss(loss)}", words))
    note = f"{split}, true → predicted, loss".lstrip(", ")
    return markup.part("Worst mistakes", f'<div class="tiles">{"".join(tiles)}</div>', note)


def _short(name: str) -> str:
    return name if len(name) <= CAPTION else f"{name[: CAPTION - 1]}…"


def _loss(loss: float) -> str:
    return f'<span class="quiet">{safe(number(loss))}</span>'


def answer(value: Any, labels: Sequence[str]) -> str:
    """Return the name of a class, or numbers."""
    return name_of(labels, value) if isinstance(value, int) else ", ".join(map(number, value))


def _errors(arrays: Arrays, labels: Sequence[str], split: str) -> str:
    if "worst_inputs" not in arrays:
        return ""
    parts = (arrays[f"worst{name}"][:ROWS].tolist() for name in ("", "_losses", "_labels", "_predictions", "_inputs"))
    rows = [
        [place, loss, answer(true, labels), answer(guess, labels), ", ".join(map(number, inputs[:INPUTS]))]
        for place, loss, true, guess, inputs in zip(*parts, strict=True)
    ]
    content = markup.table(Table(["sample", "loss", "true", "predicted", "inputs as stored"], rows), left=(2, 3, 4))
    return markup.part("Samples with the largest loss", content, split)

"""The report: one page that is whole in itself, says what the runs were, and takes no name for markup."""

import base64
import io
import json
import re
import shutil
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tuitrain.paper import drawn, html, images, plot
from tuitrain.paper.plot import Line
from tuitrain.runs import store
from tuitrain.runs.series import Series
from tuitrain.runs.store import Run
from tuitrain.runs.watch import Watch, look

RECORDED = Path(__file__).parents[1] / "recorded"
HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e\"'&[b]"
VOID = {"meta", "img", "br", "wbr"}
REACHING = ("src", "href", "srcset", "xlink:href", "action", "data")


class Page(HTMLParser):
    """A page as a browser takes it: its tags, what they refer to, its words, and whether all are closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.words = ""
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of a tag and what it refers to."""
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in REACHING]
        assert not [name for name, _ in attrs if name.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of a tag that is closed at once."""
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Check that it closes the last one that is open."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Take note of words."""
        self.words += data


def watches(name: str, folder: Path = RECORDED) -> list[Watch]:
    """Return recorded runs in the order in which they were trained."""
    return [look(run) for run in store.listed(folder / name)[::-1]]


def copied(name: str, folder: Path) -> Run:
    """Copy a recorded run to where it may be changed."""
    shutil.copytree(RECORDED / name, folder / name)
    return store.listed(folder / name)[0]


@pytest.mark.parametrize("name", ["digits", "plane", "numbers", "diverged", "stopped", "fitted", "closely"])
def test_every_kind_of_run_makes_a_whole_page(tmp_path: Path, name: str) -> None:
    """All tags are closed, there is no script, nothing is fetched, and the page is small."""
    runs = watches(name)
    html.report(runs, tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    page = Page(text)
    assert not page.open
    assert not {"script", "link", "iframe", "object"} & set(page.tags)
    assert all(link.startswith(("data:image/png;base64,", "#run-")) for link in page.links)
    assert "url(" not in text
    assert "@import" not in text
    assert len(text) < 130_000 * len(runs)
    for watch in runs:
        assert watch.run.id in page.words
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_what_a_person_looks_for_is_there(tmp_path: Path) -> None:
    """Models, settings that differ, final metrics, curves, log and experiment are on the page of several runs."""
    page = Page(html.page(watches("plane")))
    for words in ("mlp 10,10", "Settings that differ", "model.hidden", "0.3015", "Loss", "Accuracy", "validation"):
        assert words in page.words
    for words in ("Confusion", "Decision surface", "Classes", "Parameters", "completed at step", "batch_size"):
        assert page.words.count(words) >= 3
    assert Page(html.page(watches("diverged"))).words.count("became nan at step 8") >= 1


def test_names_of_all_kinds_are_only_text(tmp_path: Path) -> None:
    """A model, classes, messages, tensors and a file full of markup and control characters leave the page whole."""
    run = copied("plane", tmp_path)
    records = [json.loads(line) for line in run.journal.read_text().splitlines()]
    for record in records:
        if record["event"] == "started":
            record |= {"model": HOSTILE, "labels": [HOSTILE, "-"], "device": HOSTILE, "versions": {HOSTILE: HOSTILE}}
            record["table"] = [[HOSTILE, shape] for _, shape in record["table"]]
    records.insert(-1, records[-1] | {"event": "warned", "message": HOSTILE})
    run.journal.write_text("".join(json.dumps(record) + "\n" for record in records))
    with (run.path / "experiment.toml").open("a") as file:
        file.write(f"\n# {HOSTILE}\n")
    text = html.page([look(run)])
    page = Page(text)
    assert not page.open
    assert "script" not in page.tags
    assert page.words.count(r"<script>alert(1)</script>\x1b[31m\u202e" + "\"'&[b]") >= 8
    assert not [character for character in text if ord(character) < 32 and character != "\n"]
    assert "\u202e" not in text


def test_damaged_and_unfinished_runs_have_a_page(tmp_path: Path) -> None:
    """Without a snapshot, an experiment or an end, what there is is told."""
    run = copied("stopped", tmp_path)
    shutil.rmtree(run.path / "snapshots")
    (run.path / "experiment.toml").write_text("[dataset\n")
    page = Page(html.page([look(run)]))
    assert "stopped" in page.words
    assert "Confusion" not in page.words
    run.journal.write_text("")
    (run.path / "summary.json").unlink()
    page = Page(html.page([look(run)]))
    assert not page.open
    assert "lost" in page.words


def plots(text: str) -> list[ET.Element]:
    """Return the curves of a page."""
    return [ET.fromstring(part) for part in re.findall(r'<svg class="plot".*?</svg>(?:<text.*?)?</svg>', text)]


def test_curves_go_through_the_points_of_the_history() -> None:
    """The ends of a line are where its first and last value belong, validation is dashed, all lines are cut alike."""
    (watch, _) = watches("digits")
    loss = next(root for root in plots(html.page([watch])) if root.findtext("title") == "Loss")
    train, val = [path for path in loss.iter("path") if path.get("class") == "line"]
    assert val.get("stroke-dasharray")
    assert not train.get("stroke-dasharray")
    assert train.get("stroke") != val.get("stroke")
    series = watch.history.curve("train/loss")
    points = [tuple(map(float, point.split())) for point in (train.get("d") or "")[1:].split("L")]
    assert len(points) == len(series)
    heights, values = [y for _, y in points], series.values.tolist()
    assert np.corrcoef(heights, values)[0, 1] == pytest.approx(-1, abs=1e-4)
    assert points[-1][0] == pytest.approx(560 - plot.RIGHT, abs=0.1)


def test_long_curves_are_thinned_and_gaps_stay() -> None:
    """Of 300,000 points some hundred are drawn over a band of all of them; a value that is not finite cuts the line."""
    series = Series()
    values = np.sin(np.arange(300_000) / 3e4) + 2
    values[150_000] = np.nan
    series.extend(range(300_000), values.tolist())
    line = Line("train", series.part(pieces=html.PIECES), "#2e90e0")
    root = ET.fromstring(plot.curves("loss", [line]))
    (band,) = [path.get("d") or "" for path in root.iter("path") if path.get("class") == "band"]
    (drawn_line,) = [path.get("d") or "" for path in root.iter("path") if path.get("class") == "line"]
    assert drawn_line.count("M") == 2
    assert 300 < drawn_line.count("L") < 1000
    assert band.endswith("z")


def test_steep_losses_get_a_logarithmic_scale() -> None:
    """From a million to one the numbers beside the plot are powers of ten; nothing finite draws nothing."""
    series = Series()
    series.extend(range(7), [10.0 ** (6 - step) for step in range(7)])
    drawing = plot.curves("loss", [Line("", series.part(), "#000000")], steep=True)
    assert ">1e6<" in drawing
    assert "logarithmic" in drawing
    empty = Series()
    empty.extend(range(3), [None] * 3)
    assert plot.curves("loss", [Line("", empty.part(), "#000000")]) == ""


def decoded(uri: str) -> Image.Image:
    """Return the picture of a data URI."""
    return Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))).convert("RGB")


def test_a_surface_has_the_colours_of_its_classes_and_a_contour() -> None:
    """Left and right of the boundary the ground tends to the colours of two classes, and the boundary is drawn."""
    classes = np.zeros((96, 96), dtype=np.int16)
    classes[:, 48:] = 1
    sure = np.full((96, 96), 255, dtype=np.uint8)
    arrays = {"surface": classes, "confidence": sure, "extent": np.array([0.0, 1.0, 0.0, 1.0])}
    for dark in (False, True):
        image = decoded(images.surface(arrays, dark=dark))
        left, right = image.getpixel((50, 240)), image.getpixel((430, 240))
        assert isinstance(left, tuple)
        assert isinstance(right, tuple)
        assert left[2] > left[0]  # blue
        assert right[0] > right[2]  # orange
        row = {image.getpixel((x, 240)) for x in range(235, 245)}
        assert len(row - {left, right}) >= 1


def test_pictures_are_exact() -> None:
    """Bytes of an image come back as they are, in grey and in colour; a large matrix has a pixel for each pair."""
    grey = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    assert np.asarray(decoded(images.photo(grey)))[..., 1].tolist() == grey[0].tolist()
    colours = np.random.default_rng(0).integers(0, 256, (3, 20, 30), dtype=np.uint8)
    assert np.array_equal(np.asarray(decoded(images.photo(colours))), colours.transpose(1, 2, 0))
    assert decoded(images.confusion(np.eye(100, dtype=np.int32), dark=False)).size == (100, 100)


def test_a_hundred_classes_are_a_picture_and_the_worst_pairs() -> None:
    """Ten thousand cells would be half a megabyte: they are drawn, and the most frequent confusions are named."""
    counts = np.diag(np.full(100, 20, dtype=np.int32))
    counts[3, 7] = 9
    labels = [f"class {number}" for number in range(100)]
    text = "".join(drawn.pictures({"confusion": counts, "split": np.array("val")}, labels))
    assert len(text) < 60_000
    assert "Most frequent confusions" in text
    assert re.search(r"class 3</td>.*?class 7</td><td>9</td>", text)


def test_a_plane_through_many_dimensions_is_called_so() -> None:
    """The title says which plane, and how much of the variance lies in it."""
    assert drawn.surface_title({"plane": np.array([0.61, 0.2])}).endswith("61% and 20% of the variance")

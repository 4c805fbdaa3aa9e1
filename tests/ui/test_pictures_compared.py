"""What a snapshot to compare with does to the pictures of another one, and that all of it fits anywhere."""

import numpy as np
import pytest
from alone import VAL, alone, classes, cloud, curve, mistakes, painted, plane, units, words
from textual.app import App, ComposeResult
from textual.containers import VerticalScroll

from tuitrain.drawing.look import Look
from tuitrain.ui.widgets.classes import Classes
from tuitrain.ui.widgets.picture import SAME, Arrays, Picture
from tuitrain.ui.widgets.pictures import Confusion, Embedding, Surface, Weights
from tuitrain.ui.widgets.samples import Mistakes, Samples

LOOKS = [Look(), Look(dark=False), Look(depth=8), Look(depth=4), Look(colour=False), Look(ascii=True)]
SIZES = [(1, 1), (3, 2), (40, 6), (80, 15)]


async def test_the_difference_of_a_matrix() -> None:
    """Counts become what was added to the best with its sign, and pairs are those that changed most."""
    now, best = classes(4), classes(4)
    now["confusion"] = now["confusion"].copy()
    now["confusion"][0] = [390, 4, 7, 0]
    view = Confusion()
    async with alone(view, now, reference=best, labels=list("abcd")) as (pilot, _):
        assert view.of == "val, difference to the best"
        assert painted(view)[2 + 1].split() == ["a", "-10", "+3", "+7", "·"]
        view.aspect = 2
        await pilot.pause()
        rows = [row.split() for row in painted(view)]
        assert rows[0] == ["true", "predicted", "change", "now", "best"]
        assert [row[:6] for row in rows[1:3]] == [["a", "→", "c", "+7", "7", "0"], ["a", "→", "b", "+3", "4", "1"]]


@pytest.mark.parametrize(
    ("view", "now", "best", "sentence"),
    [
        (Confusion, classes(4), classes(4), SAME),
        (Confusion, classes(4), classes(5), "no difference: the best snapshot is of another size"),
        (Confusion, classes(4), classes(4) | {"split": np.array("train")}, "the best is of train, this is of val"),
        (Confusion, classes(4), {"split": VAL}, "no difference: the best snapshot holds none of this"),
        (Classes, classes(4), classes(3), "no difference: the best snapshot is of another size"),
        (Surface, plane(), plane(), SAME),
        (Surface, plane(), plane() | {"extent": np.array([0, 1, 0, 1.0])}, "the best snapshot is of another plane"),
        (Surface, curve(), curve(), SAME),
        (Weights, units(4), units(5), "no difference: the best snapshot is of another size"),
        (Embedding, cloud(), cloud() | {"embedding_labels": np.zeros(40, dtype=int)}, "is of other samples"),
        (Embedding, cloud(), cloud() | {"tsne": np.array(1)}, "one is laid out by PCA, the other by t-SNE"),
        (Mistakes, mistakes(), mistakes(), SAME),
        (Samples, {"samples": np.zeros((2, 1, 8, 8), dtype=np.uint8)}, {}, ""),
    ],
)
async def test_why_there_is_no_difference(view: type[Picture], now: Arrays, best: Arrays, sentence: str) -> None:
    """What cannot be compared is drawn as it is, below a sentence that says why; without a wish nothing is said."""
    picture = view()
    given = dict(now)
    if view is Samples:
        given |= {"sample_labels": np.zeros(2, dtype=int), "sample_probabilities": np.full((2, 3), 0.3)}
    async with alone(picture, given, (90, 20)) as (pilot, _):
        plain = painted(picture)
        picture.reference = best
        await pilot.pause()
        assert sentence in painted(picture)[0]
        assert "difference" not in picture.of
        picture.reference = {}
        await pilot.pause()
        assert painted(picture) == plain


async def test_what_flipped() -> None:
    """The region of another class is hatched and its share told; points are those that are predicted otherwise."""
    view = Surface()
    async with alone(view, plane(48), reference=plane(72)):
        assert view.of == "training samples, difference to the best: 25 % of the plane flipped"
        assert words(view).count("/") > 100
        drawn = words(view)
        changed = (plane(48)["predictions"] != plane(72)["predictions"]).sum()
        assert drawn.count("●") + drawn.count("✗") == changed


async def test_the_difference_of_a_map() -> None:
    """Of numbers over a plane the map is what was added, on a scale with signs."""
    now = {
        "fit_map": np.full((8, 8), 3.0),
        "extent": np.array([0, 1, 0, 1.0]),
        "points": np.zeros((1, 2)),
        "targets": np.zeros(1),
    }
    view = Surface()
    async with alone(view, now, reference=now | {"fit_map": np.full((8, 8), 1.0)}):
        assert painted(view)[-1].split() == ["-2", "+2"]
        assert view.can_focus


async def test_the_change_of_weights() -> None:
    """Weights are compared number by number; filters of colours as the mean of their colours."""
    view = Weights()
    async with alone(view, units(4), reference=units(4, 0.5)) as (pilot, _):
        assert view.of == "units of the first layer, difference to the best"
        assert view._stack() == pytest.approx(np.full((4, 8, 8), -0.5))
        colours = np.zeros((2, 3, 5, 5))
        view.arrays, view.reference = {"weights": colours + 1}, {"weights": colours}
        await pilot.pause()
        assert view._stack() == pytest.approx(np.ones((2, 5, 5)))


async def test_where_samples_were() -> None:
    """Those that are predicted otherwise than by the best are drawn, with a mark where each was."""
    view = Embedding()
    async with alone(view, cloud(5), reference=cloud(), labels=list("abcd")):
        assert view.of == "PCA, 40 samples of val, difference to the best: 5 predicted otherwise"
        assert 1 <= words(view).count("✗") <= 5
        assert 1 <= words(view).count("○") <= 5


@pytest.mark.parametrize("images", [True, False])
async def test_mistakes_that_came_and_went(images: bool) -> None:
    """Samples that were not among the worst of the best snapshot are new; those of its own have gone."""
    view = Mistakes()
    async with alone(view, mistakes(2, images), reference=mistakes(0, images), labels=list("abc")) as (pilot, _):
        assert "difference to the best: 2 new, 2 gone" in view.of
        assert view.count == 8
        if not images:
            firsts = [row.split()[0] for row in painted(view)[1:9]]
            assert firsts == ["2", "3", "4", "5", "new", "new", "gone", "gone"]
            return
        await pilot.press("end")
        assert "sample 1 of val: b, predicted c, loss 4.200, no longer among the worst" in words(view)
        await pilot.press("home", *["right"] * 4)
        assert "sample 6 of val" in words(view)
        assert "new among the worst" in words(view)


async def test_the_difference_of_classes() -> None:
    """Each number is what was added to that of the best, with its sign; what did not change is a dot."""
    now, best = classes(3), classes(3)
    now["confusion"] = now["confusion"].copy()
    now["confusion"][0] = [300, 101, 0]
    view = Classes()
    async with alone(view, now, reference=best, labels=list("abc")):
        rows = [row.split() for row in painted(view)]
        assert rows[0] == ["class", "samples", "precision", "recall", "F1"]
        assert rows[2][:2] == ["a", "401"]
        assert rows[2][2] == "·"
        assert rows[2][3] == f"{(300 - 400) / 401:+.4f}"
        assert rows[4][2:] == ["·", "·", "·"]


EVERYTHING = [
    (Confusion, classes(1), classes(1)),
    (Confusion, {"confusion": np.full((100, 100), 987654), "split": VAL}, classes(100)),
    (Confusion, {"confusion": np.zeros((3, 3), dtype=int), "split": VAL}, classes(3)),
    (Classes, classes(100), classes(100)),
    (Surface, plane(), plane(60)),
    (Surface, plane() | {"confidence": np.full((96, 96), np.nan)}, plane(9)),
    (Surface, curve(), curve(2)),
    (Weights, units(30), units(30, 1)),
    (Embedding, cloud(3), cloud()),
    (Mistakes, mistakes(3), mistakes()),
    (Mistakes, mistakes(3, False), mistakes(0, False)),
]


class All(App[None]):
    """All pictures at once, each of the size that is asked for."""

    def __init__(self, pictures: list[Picture], look: Look) -> None:
        super().__init__()
        self.pictures, self.look = pictures, look

    def compose(self) -> ComposeResult:
        """Show them."""
        with VerticalScroll():
            yield from self.pictures


@pytest.mark.parametrize("look", LOOKS)
async def test_every_view_at_every_size(look: Look) -> None:
    """Every side of every view, plain and as a difference, fills its cells, from one cell on."""
    pictures = [view() for view, _, _ in EVERYTHING]
    async with All(pictures, look).run_test(size=(310, 80)) as pilot:
        for picture, (_, now, _) in zip(pictures, EVERYTHING, strict=True):
            picture.labels = ["[/bold]", "evil\x1b[2J", "日本語", *("k" * number for number in range(97))]
            picture.arrays = now
        for size in SIZES + [(300, 60)] * (look == Look()):
            for picture in pictures:
                picture.styles.width, picture.styles.height = size
            await pilot.pause()
            for picture, (_, _, best) in zip(pictures, EVERYTHING, strict=True):
                assert picture.size == size
                for aspect, reference in enumerate([{}, best, {}][: max(len(picture.aspects), 2)]):
                    picture.aspect, picture.reference = aspect, reference
                    check(picture, size)


def check(picture: Picture, size: tuple[int, int]) -> None:
    """Assert that a drawing fills its cells and holds nothing that acts on the terminal."""
    drawn = painted(picture)
    assert len(drawn) == size[1]
    assert {sum(segment.cell_length for segment in line) for line in picture._lines} == {size[0]}
    assert not any(ord(character) < 32 for row in drawn for character in row)

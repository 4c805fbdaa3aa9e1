import math

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult

from tuitrain.drawing.gauge import bar, history
from tuitrain.drawing.look import Look
from tuitrain.machine import Card, Sample, Worker
from tuitrain.ui.widgets.machine import Machine

GB = 1 << 30


def samples(cards: int) -> list[Sample]:
    """Return two minutes of a machine whose processor goes up and down, its memory filling."""
    return [
        Sample(
            time=float(second), cpu=50 + 40 * math.sin(second / 9), busiest=100.0, cores=8,
            memory_used=8 * GB + second * GB // 18, memory_total=16 * GB, swap_used=0, swap_total=0, free=77 * GB,
            load=3.2, temperature=71.0, worker=Worker(390.0, GB, 14, 3),
            cards=(Card("NVIDIA", 4.0, 20 * GB, 80 * GB, 68.0, 412.0, 700.0),) * cards,
            without="" if cards else "no graphics card of NVIDIA",
        )
        for second in range(121)
    ]  # fmt: skip


class Alone(App[None]):
    """The view on a screen of its own."""

    def __init__(self, cards: int, look: Look) -> None:
        super().__init__()
        self.cards, self.look = cards, look

    def compose(self) -> ComposeResult:
        """Show it."""
        yield Machine()

    def show(self) -> list[str]:
        """Give it samples and return its lines."""
        view = self.query_one(Machine)
        view.device = "cuda:0" if self.cards else "cpu"
        view.samples = samples(self.cards)
        return ["".join(segment.text for segment in line) for line in view.draw(*view.size)]


@pytest.mark.parametrize("size", [(40, 6), (40, 12), (78, 20), (120, 30), (200, 60)])
@pytest.mark.parametrize("only_ascii", [False, True])
async def test_it_fits_every_size(size: tuple[int, int], only_ascii: bool) -> None:
    """Lines are as long as there is room; what is wrong stands first, then how full and busy everything is."""
    app = Alone(cards=1, look=Look(ascii=only_ascii))
    async with app.run_test(size=size):
        lines = app.show()
        assert len(lines) == size[1]
        assert {cell_len(line) for line in lines} == {size[0]}
        assert lines[0].startswith(" memory nearly full: 1.3 GB left")
        assert any(line.startswith(" processor") for line in lines)
        assert not only_ascii or "".join(lines).isascii()
        assert size[1] < 12 or any("GPU idle (4 %)" in line for line in lines)


async def test_the_history_is_that_of_the_samples() -> None:
    """The wave of the processor can be seen in one line and, where there is room, in several."""
    app = Alone(cards=0, look=Look())
    async with app.run_test(size=(120, 18)):
        lines = app.show()
        (row,) = [line for line in lines if line.startswith(" processor  ")]
        assert {*"▁▇"} < set(row[60:])
        assert any("training on the processor" in line for line in lines)


async def test_waiting_for_the_first_sample() -> None:
    """Before anything is known it says what it does."""
    app = Alone(cards=0, look=Look())
    async with app.run_test(size=(60, 10)):
        view = app.query_one(Machine)
        assert any("looking at the machine" in "".join(part.text for part in line) for line in view.draw(60, 10))


def test_bars_and_histories() -> None:
    """A share takes its part of the bar; a column of a history its part of the rows, and what is unknown is blank."""
    assert bar(0.5, 8, Look(ascii=True)) == ("####", "....")
    assert bar(7, 4, Look()) == ("████", "")
    assert bar(0.3, 4, Look()) == ("█▎", "··")
    assert history([0.0, 0.5, 1.0, None], 2, Look()) == ["  █ ", "▁██ "]
    assert history([0.0, 1.0, None], 1, Look(ascii=True)) == [".# "]

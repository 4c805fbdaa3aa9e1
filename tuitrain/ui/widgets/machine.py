"""How busy the machine is: sentences first, then a bar and a short history of processor, memory and graphics cards."""

from collections.abc import Callable, Iterator, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, NamedTuple

from textual.reactive import reactive

from tuitrain.drawing.text import clean, shorten
from tuitrain.machine import SPAN, Card, Sample
from tuitrain.ui.widgets.canvas import Canvas, note
from tuitrain.verdict import judge, size

if TYPE_CHECKING:
    from tuitrain.drawing.cells import Canvas as Sheet, Lines

WAITING = "looking at the machine ..."
HEADED = 9  # lines from which one stays free below the sentences
TALLEST = 4  # rows of a history
BAR, SHORTEST = 30, 8  # cells of a bar at most, and at least
PAST = 60  # cells of a history: two seconds each
GAP = 2
STALE = 10.0  # seconds for which a sample stands for what came after it
FULL = 0.9  # the share from which a bar is in the colour of a warning
CALM = ("processor busy", "GPU busy", "GPU slowed down by its power limit", "no graphics card")
"""How sentences begin that are no warning."""

Share = Callable[[Sample], float | None]


class Gauge(NamedTuple):
    """A line: its name, its value in words, and how the share of it (0..1) is read from a sample."""

    name: str
    words: str
    share: Share | None = None
    tight: bool = False
    """Whether being full is something to worry about."""


class Machine(Canvas):
    """Its samples are those of the last two minutes, oldest first; only the newest is told in numbers."""

    samples: reactive[Sequence[Sample]] = reactive[Sequence[Sample]]((), init=False)
    device: reactive[str] = reactive("", init=False)
    """The device on which the run in front is being trained; nothing while none is."""
    of = "the last two minutes"

    def watch_samples(self) -> None:
        """Show the newest."""
        self.redraw()

    def watch_device(self) -> None:
        """Judge anew."""
        self.redraw()

    def draw(self, width: int, height: int) -> "Lines":
        """Draw sentences, then as many gauges as there is room for, the most telling first."""
        from tuitrain.drawing.cells import Canvas as Sheet

        if not self.samples:
            return note(WAITING, width, height)
        sheet = Sheet(width, height, self.look)
        top = self._say(sheet)
        gauges = list(_gauges(self.samples[-1]))[: max(height - top, 0)]
        rows = max(min((height - top) // max(len(gauges), 1), TALLEST), 1)
        for number, gauge in enumerate(gauges):
            self._draw_gauge(sheet, top + number * rows, rows, gauge, gauges)
        return sheet.lines()

    def _say(self, sheet: "Sheet") -> int:
        """Write the sentences, warnings in a colour of their own; return the first free row."""
        from tuitrain.drawing.palette import grey, pack, series

        room = max(sheet.height // 3, 1)
        sentences = judge(self.samples, self.device)
        lines = [
            (line, text.startswith(CALM))
            for text in sentences
            for line in wrap(clean(text), max(sheet.width - 2, 8), subsequent_indent="  ")
        ][:room]
        for row, (line, calm) in enumerate(lines):
            sheet.write(row, 1, line, grey(sheet.look.dark) if calm else pack(series(1)))
        return len(lines) + (sheet.height >= HEADED and bool(lines))

    def _draw_gauge(self, sheet: "Sheet", row: int, rows: int, gauge: Gauge, gauges: Sequence[Gauge]) -> None:
        """Write name and value, and behind them as much of bar and history as there is room for."""
        from tuitrain.drawing.gauge import bar, history
        from tuitrain.drawing.palette import faint, grey, pack, series

        names, values = max(len(each.name) for each in gauges), max(len(each.words) for each in gauges)
        quiet = grey(sheet.look.dark)
        sheet.write(row, 1, gauge.name, quiet)
        sheet.write(row, names + 3, shorten(gauge.words, sheet.width - names - 4, ascii=sheet.look.ascii))
        left = 1 + names + GAP + values + GAP
        room = sheet.width - left - 1
        if gauge.share is None or room < SHORTEST:
            return
        now = gauge.share(self.samples[-1]) or 0.0
        colour = pack(series(1 if gauge.tight and now >= FULL else 0))
        wide = min(room if room < SHORTEST + GAP + PAST // 2 else max(room - GAP - PAST, SHORTEST), BAR)
        filled, rest = bar(now, wide, sheet.look)
        sheet.write(row, left, filled, colour)
        sheet.write(row, left + len(filled), rest, faint(sheet.look.dark))
        past = min(room - wide - GAP, PAST)
        if past >= PAST // 4:
            tall = max(rows - 1, 1)
            for line, text in enumerate(history(_past(self.samples, gauge.share, past), tall, sheet.look)):
                sheet.write(row + line, left + wide + GAP, text, colour)


def _past(samples: Sequence[Sample], share: Share, cells: int) -> list[float | None]:
    """Return the share at even times up to now, None where nothing was known."""
    now, step = samples[-1].time, SPAN / PAST
    found: list[float | None] = []
    for cell in range(cells - 1, -1, -1):
        time = now - cell * step
        last = next((sample for sample in reversed(samples) if sample.time <= time), None)
        found.append(share(last) if last is not None and time - last.time <= STALE else None)
    return found


def _gauges(last: Sample) -> Iterator[Gauge]:
    """Return what there is to tell, the most telling first."""
    for number, card in enumerate(last.cards):
        yield from _of_card(number, card, len(last.cards))
    heat = f", {last.temperature:.0f} C" if last.temperature is not None else ""
    load = f", load {last.load:.1f}" if last.load is not None else ""
    yield Gauge("processor", f"{last.cpu:.0f} % of {last.cores} cores{heat}", lambda sample: sample.cpu / 100)
    yield Gauge(
        "memory",
        _of(last.memory_used, last.memory_total),
        lambda sample: sample.memory_used / max(sample.memory_total, 1),
        tight=True,
    )
    if last.worker is not None:
        words = f"{last.worker.cpu / 100:.1f} cores, {size(last.worker.memory)}"
        yield Gauge("training", words, _share_of_worker)
    yield Gauge("busiest", f"{last.busiest:.0f} %{load}", lambda sample: sample.busiest / 100)
    if last.swap_total:
        yield Gauge(
            "swap",
            _of(last.swap_used, last.swap_total),
            lambda sample: sample.swap_used / max(sample.swap_total, 1),
            tight=True,
        )
    if last.worker is not None:
        several = f" in {last.worker.processes} processes" if last.worker.processes > 1 else ""
        yield Gauge("threads", f"{last.worker.threads}{several}")
    if last.free is not None:
        yield Gauge("disk", f"{size(last.free)} left")


def _of(used: int, total: int) -> str:
    """Return "12.3 of 32.0 GB"; the unit twice where it is not the same."""
    one, all_ = size(used), size(total)
    return f"{one.removesuffix(all_[-3:])} of {all_}"


def _share_of_worker(sample: Sample) -> float | None:
    return sample.worker.cpu / 100 / max(sample.cores, 1) if sample.worker else None


def _of_card(number: int, card: Card, count: int) -> Iterator[Gauge]:
    """Return the lines of a graphics card: how busy it is, how full its memory."""
    name = f"GPU {number}" if count > 1 else "GPU"

    def use(sample: Sample) -> float | None:
        known = sample.cards[number].use if number < len(sample.cards) else None
        return None if known is None else known / 100

    def memory(sample: Sample) -> float | None:
        if number >= len(sample.cards):
            return None
        return sample.cards[number].memory_used / max(sample.cards[number].memory_total, 1)

    heat = f", {card.temperature:.0f} C" if card.temperature is not None else ""
    power = f", {card.power:.0f} W" if card.power is not None else ""
    yield Gauge(name, ("?" if card.use is None else f"{card.use:.0f} %") + heat + power, use)
    yield Gauge(f"{name} memory", _of(card.memory_used, card.memory_total), memory, tight=True)

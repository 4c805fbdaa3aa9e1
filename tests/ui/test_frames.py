import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from cockpits import Given, cockpit, painted, running, until
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.pilot import Pilot
from textual.strip import Strip

from tuitrain.ui.frames import Page

CODES = re.compile(r"\x1b\[(\d*);?(\d*)H|\x1b\[(\d+)C|\x1b\[([\d;]*)m|([^\x1b\n])")
ON_BLANKS = {"4", "7", "9"}
Look = tuple[frozenset[str], str, str]
PLAIN: Look = (frozenset(), "", "")


class Glass:
    """A terminal: what is written to it can be looked at, cell by cell."""

    def __init__(self) -> None:
        self.cells: dict[tuple[int, int], tuple[str, Look]] = {}
        self.look, self.row, self.column = PLAIN, 0, 0

    def feed(self, text: str) -> None:
        """Do what the text says; fail on a sequence that is not understood."""
        end = 0
        for found in CODES.finditer(text):
            assert found.start() == end, repr(text[end : found.start()])
            end = found.end()
            line, column, by, sgr, character = found.groups()
            if character is not None:
                self.cells[self.row, self.column] = (character, self.look)
                self.column += 1
            elif sgr is not None:
                self.look = changed(self.look, sgr.split(";"))
            elif by is not None:
                self.column += int(by)
            else:
                self.row, self.column = int(line or 1) - 1, int(column or 1) - 1
        assert end == len(text.rstrip("\n"))

    def seen(self, row: int, column: int) -> tuple[str, Look]:
        """Return what can be seen in a cell: of a blank only its ground."""
        return seen(*self.cells[row, column])


def changed(look: Look, codes: Sequence[str]) -> Look:
    """Return how cells are written after these codes of SGR."""
    attributes, front, back = look
    rest = list(codes)
    while rest:
        code = rest.pop(0)
        if code in ("", "0"):
            attributes, front, back = PLAIN
        elif code in ("38", "48"):
            count = 4 if rest[0] == "2" else 2
            colour, rest = ";".join([code, *rest[:count]]), rest[count:]
            front, back = (colour, back) if code == "38" else (front, colour)
        elif code == "39" or (len(code) > 1 and code[:-1] in ("3", "9")):
            front = "" if code == "39" else code
        elif code == "49" or (len(code) > 1 and code[:-1] in ("4", "10")):
            back = "" if code == "49" else code
        else:
            attributes |= {code}
    return attributes, front, back


def seen(character: str, look: Look) -> tuple[str, Look]:
    """Return what can be seen of a character."""
    if character == " " and not look[0] & ON_BLANKS:
        return " ", (frozenset(), "", look[2])
    return character, look


def cells(segments: Sequence[Segment], system: ColorSystem = ColorSystem.TRUECOLOR) -> list[tuple[str, Look]]:
    """Return what can be seen of a line, as the codes of Textual say."""
    found = []
    for text, style, _ in segments:
        codes = Strip.render_ansi(style or Style.null(), system)
        found += [seen(character, changed(PLAIN, codes.split(";"))) for character in text]
    return found


class Watched(Given):
    """A cockpit whose frames go to a glass."""

    glass: Glass
    bytes_sent = bytes_usual = 0

    def _display(self, screen: Any, renderable: Any) -> None:
        super()._display(screen, renderable)
        if isinstance(renderable, ChopsUpdate | LayoutUpdate) and not self._batch_count:
            written = self._page.write(renderable, self.console)
            self.glass.feed(written)
            self.bytes_sent += len(written)
            self.bytes_usual += len(renderable.render_segments(self.console))


def watched(folder: Path, name: str) -> Watched:
    """Return a watched cockpit on recorded runs."""
    plain = cockpit(folder, name)
    app = Watched(*plain.find())
    app.glass = Glass()
    return app


def agrees(app: Watched) -> bool:
    """Tell whether the glass shows what is painted, wherever a cell is one character."""
    for row, segments in enumerate(painted(app)):
        expected = cells(segments)
        if [app.glass.seen(row, column) for column in range(len(expected))] != expected:
            return False
    return True


@pytest.mark.parametrize("name", [pytest.param("digits", marks=pytest.mark.slow), "plane"])
@pytest.mark.slow
async def test_the_terminal_shows_what_is_painted(tmp_path: Path, name: str) -> None:
    """Whatever is opened, moved and closed, each cell has the character and the colours that Textual gave it."""
    app = watched(tmp_path, name)
    async with running(app) as pilot:
        await settled(app, pilot)
        for key in ("2", "1", "z", "z", "z", "question_mark", "escape", "c", "tab", "down", "escape", "n", "5", "4"):
            await pilot.press(key)
            await settled(app, pilot)
        await pilot.resize_terminal(90, 30)
        await settled(app, pilot)
    assert app.bytes_sent < 0.8 * app.bytes_usual


async def settled(app: Watched, pilot: Pilot[Any]) -> None:
    """Wait until everything that is to be painted is painted."""
    await pilot.pause()
    await until(pilot, lambda: agrees(app))


RED, GREEN = Style(color="#ff0000", bgcolor="#000010"), Style(color="#00ff00", bgcolor="#000010", bold=True)
CONSOLE = Console(color_system="truecolor")


def line(page: Page, *segments: Segment, spans: tuple[int, int] = (0, 10)) -> str:
    """Return what a page writes where the first line of a screen of ten columns is this."""
    update = ChopsUpdate([{0: Strip(segments)}], [(0, *spans)], [[10]])
    return page.write(update, CONSOLE)


def test_only_cells_that_differ_are_written() -> None:
    """A line that is painted again as it was costs nothing; of another only what changed, wherever it stands."""
    page = Page()
    assert "abcdefghij" in line(page, Segment("abcdefghij", RED))
    assert line(page, Segment("abcdefghij", RED)) == ""
    assert line(page, Segment("abcdefXhij", RED)) == "\x1b[1;7H\x1b[38;2;255;0;0;48;2;0;0;16mX\x1b[0m"


def test_a_pen_changes_only_by_what_differs() -> None:
    """The second run sets its attribute and its foreground; the ground stays; blanks take whatever pen there is."""
    written = line(Page(), Segment("ab  ", RED), Segment("cd", GREEN), Segment("    ", RED))
    assert written == "\x1b[1;1H\x1b[38;2;255;0;0;48;2;0;0;16mab  \x1b[1;38;2;0;255;0mcd    \x1b[0m"


def test_near_cells_are_one_run_and_far_ones_two() -> None:
    """Three cells between two changes are written again; more are jumped over."""
    page = Page()
    line(page, Segment("abcdefghij", RED))
    assert line(page, Segment("XbcdYfghij", RED)).count("\x1b[") == 3  # to the place, the pen, its end
    assert "Z\x1b[5CW" in line(page, Segment("ZbcdYfWhij", RED))


def test_wide_characters_are_written_as_textual_does() -> None:
    """A line with characters of which terminals disagree is sent whole, each time, and so is the one after it."""
    page = Page()
    wide = [Segment("日本 file", RED)]
    assert "日本 file" in line(page, *wide)
    assert "日本 file" in line(page, *wide)
    assert "abcdefghij" in line(page, Segment("abcdefghij", RED))


@pytest.mark.parametrize(("system", "code"), [("256", "38;5;196"), ("standard", "31;40")])
def test_fewer_colours(system: Any, code: str) -> None:
    """Colours are written as the terminal knows them."""
    update = ChopsUpdate([{0: Strip([Segment("a", RED)])}], [(0, 0, 1)], [[1]])
    assert code in Page().write(update, Console(color_system=system))


def test_a_whole_screen_is_written_whole() -> None:
    """What the terminal shows may be wrong, as after a message from elsewhere: a full paint repairs it."""
    page = Page()
    update = LayoutUpdate([[Strip([Segment("abc", RED)])]], Region(0, 0, 3, 1))
    assert page.write(update, CONSOLE) == page.write(update, CONSOLE) != ""


def test_after_another_program_nothing_is_taken_for_shown() -> None:
    """Once the terminal was left, everything is written again."""
    page = Page()
    line(page, Segment("abcdefghij", RED))
    page.begin()
    assert "abcdefghij" in line(page, Segment("abcdefghij", RED))

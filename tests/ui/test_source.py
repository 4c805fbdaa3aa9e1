import pytest
from textual.app import App, ComposeResult

from tuitrain.command import nearest
from tuitrain.drawing.look import Look
from tuitrain.experiment import presets, read, write
from tuitrain.ui.widgets.source import Source, lines

HOSTILE = """# [red]not markup[/red] \x1b[31m
[dataset]
kind = "csv"
path = "/data/\x1b]0;owned\x07/\u202eevil.csv"

[[models]]
kind = "mlp"
hidden = [ 1, 2,
  3]
"""


class Alone(App[None]):
    """The view on a screen of its own."""

    def __init__(self, text: str, *, only_ascii: bool = False) -> None:
        super().__init__()
        self.source, self.look = Source(), Look(ascii=only_ascii)
        self.source.set_reactive(Source.text, text)

    def compose(self) -> ComposeResult:
        """Show it."""
        yield self.source

    def shown(self) -> list[str]:
        """Return what is painted."""
        size = self.source.size
        return [
            "".join(segment.text for segment in self.source.render_line(row)).rstrip() for row in range(size.height)
        ]


def marked(text: str, base: str = "") -> list[str]:
    """Return the keys that bear the sign."""
    tables = read(base).dump() if base else None
    return [line.parts[0].text.strip() for line in lines(text, tables) if line.marked]


def test_what_is_not_at_its_default_is_marked() -> None:
    """The sign stands where a value was set, by table and by model."""
    text = write(read("toy-deep", ["optimizer.lr=0.3"]))
    assert marked(text) == ["seed", "val_size", "hidden", "hidden", "lr", "weight_decay", "steps", "batch_size",
                            "evaluate_every"]  # fmt: skip


def test_what_differs_from_a_preset_is_marked() -> None:
    """Beside the nearest preset only the changes bear the sign."""
    changed = read("toy-deep", ["optimizer.lr=0.3", "models.1.hidden=[7]"])
    assert nearest(changed) == "toy-deep"
    assert marked(write(changed), "toy-deep") == ["hidden", "lr"]


@pytest.mark.parametrize("preset", presets())
def test_every_line_is_there(preset: str) -> None:
    """Nothing of a file is lost or changed on its way to the screen."""
    text = write(read(preset))
    assert ["".join(part.text for part in line.parts) for line in lines(text, None)] == text.splitlines()
    assert marked(text, preset) == []


async def test_hostile_text() -> None:
    """What acts on a terminal is shown as an escape, markup as it is, and a value of several lines is kept."""
    app = Alone(HOSTILE)
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()
        shown = "\n".join(app.shown())
        assert "[red]not markup[/red] \\x1b[31m" in shown
        assert "\\u202eevil.csv" in shown
        assert "\x1b" not in shown
        assert "  3]" in shown


async def test_keys_scroll_and_long_lines_are_broken() -> None:
    """Arrows and vim keys move by lines and pages, and stop at the ends; no character is out of reach."""
    text = "".join(f"key{number} = {number}\n" for number in range(100)) + f'long = "{"x" * 100}"\n'
    app = Alone(text, only_ascii=True)
    async with app.run_test(size=(40, 10)) as pilot:
        app.source.focus()
        seen = []
        for key in ("j", "down", "k", "pagedown", "g", "k", "G", "j", "up", "home"):
            await pilot.press(key)
            seen.append(app.source.top)
        assert seen == [1, 2, 1, 10, 0, 0, 93, 93, 92, 0]
        await pilot.press("end")
        await pilot.pause()
        assert "".join(line[2:] for line in app.shown()).count("x") == 100
        assert "".join(app.shown()).isascii()
        await pilot.resize_terminal(120, 40)
        assert app.source.top == 61


async def test_nothing_to_show() -> None:
    """Without a file it says so, and what is no TOML is shown all the same."""
    app = Alone("")
    async with app.run_test(size=(40, 5)) as pilot:
        assert any("no file" in line for line in app.shown())
        app.source.text = "[dataset\nnonsense"
        await pilot.pause()
        assert [line.strip() for line in app.shown()[:2]] == ["[dataset", "nonsense"]

"""Every key, every size of terminal, and whatever a journal holds: nothing breaks, and nothing acts on the terminal."""

import json
from pathlib import Path

import pytest
from cockpits import (
    Given,
    change,
    cockpit,
    lines,
    main,
    no_child_left,
    painted,
    recorded,
    running,
    session,
    text,
    until,
)
from textual.pilot import Pilot

from tuitrain.experiment import read
from tuitrain.ui import keys
from tuitrain.ui.keys import VIEWS
from tuitrain.ui.screens.help import Help
from tuitrain.ui.screens.main import Main
from tuitrain.ui.screens.quit import Quit
from tuitrain.ui.screens.small import Small

nobody = pytest.fixture(autouse=True)(no_child_left)
BINDINGS = [binding for section in keys.SECTIONS.values() for binding in section]
KEYS = [key for key, _ in VIEWS.values()]
HOSTILE = ["[/bold]", "\x1b[31mred", '{"a":[true]}', "\x9b2J", "a\rb\nc\td", "\u202eevil", "[@click=app.quit]x[/]"]


@pytest.mark.parametrize("size", [pytest.param((120, 40), marks=pytest.mark.slow), (80, 24)])
async def test_every_key(tmp_path: Path, size: tuple[int, int]) -> None:
    """Each key of the table does something that leaves the cockpit in order; only those that quit end it."""
    app = cockpit(tmp_path, "plane")
    async with running(app, size) as pilot:
        for binding in BINDINGS:
            for key in binding.key.split(","):
                if binding.action not in ("quit", "train", "step", "probe", "app.suspend_process"):
                    await pilot.press(key)
                    if not isinstance(app.screen, Main):
                        await pilot.press("escape")
                    assert isinstance(app.screen, Main)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: not isinstance(app.screen, Main))
        await pilot.press("escape", "q")
    assert app.return_value == 0


async def test_help_lists_every_key(tmp_path: Path) -> None:
    """The page of keys has a line for each binding with what it does, and closes on escape."""
    app = cockpit(tmp_path)
    async with running(app, (120, 130)) as pilot:
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, Help))
        page = app.screen.query_one("#page").region
        shown = " ".join(" ".join(line[page.x + 1 : page.right - 1] for line in lines(app)).split())
        for binding in BINDINGS:
            assert binding.tooltip in shown
            assert all(keys.written(key) in shown for key in binding.key.split(","))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, Main))


def test_no_key_twice() -> None:
    """No key is bound to two things, and each binding has a name that a keymap can use, and a meaning."""
    bound = [key for binding in BINDINGS for key in binding.key.split(",")]
    assert len(bound) == len(set(bound))
    assert len({binding.id for binding in BINDINGS if binding.id and binding.tooltip}) == len(BINDINGS)


async def test_the_palette_does_what_keys_do(tmp_path: Path) -> None:
    """What the command palette calls weights brings the weights to the front."""
    app = cockpit(tmp_path, "digits")
    async with running(app) as pilot:
        await pilot.press("ctrl+p")
        await pilot.pause()
        await pilot.press(*"weights")
        await until(pilot, lambda: "First-layer weights as images" in text(app))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Main) and main(app).board.view == "weights")


@pytest.mark.slow
async def test_the_smallest_terminal(tmp_path: Path) -> None:
    """In 40x12 every view and dialog opens, and nothing is painted beyond the edge."""
    app, size = cockpit(tmp_path, "plane"), (40, 12)
    async with running(app, size) as pilot:
        for key in (*KEYS, "z", "c", "question_mark", "escape"):
            await pilot.press(key)
            assert {len(line) for line in lines(app)} == {size[0]}
        app.push_screen(Quit(2))
        await pilot.pause()
        assert len(lines(app)) == size[1]
        await pilot.press("escape", "q")
    assert app.return_value == 0


@pytest.mark.parametrize("size", [(39, 12), pytest.param((1, 1), marks=pytest.mark.slow)])
async def test_too_small(tmp_path: Path, size: tuple[int, int]) -> None:
    """In less there is a page that says so, from which one can quit; a larger terminal brings the cockpit back."""
    app = cockpit(tmp_path, "plane")
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Small) and len(app.screen_stack) > 2)
        await pilot.press("1", "question_mark")
        assert isinstance(app.screen, Small)
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: isinstance(app.screen, Main) and "finished" in text(app))
        await pilot.resize_terminal(*size)
        await until(pilot, lambda: isinstance(app.screen, Small))
        await pilot.press("q")
    assert app.return_value == 0


@pytest.mark.slow
async def test_a_storm_of_resizes(tmp_path: Path) -> None:
    """A window that is dragged about ends up as one that was opened in that size."""
    app = cockpit(tmp_path, "plane")
    async with running(app) as pilot:
        await until(pilot, lambda: "finished" in text(app))
        calm = text(app)
        for step in range(12):
            await pilot.resize_terminal(1 + step * 37 % 160, 1 + step * 11 % 50)
            await pilot.press(KEYS[step % len(VIEWS)])
        await pilot.resize_terminal(120, 40)
        await pilot.press("2")
        await pilot.pause()
        await until(pilot, lambda: text(app) == calm)


async def _all_views(pilot: Pilot[object], app: Given) -> list[str]:
    seen = []
    for key in KEYS:
        await pilot.press(key)
        await pilot.pause()
        seen += lines(app)
    return seen


@pytest.mark.parametrize("model", [HOSTILE[0], pytest.param(HOSTILE[1], marks=pytest.mark.slow)])
async def test_text_from_outside(tmp_path: Path, model: str) -> None:
    """Names and sentences of a journal are shown as they are: no markup, no escape sequence, no second line."""
    runs = recorded(tmp_path, "diverged")
    change(runs[0], "started", model=model, device=model)
    change(runs[0], "failed", error=model, hint=model)
    warnings = [{"event": "warned", "run": runs[0].id, "time": "x", "message": text} for text in HOSTILE]
    with runs[0].journal.open("a") as file:
        file.writelines(json.dumps(warning) + "\n" for warning in warnings)
    app = Given(read("toy-deep"), session(tmp_path, runs))
    async with running(app) as pilot:
        seen = "".join(await _all_views(pilot, app))
    assert not [character for character in seen if not character.isprintable()]
    assert seen.count(_visible(model)) >= 8  # the legend, the table and the top line, the log
    for hostile in HOSTILE:
        assert f"warning: {_visible(hostile)}" in seen


def _visible(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


@pytest.mark.parametrize("name", [pytest.param("digits", marks=pytest.mark.slow), "plane"])
@pytest.mark.slow
async def test_ascii_only(tmp_path: Path, name: str) -> None:
    """With --ascii every cell of every view and dialog is ASCII, and the pictures still say something."""
    app = cockpit(tmp_path, name, ascii_only=True)
    async with running(app) as pilot:
        seen = await _all_views(pilot, app)
        for key in ("question_mark", "ctrl+p"):
            await pilot.press(key)
            await pilot.pause()
            seen += lines(app)
            await pilot.press("escape")
            await pilot.pause()
        app.push_screen(Quit(1))
        await pilot.pause()
        seen += lines(app)
    strange = {character for character in "".join(seen) if not character.isascii()}
    assert not strange
    assert "?" not in "".join(seen[:200]).replace("? help", "").replace("? keys", "")


async def test_no_colour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With NO_COLOR nothing has a colour, and each curve has a sign of its own in the chart and in the table."""
    monkeypatch.setenv("NO_COLOR", "1")
    app = cockpit(tmp_path, "plane")
    async with running(app) as pilot:
        await until(pilot, lambda: "finished" in text(app))
        assert not app.look.colour
        segments = [segment for line in painted(app) for segment in line]
        colours = {
            colour for segment in segments if segment.style for colour in (segment.style.color, segment.style.bgcolor)
        }
        assert all(len(set(colour.get_truecolor())) == 1 for colour in colours if colour)  # shades of grey
        signs = [
            str(line.partition(" mlp 10")[0][-2:])
            for line in lines(app)[1:]
            if " mlp 10" in line and "finished" in line
        ]
        assert len(set(signs)) == 2

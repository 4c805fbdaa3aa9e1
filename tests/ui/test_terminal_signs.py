import pytest

from tuitrain.ui.terminal import Signs, shows_progress, shows_titles

RUNNING = "tuitrain mnist-mlp 7/20 val .971 12:04 left"


class Clock:
    """A clock that goes when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def made(*, progress: bool = True, bell: bool = True) -> tuple[Signs, list[str], Clock]:
    """Return signs that are open, what they wrote since, and their clock."""
    written: list[str] = []
    clock = Clock()
    signs = Signs(written.append, progress=progress, bell=bell, clock=clock)
    signs.open()
    written.clear()
    return signs, written, clock


def test_title_and_bar_while_training() -> None:
    """The words become the window's title, the share a percentage, the state that of an ordinary bar."""
    signs, written, _ = made()
    signs.tell(RUNNING, 0.351, "running")
    assert "".join(written) == f"\x1b]2;{RUNNING}\x1b\\\x1b]9;4;1;35\x1b\\"


def test_nothing_twice() -> None:
    """The same words at a later time write nothing; others only what differs."""
    signs, written, clock = made()
    signs.tell(RUNNING, 0.351, "running")
    written.clear()
    clock.now = 5
    signs.tell(RUNNING, 0.352, "running")
    assert written == []
    signs.tell(RUNNING, 0.36, "running")
    assert written == ["\x1b]9;4;1;36\x1b\\"]


def test_once_a_second_at_most() -> None:
    """What comes sooner waits for a later call; a state that changes does not wait."""
    signs, written, clock = made()
    signs.tell("one", 0.1, "running")
    clock.now = 0.5
    signs.tell("two", 0.2, "running")
    assert "two" not in "".join(written)
    signs.tell("three", 0.2, "paused")
    assert "three" in written[-1]
    assert "9;4;4;20" in written[-1]
    clock.now = 1.5
    signs.tell("four", 0.2, "paused")
    assert "four" in written[-1]


@pytest.mark.parametrize(
    ("state", "share", "bar"),
    [("failed", 0.5, "2;50"), ("paused", 1.7, "4;100"), ("running", None, "3;0"), ("paused", None, "4;0")],
)
def test_states_of_the_bar(state: str, share: float | None, bar: str) -> None:
    """An error, a pause, and a training of which nobody knows how long it is."""
    signs, written, _ = made()
    signs.tell("x", share, state)  # type: ignore[arg-type]  # one of the states
    assert f"\x1b]9;4;{bar}\x1b\\" in "".join(written)


@pytest.mark.parametrize("state", ["finished", "stopped", ""])
def test_no_bar_afterwards(state: str) -> None:
    """At the end the bar goes."""
    signs, written, _ = made()
    signs.tell("x", 0.9, "running")
    signs.tell("x", 1.0, state)  # type: ignore[arg-type]  # one of the states
    assert written[-1].replace("\a", "") or written[-2]
    assert "\x1b]9;4;0;0\x1b\\" in "".join(written)


@pytest.mark.parametrize(("state", "rings"), [("finished", 1), ("failed", 1), ("stopped", 0), ("paused", 0)])
def test_bell_once_at_the_end(state: str, rings: int) -> None:
    """A training that ends by itself, or diverges, rings once; one that a person stops does not."""
    signs, written, clock = made()
    for now in range(3):
        clock.now = now
        signs.tell("x", 0.5, "running")
    for now in range(3, 6):
        clock.now = now
        signs.tell("x", 0.5, state)  # type: ignore[arg-type]  # one of the states
    assert "".join(written).count("\a") == rings


def test_no_bell_for_what_was_over_before() -> None:
    """A run that is opened finished rings nothing, and neither does anything where bells are not wanted."""
    signs, written, _ = made()
    signs.tell("x", 1.0, "finished")
    assert "\a" not in "".join(written)
    signs, written, _ = made(bell=False)
    signs.tell("x", 0.5, "running")
    signs.tell("x", 0.5, "failed")
    assert "\a" not in "".join(written)


@pytest.mark.parametrize("name", ["\x1b]0;evil\x07", "\x9c2J", "a\nb", "\u202eevil", "[/bold]"])
def test_hostile_names_stay_text(name: str) -> None:
    """Nothing in a name ends the title or acts on the terminal."""
    signs, written, _ = made(progress=False)
    signs.tell(f"tuitrain {name}", None, "")
    (only,) = written
    inner = only.removeprefix("\x1b]2;").removesuffix("\x1b\\")
    assert inner.isprintable()
    assert inner.startswith("tuitrain ")


def test_a_title_has_an_end() -> None:
    """Three thousand characters are cut."""
    signs, written, _ = made(progress=False)
    signs.tell("x" * 3000, None, "")
    assert len(written[0]) < 200


def test_the_old_title_comes_back() -> None:
    """The title is put aside at the start and taken back at the end, when the bar goes too."""
    written: list[str] = []
    signs = Signs(written.append, progress=True)
    signs.open()
    assert "".join(written) == "\x1b[22;0t"
    signs.tell(RUNNING, 0.5, "running")
    written.clear()
    signs.close()
    assert "".join(written) == "\x1b]9;4;0;0\x1b\\\x1b[23;0t"


def test_after_a_suspension_it_is_told_again() -> None:
    """Back from the shell, title and bar are as they were, without anybody telling them anew."""
    signs, written, _ = made()
    signs.tell(RUNNING, 0.5, "running")
    signs.close()
    written.clear()
    signs.open()
    assert "".join(written) == f"\x1b[22;0t\x1b]2;{RUNNING}\x1b\\\x1b]9;4;1;50\x1b\\"


@pytest.mark.parametrize(
    ("environment", "shown"),
    [
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "xterm-kitty"}, False),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, False),
        (
            {"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app", "TERM_FEATURES": "T3LrMSc7UUw9Ts3BFGsSyHNoSxFP"},
            True,
        ),
        ({"TERM": "xterm-256color", "TERM_FEATURES": "T3Pn"}, False),
        ({"TERM": "xterm-ghostty"}, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, True),
        ({"TERM": "xterm-256color", "WT_SESSION": "1"}, True),
        ({"TERM": "xterm-256color", "PTYXIS_VERSION": "48.1"}, True),
        ({"TERM": "xterm-256color", "PTYXIS_VERSION": "47.9"}, False),
        ({"TERM": "xterm-256color", "PTYXIS_VERSION": "new"}, False),
        ({"TERM": "xterm-256color", "ConEmuANSI": "ON"}, True),
        ({"TERM": "tmux-256color", "WT_SESSION": "1"}, False),
        ({"TERM": "xterm-256color", "TMUX": "/tmp/x", "WT_SESSION": "1"}, False),
        ({"TERM": "screen.xterm-256color", "WT_SESSION": "1"}, False),
    ],
)
def test_progress_only_where_it_is_known(environment: dict[str, str], shown: bool) -> None:
    """Terminals that would take the bytes for a notification, and multiplexers, get no bar."""
    assert shows_progress(environment) == shown


def test_consoles_have_no_title() -> None:
    """The console of Linux and old terminals get none; windows and multiplexers do."""
    assert not shows_titles({"TERM": "linux"})
    assert shows_titles({"TERM": "screen"})

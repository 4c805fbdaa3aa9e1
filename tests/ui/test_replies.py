"""What a terminal says of itself when asked, between the keys that a person types."""

import time

import pytest

from tuitrain.ui import replies
from tuitrain.ui.replies import IMAGES, Answers, may_place, queries

PAPER = b"\x1b]11;rgb:ffff/ffff/f5f5\x1b\\"
YES = b"\x1b_Gi=31;OK\x1b\\"
ATTRIBUTES = b"\x1b[?62;22c"
KEYS = b"a\x1b[15~\x1b[A\x1bOP\x1b[<35;10;20M\x1b[?2026;2$y\x1b[I]11;rgb\xc3\xa9"


def asked() -> Answers:
    """Return the answers of a terminal that was asked this very moment."""
    return Answers(owed=True, _asked=time.monotonic())


def test_a_terminal_that_answers_everything() -> None:
    """Its background in shares of one, images, and nothing typed or owed."""
    answers = asked()
    assert answers.take(PAPER + YES + ATTRIBUTES) == b""
    assert answers.background == pytest.approx((1, 1, 0.9608), abs=1e-4)
    assert (answers.images, answers.owed) == (True, False)


@pytest.mark.parametrize("answer", [b"\x1b]11;rgb:ff/80/00\x07", b"\x1b]11;rgba:ffff/8080/0000/ffff\x1b\\"])
def test_colours_are_written_in_several_ways(answer: bytes) -> None:
    """Two or four digits, with or without a fourth channel, ended by a bell or a terminator."""
    answers = asked()
    assert answers.take(answer) == b""
    assert answers.background == pytest.approx((1, 0.502, 0), abs=1e-3)


def test_a_terminal_that_refuses_images() -> None:
    """An error is no yes."""
    answers = asked()
    assert answers.take(b"\x1b_Gi=31;ENOTSUPPORTED:no\x1b\\" + ATTRIBUTES) == b""
    assert not answers.images


@pytest.mark.parametrize("cut", range(1, len(PAPER + YES + ATTRIBUTES)))
def test_an_answer_in_two_parts(cut: int) -> None:
    """Wherever it is cut, and whatever is typed before and behind it, what is left are the keys."""
    answers, whole = asked(), PAPER + YES + ATTRIBUTES
    assert answers.take(b"x" + whole[:cut]) + answers.release() + answers.take(whole[cut:] + b"y") == b"xy"
    assert (answers.background is not None, answers.images, answers.owed) == (True, True, False)


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
@pytest.mark.parametrize("owed", [True, False])
def test_keys_are_keys(owed: bool, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no answer passes as it is, in its order, whether an answer is awaited or not."""
    monkeypatch.setattr(replies, "ESCAPE", 0.0)
    answers = asked()
    answers.owed = owed
    parts = [KEYS[start : start + size] for start in range(0, len(KEYS), size)]
    assert b"".join(answers.take(part) for part in parts) + answers.release() == KEYS


@pytest.mark.parametrize("key", [b"\x1b", b"\x1b[", b"\x1b]"])
def test_escape_is_a_key(key: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could begin an answer waits a moment, and is a key where nothing follows."""
    answers = asked()
    assert answers.take(key) == answers.release() == b""
    monkeypatch.setattr(replies, "ESCAPE", 0.0)
    assert answers.release() == key
    assert answers.release() == b""


def test_escape_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a terminal that never answers keys wait for nothing after a while."""
    monkeypatch.setattr(replies, "LATE", 0.0)
    assert asked().take(b"\x1b") == b"\x1b"


@pytest.mark.parametrize(
    ("environment", "may"),
    [
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "xterm-ghostty"}, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "ghostty"}, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, False),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "screen-256color", "TERM_PROGRAM": "ghostty"}, False),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/x"}, False),
    ],
)
def test_images_are_asked_of_few(environment: dict[str, str], may: bool) -> None:
    """Only of terminals that show images in the place of characters, and of no multiplexer."""
    assert may_place(environment) == may
    assert (IMAGES in queries(environment, background=True, images=True)) == may


def test_consoles_are_not_asked() -> None:
    """They would print the question."""
    assert queries({"TERM": "linux"}, background=True, images=True) == ""

import pytest

from tuitrain.ui.replies import IMAGES, Replies, may_place, parse, queries

PAPER = b"\x1b]11;rgb:ffff/ffff/f5f5\x1b\\"
YES = b"\x1b_Gi=31;OK\x1b\\"
ATTRIBUTES = b"\x1b[?62;22c"


def test_a_terminal_that_answers_everything() -> None:
    """Its background in shares of one, images, and nothing typed or owed."""
    found = parse(PAPER + YES + ATTRIBUTES)
    assert found.background == pytest.approx((1, 1, 0.9608), abs=1e-4)
    assert (found.images, found.typed, found.owed) == (True, "", False)


@pytest.mark.parametrize("answer", [b"\x1b]11;rgb:ff/80/00\x07", b"\x1b]11;rgba:ffff/8080/0000/ffff\x1b\\"])
def test_colours_are_written_in_several_ways(answer: bytes) -> None:
    """Two or four digits, with or without a fourth channel, ended by a bell or a terminator."""
    assert parse(answer).background == pytest.approx((1, 0.502, 0), abs=1e-3)


def test_a_terminal_that_refuses_images() -> None:
    """An error is no yes."""
    assert not parse(b"\x1b_Gi=31;ENOTSUPPORTED:no\x1b\\" + ATTRIBUTES).images


def test_a_terminal_that_says_nothing() -> None:
    """Nothing is known, and an answer may still come."""
    assert parse(b"") == Replies(owed=True)


def test_what_was_typed_meanwhile_is_kept() -> None:
    """Keys between the answers are keys."""
    assert parse(b"\x1b[15~" + PAPER + b"j" + ATTRIBUTES).typed == "\x1b[15~j"


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

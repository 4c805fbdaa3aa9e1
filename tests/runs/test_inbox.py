"""Commands on their way to a run."""

from pathlib import Path

import pytest

from tuitrain.runs.inbox import Inbox, send


def test_order(tmp_path: Path) -> None:
    """Commands arrive once, in the order in which they were sent, under the ids that their senders got."""
    actions = ["pause", "resume", "save", "stop"] * 5
    sent = [send(tmp_path / "inbox", action) for action in actions]
    inbox = Inbox(tmp_path / "inbox")
    assert [(command.id, command.action) for command in inbox.commands()] == list(zip(sent, actions, strict=True))
    assert inbox.commands() == []
    assert len(set(sent)) == len(sent)


def test_no_folder(tmp_path: Path) -> None:
    """Before anything was sent there is no folder and nothing to do."""
    assert Inbox(tmp_path / "inbox").commands() == []


def test_half_a_file_is_not_seen(tmp_path: Path) -> None:
    """What is still being written aside is not taken."""
    (tmp_path / ".1.json.99").write_text('{"id": "1"')
    assert Inbox(tmp_path).commands() == []


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"stop", b"[]", b"5", b"null", b'{"id": "1"}', b'{"action": "stop"}', b"\xff\xfe", b"\0" * 20],
)
def test_unreadable(tmp_path: Path, content: bytes) -> None:
    """What is no command is handed on under the name of its file, to be refused, and does not stop what comes after."""
    (tmp_path / "0-mine.json").write_bytes(content)
    later = send(tmp_path, "save")
    told = [(command.id, command.action) for command in Inbox(tmp_path).commands()]
    assert told == [("0-mine", "(unreadable)"), (later, "save")]
    assert list(tmp_path.iterdir()) == []

"""The digest of a journal: it opens to the same history as the journal, or is left alone."""

import json
import shutil
import stat
from dataclasses import fields
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from tuitrain.runs import digest
from tuitrain.runs.history import History
from tuitrain.runs.journal import Reader
from tuitrain.runs.store import Run
from tuitrain.runs.watch import look

RECORDED = sorted((Path(__file__).parents[1] / "recorded").glob("*/*/journal.jsonl"))
NAMES = ("train/loss", "train/accuracy", "lr", "grad_norm", "samples_per_second")
STARTED = {
    "model": "mlp",
    "device": "cpu",
    "parameters": 52,
    "train_size": 160,
    "val_size": 40,
    "steps": 9000,
    "epochs": 90,
}


def line(event: str, step: int, **keys: Any) -> bytes:
    """Return a line of a journal, a second for each step."""
    time = f"2026-01-02T{step // 3600 % 24:02}:{step // 60 % 60:02}:{step % 60:02}.000+00:00"
    return json.dumps({"event": event, "run": "r", "time": time, "step": step, **keys}).encode() + b"\n"


def long(steps: int, seed: int = 0, first: int = 1) -> bytes:
    """Return lines of all kinds: steps told in full and in part, taken alone, not finite, damaged; evaluations."""
    random, lines = Random(seed), [line("preparing", 0, phase="loading")]
    lines.append(line("started", 0, **STARTED) if first == 1 else line("restarted", first - 1, pid=2))
    for step in range(first, first + steps):
        told = NAMES if step % 50 else NAMES[:3]
        metrics: dict[str, float | None] = {name: random.random() for name in told}
        if step % 70 == 0:
            metrics["train/loss"] = None
        if step % 90 == 0:
            metrics |= {"grad/w": random.random(), "update/w": None}
        lines.append(line("stepped", step, epoch=1 + step // 100, metrics=metrics))
        if step % 100 == 0:
            found = {"val/loss": random.random(), "seconds": float(step), "grad/w": 0.5, "update/w": 0.25}
            lines.append(line("evaluated", step, epoch=step // 100, metrics=found, best=random.random() < 0.3))
            lines.append(line("snapshot", step, path=f"snapshots/{step}.npz"))
        if step % 1000 == 0:
            lines += [line("paused", step, command=f"{step}"), line("continued", step, command=f"{step + 1}")]
            lines += [line("probed", step, path="p.npz", suggestion=0.1), line("warned", step, message="disk full")]
            lines += [b"{damaged\n", line("stepped", step, metrics=3), line("of a later version", step)]
            lines += [line("saved", step, path=f"checkpoints/step-{step}.pt")]
            lines += [line("changed", step, key="training.epochs", old=90, new=91), line("skipped", step)]
            lines += [line("changed", step, key="loss.l1", old=0.0, new=0.5)]
            lines += [line("troubled", step + 1, trouble="nan", loss=None, lr=0.1, layer="output", norms=[1.0])]
            lines += [line("thinned", step, paths=[f"snapshots/{step - 100}.npz"]), line("restarted", step - 50)]
    return b"".join(lines)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a run in an empty folder, of which the smallest journal has a digest."""
    monkeypatch.setattr(digest, "SMALL", 0)
    return Run(tmp_path)


def same(first: History, second: History) -> None:
    """Compare two histories field by field, as they would not be told apart by anybody who looks at them."""
    for field in fields(History):
        assert getattr(first, field.name) == getattr(second, field.name), field.name
    assert first == second
    assert first.log.maxlen == second.log.maxlen


def of_journal(run: Run) -> History:
    """Return the history that the journal alone amounts to."""
    history = History()
    history.take(Reader(run.journal).read())
    return history


def split(content: bytes, share: float) -> int:
    """Return the end of the line that lies at this share of the content."""
    return content.find(b"\n", int(share * (len(content) - 1))) + 1


@pytest.mark.parametrize("share", [0.0, 0.3, 0.999])
@pytest.mark.parametrize("source", [*RECORDED, None], ids=lambda source: source.parent.name if source else "long")
def test_digest_and_the_rest(run: Run, source: Path | None, share: float) -> None:
    """Whatever part of a journal is digested, digest and the rest of the journal make the history of the whole."""
    content = source.read_bytes() if source else long(4000)
    run.journal.write_bytes(content[: split(content, share)])
    digest.write(run)
    found = digest.read(run)
    assert found is not None
    same(found[0], of_journal(run))
    run.journal.write_bytes(content)
    history, reader = found
    history.take(reader.read())
    same(history, of_journal(run))
    whole = Reader(run.journal)
    whole.read()
    assert (reader.skipped, reader.offset) == (whole.skipped, whole.offset)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 99), st.lists(st.floats(0, 1), max_size=4))
def test_any_growth(tmp_path_factory: pytest.TempPathFactory, seed: int, shares: list[float]) -> None:
    """However often the digest is written while the journal grows, it ends as if it were written once."""
    run, content = Run(tmp_path_factory.mktemp("run")), long(1200, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digest, "SMALL", 0)
        for share in [*sorted(shares), 1.0]:
            run.journal.write_bytes(content[: split(content, share)])
            digest.write(run)
    found = digest.read(run)
    assert found is not None
    same(found[0], of_journal(run))


def test_look_uses_it(run: Run) -> None:
    """A viewer begins where the digest ends: what it stands for is not read again."""
    content = long(2000)
    run.journal.write_bytes(content)
    digest.write(run)
    truth, unread = of_journal(run), len(content) - 2 * digest.EDGE
    run.journal.write_bytes(content[: digest.EDGE] + b"\n" * unread + content[-digest.EDGE :])
    watch = look(run)
    same(watch.history, truth)
    assert (watch.reader.offset, watch.reader.skipped) == (len(content), 2)


def test_restarted_after_it(run: Run) -> None:
    """Where the run goes on from before the end of the digest, what lies beyond is forgotten all the same."""
    run.journal.write_bytes(long(950))
    digest.write(run)
    with run.journal.open("ab") as file:
        file.write(long(300, seed=1, first=421))
    history = look(run).history
    same(history, of_journal(run))
    assert history.curve("lr").steps.tolist() == list(range(1, 721))


def damages(whole: bytes) -> list[bytes]:
    """Return what can become of a file."""
    cuts = [0, 1, len(whole) // 3, whole.find(b"\n"), whole.find(b"\n") + 1, len(whole) - 9, len(whole) - 1]
    random = Random(0)
    places = [*random.sample(range(len(whole)), 40), 0, len(whole) - 1]
    flipped = [whole[:at] + bytes([whole[at] ^ 1 << random.randrange(8)]) + whole[at + 1 :] for at in places]
    huge = whole.replace(b'"sizes":[', b'"sizes":[99999999999999,', 1)
    return [*(whole[:cut] for cut in cuts), whole + b"\0", b"\0" * 4096, b"{}\n", huge, *flipped]


def test_damaged(run: Run) -> None:
    """Cut off anywhere, with any bit flipped, or something else altogether: the journal is read as if it were not."""
    run.journal.write_bytes(long(300))
    digest.write(run)
    whole, truth = digest.file_of(run).read_bytes(), of_journal(run)
    for damaged in damages(whole):
        digest.file_of(run).write_bytes(damaged)
        assert digest.read(run) is None
    same(look(run).history, truth)
    digest.write(run)
    assert digest.file_of(run).read_bytes() == whole


def test_other_journal(run: Run) -> None:
    """A digest beside another journal, or one that is shorter now, is left alone."""
    content = long(300)
    run.journal.write_bytes(content)
    digest.write(run)
    for other in (content[: split(content, 0.5)], long(300, seed=1), b" " + content, content[:-2] + b" \n", b""):
        run.journal.write_bytes(other)
        assert digest.read(run) is None
        same(look(run).history, of_journal(run))
    run.journal.unlink()
    assert digest.read(run) is None
    run.journal.write_bytes(content + line("stepped", 301, epoch=4, metrics={"lr": 0.5}))
    assert digest.read(run) is not None


def test_other_version(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A digest that another version wrote is left alone."""
    run.journal.write_bytes(long(300))
    digest.write(run)
    monkeypatch.setattr(digest, "FORMAT", digest.FORMAT + 1)
    assert digest.read(run) is None


def test_when_it_is_written(tmp_path: Path) -> None:
    """A small journal has none; a long one gets one, its owner's alone, and another when it grew by a good part."""
    run = Run(tmp_path)
    assert digest.write(run) == digest.SMALL
    run.journal.write_bytes(long(1000))
    assert digest.write(run) == digest.SMALL
    assert not digest.file_of(run).exists()
    run.journal.write_bytes(b"\n" * digest.SMALL + long(1000))
    assert digest.write(run) == run.journal.stat().st_size + digest.GROWN
    assert stat.S_IMODE(digest.file_of(run).stat().st_mode) == 0o600
    before = digest.file_of(run).stat().st_mtime_ns
    digest.write(run)
    assert digest.file_of(run).stat().st_mtime_ns == before


def test_torn_line(run: Run) -> None:
    """A line that is being written is read when it is whole."""
    content = long(300)
    run.journal.write_bytes(content[:-5])
    digest.write(run)
    run.journal.write_bytes(content)
    same(look(run).history, of_journal(run))


def test_copied_run(run: Run, tmp_path: Path) -> None:
    """A run that was copied elsewhere takes its digest along."""
    run.journal.write_bytes(long(300))
    digest.write(run)
    shutil.copytree(tmp_path, tmp_path.parent / f"{tmp_path.name}-copy")
    assert digest.read(Run(tmp_path.parent / f"{tmp_path.name}-copy")) is not None

"""The language in which runs are looked for."""

import pytest
from hypothesis import given, settings, strategies as st
from shelves import DIGITS, copied, cut, settle

from tuitrain.runs import about, query
from tuitrain.runs.about import About
from tuitrain.runs.entry import Entry
from tuitrain.runs.ledger import Book
from tuitrain.runs.query import Keys, Misread


@pytest.fixture(scope="module")
def entries(tmp_path_factory: pytest.TempPathFactory) -> list[Entry]:
    """Return four runs: of digits, of a plane with a note, diverged, and lost."""
    folder = tmp_path_factory.mktemp("runs")
    copied(folder, DIGITS, "20260104-000000-digits")
    plane = copied(folder, name="20260103-000000-plane")
    settle(plane, optimizer__lr=0.01, training__seed=7)
    about.write(plane, About("Mine", ("baseline", "two words"), 'a "quoted" note'))
    copied(folder, "diverged/20260102-030405-moons-mlp-10", "20260102-000000-diverged")
    cut(copied(folder, "numbers/20260102-030405-curve-linear", "20260101-000000-lost"), 30)
    return Book(folder).read()


def found(text: str, entries: list[Entry]) -> str:
    """Return the last words of the ids of the runs that are found."""
    return " ".join(entry.id[16:] for entry in query.parse(text, Keys.of(entries)).among(entries))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "digits plane diverged lost"),
        ("MNIST", "digits"),
        ("mlp", "digits plane diverged"),
        ("mlp 2026", "digits plane diverged"),
        ("mine", "plane"),
        ('"a \\"quoted', ""),
        ("quoted", "plane"),
        ("-mlp", "lost"),
        ("-mlp -lost", ""),
        ("sgd", "digits plane diverged"),
        ("optimizer=sgd", "digits plane diverged"),
        ("optimizer=SGD", "digits plane diverged"),
        ("optimizer.kind!=sgd", "lost"),
        ("lr=0.01", "plane"),
        ("optimizer.lr<=1e-2", "plane"),
        ("lr<0.02", "plane"),
        ("lr>1", "diverged"),
        ("lr==1000", "diverged"),
        ("models.0.hidden=[100]", "digits"),
        ("model.hidden=100", "digits"),
        ("model=mlp", "digits plane diverged"),
        ("model!=mlp", "lost"),
        ("hidden!=10", "digits lost"),
        ("dataset=mnist", "digits"),
        ("state=finished", "digits plane"),
        ("state!=finished", "diverged lost"),
        ("-state=finished", "diverged lost"),
        ("diverged", "diverged"),
        ("val/accuracy>0.9", "digits"),
        ("val/accuracy>=0.8 -mnist", "plane"),
        ("val/rmse>0", "lost"),
        ("test/accuracy>0", "digits"),
        ("tag:baseline", "plane"),
        ("tag:base", ""),
        ('tag:"two words"', "plane"),
        ("tag=baseline", "plane"),
        ("-tag:baseline", "digits diverged lost"),
        ("note:quoted", "plane"),
        ("name=mine", "plane"),
        ("parameters>1000", "digits"),
        ("params>1000", "digits"),
        ("epochs=6", "digits"),
        ("made>=2026-01-03", "digits plane"),
        ("made<2026-01-03", "diverged lost"),
        ("id:-digits", "digits"),
        ("training.seed=7", "plane"),
        ("device=cpu", "digits plane diverged lost"),
        ("drop_last=false", "digits plane diverged lost"),
        ("12:30", ""),
    ],
)
def test_what_is_found(entries: list[Entry], text: str, expected: str) -> None:
    """All terms must hold: words, settings, states, metrics, tags, and a minus turns each of them round."""
    assert found(text, entries) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("optimzer=adam", "no run has a setting or a metric 'optimzer' (did you mean optimizer?)"),
        ("val/acuracy>0.9", "no run has a setting or a metric 'val/acuracy' (did you mean val/accuracy?)"),
        ("state=runing", "state 'runing' does not exist (did you mean running?); there are"),
        ("seed=0", "seed may be dataset.seed, training.seed; name one of them"),
        ("lr=", "lr= needs a value behind it"),
        ("lr<fast", "lr< needs a number; got 'fast'"),
        ("-batchsize=3", "(did you mean batch_size?)"),
    ],
)
def test_what_cannot_be_understood(entries: list[Entry], text: str, sentence: str) -> None:
    """A term that cannot be understood is a sentence that names it, and the nearest key."""
    with pytest.raises(Misread) as misread:
        found(f"mlp {text}", entries)
    assert sentence in str(misread.value)


TERMS = st.sampled_from(
    ["lr", "val/accuracy", "state", "tag", "=", "<", ">=", "!=", ":", "-", '"', " ", "0.1", "\x1b["]
)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=30), st.lists(TERMS, max_size=8).map("".join)))
def test_nothing_breaks_it(entries: list[Entry], text: str) -> None:
    """Whatever is typed finds some of the runs, in their order, or is a sentence."""
    try:
        chosen = query.parse(text, Keys.of(entries)).among(entries)
    except Misread as misread:
        assert str(misread)  # noqa: PT017  either way is right
    else:
        assert chosen == [entry for entry in entries if entry in chosen]


def test_without_runs() -> None:
    """Where no run is known words find nothing, and a setting is unknown."""
    assert query.parse("word", Keys()).among([]) == []
    with pytest.raises(Misread, match="no run has"):
        query.parse("lr<1", Keys())

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, reject, settings, strategies as st
from tomlkit import item

from tuitrain.command import command
from tuitrain.experiment import Experiment, parse, presets, read
from tuitrain.problems import Rejected


def _quoted(text: str) -> str:
    return item(text).as_string()


CHANGES = st.one_of(
    st.floats(1e-9, 1e3).map(lambda value: f"optimizer.lr={value!r}"),
    st.lists(st.sampled_from([1e-5, 0.1, 1.0, 3e10]), min_size=2, unique=True).map(lambda lrs: f"optimizer.lr={lrs}"),
    st.sampled_from(["sgd", "adam", "adamw", "[sgd, adam]"]).map(lambda kind: f"optimizer.kind={kind}"),
    st.sampled_from(["constant", "cosine"]).map(lambda kind: f"schedule.kind={kind}"),
    st.integers(1, 10**6).map(lambda value: f"training.epochs={value}"),
    st.integers(0, 2**62).map(lambda value: f"training.seed={value}"),
    st.booleans().map(lambda value: f"training.drop_last={str(value).lower()}"),
    st.lists(st.integers(1, 300), min_size=1, max_size=3).map(lambda sizes: f"models.0.hidden={sizes}"),
    st.sampled_from(["models.0.kind=mlp", "models.0.kind=linear", "dataset.kind=moons", "dataset.kind=gmm2d"]),
    st.sampled_from(["training.batch_size=full", "loss.class_weights=[0.5, 2]", "training.epochs=[1, 2]"]),
    st.text(min_size=1, max_size=12).map(lambda text: f"dataset={{kind='csv', path={_quoted(text)}}}"),
)


def trained(line: str) -> Experiment:
    """Return what the program would train, given this line in a shell."""
    program, batch, source, *changes = shlex.split(line)
    assert (program, batch) == ("tuitrain", "--batch")
    assert changes[::2] == ["--set"] * (len(changes) // 2)
    return read(source, changes[1::2])


@pytest.mark.parametrize("preset", presets())
def test_a_preset_is_its_own_line(preset: str) -> None:
    """A preset as it is needs no settings, or is the twin of another that needs none."""
    line = command(read(preset), None)
    assert "--set" not in line
    assert trained(line) == read(preset)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(list(presets())), st.lists(CHANGES, max_size=4))
def test_the_line_trains_exactly_this(preset: str, changes: list[str]) -> None:
    """Whatever was changed in a preset, the line makes the same experiment of it, through a shell's eyes."""
    try:
        wanted = read(preset, changes)
    except Rejected:
        reject()
    assert trained(command(wanted, None)) == wanted


def test_few_settings_without_brackets_and_quotes() -> None:
    """The nearest preset is found, and values are written as a person would type them."""
    line = "tuitrain --batch mnist-mlp --set dataset.val_size=0.2 --set optimizer.lr=1e-5 --set models.0.hidden=64,32"
    assert command(trained(line), None) == line


def test_a_shell_takes_any_path(tmp_path: Path) -> None:
    """What a shell would act on is quoted: it hands the program the path as it is."""
    path = str(tmp_path / "it's $HOME; `x` é*.csv")
    wanted = parse({"dataset": {"kind": "csv", "path": path}, "models": [{"kind": "mlp", "hidden": [64]}]})
    line = command(wanted, None)
    heard = [sys.executable, "-c", "import json, sys; print(json.dumps(sys.argv[1:]))"]
    shell = subprocess.run(
        ["/bin/sh", "-c", f"{shlex.join(heard)} {line}"], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert json.loads(shell.stdout) == shlex.split(line)
    assert trained(line) == wanted


def test_the_label_of_a_sweep_is_left_out() -> None:
    """A run of a sweep is one setting away from a preset; what it was called among the others trains nothing."""
    one = next(one for one in read("mnist-500-lr").alone if one.optimizer.lr == 0.001)
    assert one.label
    assert command(one, "run/experiment.toml") == "tuitrain --batch mnist-500-lr --set optimizer.lr=0.001"


def test_a_file_where_no_preset_will_do() -> None:
    """More models than any preset has need the file; without one there is no line."""
    many = read("first-run", ["models=[" + ", ".join(f"{{kind='mlp', hidden=[{n}]}}" for n in range(1, 30)) + "]"])
    assert command(many, "/runs/a b/experiment.toml") == "tuitrain --batch '/runs/a b/experiment.toml'"
    assert command(many, None) == ""

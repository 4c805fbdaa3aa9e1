"""The parameter table: what each tensor is and costs, what a step did to it, and what stays where it is narrow."""

from itertools import pairwise

import pytest
from textual.app import App, ComposeResult

from tuitrain.models import MLP, Parameter
from tuitrain.ui.widgets.parameters import Parameters

TABLE = MLP(hidden=[250, 100]).parameters((1, 28, 28), 10)
STEP: dict[str, float | None] = {f"grad/{each.name}": 3.0 for each in TABLE}
STEP |= {f"update/{each.name}": 1e-3 for each in TABLE}


class Shown(App[None]):
    """Nothing but the table."""

    def compose(self) -> ComposeResult:
        """Return it."""
        yield Parameters()

    @property
    def view(self) -> Parameters:
        """The table."""
        return self.query_one(Parameters)

    @property
    def lines(self) -> list[str]:
        """What is painted."""
        return ["".join(segment.text for segment in line) for line in self.view._lines]

    def row(self, name: str) -> list[str]:
        """Return the words of the row that begins with this one."""
        return next(line.split() for line in self.lines if line.split()[:1] == [name])


async def test_sizes_and_operations() -> None:
    """Each tensor with shape, count, share, bytes and operations, and all of them together; a hint on what may come."""
    app = Shown()
    async with app.run_test(size=(100, 20)):
        app.view.table = TABLE
        assert app.row("parameter") == ["parameter", "shape", "count", "share", "in", "float32", "flops"]
        assert " ".join(app.row("hidden1.weight")) == "hidden1.weight 250 x 784 196,000 88.1% 765.6 KiB 392 k"
        assert " ".join(app.row("output.bias")) == "output.bias 10 10 0.0% 40 B 0"
        assert " ".join(app.row("total")) == "total 222,360 100.0% 868.6 KiB 444 k"
        assert "takes one step" in app.lines[-1]


async def test_gradients_and_updates() -> None:
    """Those of the step that is shown, the norm over all at the top; what is far from the usual has a word for it."""
    app = Shown()
    async with app.run_test(size=(120, 20)):
        app.view.table = TABLE
        odd = {"update/hidden1.weight": 9e-6, "update/hidden2.weight": 0.11, "update/output.bias": None}
        app.view.live = (1200, STEP | odd)
        assert app.row("total")[-1] == f"{(6 * 9) ** 0.5:.3g}"
        assert app.row("hidden1.weight")[-3:] == ["3", "9.00e-06", "low"]
        assert app.row("hidden2.weight")[-3:] == ["3", "1.10e-01", "high"]
        assert app.row("output.weight")[-2:] == ["3", "1.00e-03"]
        assert app.row("output.bias")[-1] == "3"
        assert app.view.of == "norm of the gradient and relative update in step 1,200"
        assert "takes one step" not in app.lines[-1]


async def test_another_step() -> None:
    """The numbers are those of the step that is looked at, and none where nobody looks at one."""
    app = Shown()
    async with app.run_test(size=(120, 20)):
        app.view.table = TABLE
        app.view.live = (5, {"grad/output.bias": 7.0})
        assert app.row("output.bias")[-1] == "7"
        app.view.live = (2, STEP)
        assert app.row("output.bias")[-2:] == ["3", "1.00e-03"]
        app.view.live = None
        assert app.view.of == ""
        assert "gradient" not in app.row("parameter")


async def test_columns_give_way() -> None:
    """In fewer cells bytes go first, then shares, operations, shapes and gradients; names and counts never do."""
    app = Shown()
    shown = []
    async with app.run_test(size=(120, 20)) as pilot:
        app.view.table = TABLE
        app.view.live = (1, STEP)
        for width in (120, 80, 70, 60, 50, 40, 27):
            await pilot.resize_terminal(width, 20)
            await pilot.pause()
            shown.append(app.row("parameter"))
            assert all(len(line) == width for line in app.lines)
    assert shown[0] == ["parameter", "shape", "count", "share", "in", "float32", "flops", "gradient", "update"]
    assert shown[-2:] == [["parameter", "count", "update"], ["parameter", "count"]]
    assert all(set(narrow) <= set(wide) for wide, narrow in pairwise(shown))


@pytest.mark.slow
async def test_keys_scroll() -> None:
    """Of a table longer than the screen `j` and `k` reach every row."""
    app = Shown()
    async with app.run_test(size=(60, 8)) as pilot:
        app.view.table = tuple(Parameter(f"layer{number}", (number,)) for number in range(1, 41))
        app.view.focus()
        await pilot.press(*"j" * 40)
        assert app.row("layer40")[-1]
        await pilot.press(*"k" * 40)
        assert app.row("total")
        assert not any("layer40" in line for line in app.lines)


async def test_nothing_known() -> None:
    """Without a table words stand in its place; where nobody knows the operations there is no column for them."""
    app = Shown()
    async with app.run_test(size=(60, 8)):
        app.view.waiting = "fitted in one go"
        assert any("fitted in one go" in line for line in app.lines)
        app.view.table = (Parameter("w", (3,)),)
        assert "flops" not in app.row("parameter")

"""The parameter table of a model: names, shapes and counts, by arithmetic."""

from collections.abc import Sequence

from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from tuitrain.drawing.text import clean
from tuitrain.models import Parameter


class Parameters(Static):
    """One line a tensor, the total below."""

    table: reactive[Sequence[Parameter]] = reactive((), init=False)

    def watch_table(self) -> None:
        """Show the new table."""
        self.update(Content.assemble(*_lines(self.table)))


def _lines(table: Sequence[Parameter]) -> list[str | tuple[str, str]]:
    total = sum(parameter.count for parameter in table)
    shapes = {parameter: " x ".join(map(str, parameter.shape)) for parameter in table}
    name_width = max([len(parameter.name) for parameter in table] + [9])
    shape_width = max([len(shape) for shape in shapes.values()] + [5])
    lines: list[str | tuple[str, str]] = [
        (f"{'parameter':<{name_width}}  {'shape':<{shape_width}}  {'count':>11}  {'share':>6}\n", "$secondary")
    ]
    for parameter in table:
        share = parameter.count / total if total else 0
        shape = shapes[parameter]
        lines.append(
            f"{clean(parameter.name):<{name_width}}  {shape:<{shape_width}}  {parameter.count:>11,}  {share:>6.1%}\n"
        )
    kilobytes = total * 4 / 1024
    lines.append((f"{'total':<{name_width}}  {'':<{shape_width}}  {total:>11,}", "bold"))
    lines.append((f"  {kilobytes:,.1f} KiB in float32", "$secondary"))
    return lines

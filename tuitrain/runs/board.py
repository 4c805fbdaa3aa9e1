"""The curves of a run as an event file of TensorBoard, its settings as a text beside them. Without torch."""

import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from tuitrain.runs.history import History

TEXT = "experiment"
"""The tag of the settings."""


class Point(NamedTuple):
    """A number of a curve, and when it was told, in seconds since the Unix epoch."""

    time: float
    step: int
    tag: str
    value: float


def events(history: History, settings: str) -> bytes:
    """Return the event file; raise ImportError where the package tensorboard is not installed.

    Measured numbers (val/, train_eval/) and those counted while training (train/, lr) keep their names, what was
    measured at the end is final/NAME.
    """
    from tensorboard.compat.proto import event_pb2, summary_pb2  # type: ignore[import-untyped]  # it ships no types
    from tensorboard.summary.writer.record_writer import RecordWriter  # type: ignore[import-untyped]  # it ships no types

    buffer, began = io.BytesIO(), _began(history)
    writer = RecordWriter(buffer)
    writer.write(event_pb2.Event(wall_time=began, file_version="brain.Event:2").SerializeToString())
    writer.write(event_pb2.Event(wall_time=began, summary=_text(settings)).SerializeToString())
    for point in sorted(points(history)):
        value = summary_pb2.Summary.Value(tag=point.tag, simple_value=point.value)
        summary = summary_pb2.Summary(value=[value])
        writer.write(event_pb2.Event(wall_time=point.time, step=point.step, summary=summary).SerializeToString())
    return buffer.getvalue()


def points(history: History) -> Iterator[Point]:
    """Yield every point of every curve; where a metric was told while training and measured, each as it was told.

    A metric with the same name in both keeps it for the finer curve; that of evaluations is evaluated/NAME.
    """
    began = _began(history)
    for curves, other, prefix in ((history.stepped, {}, ""), (history.evaluated, history.stepped, "evaluated/")):
        for name, series in curves.items():
            tag = f"{prefix}{name}" if name in other else name
            times = history.timeline.place(series.steps, "time")
            for step, value, passed in zip(series.steps, series.values, times, strict=True):
                yield Point(began + float(passed), int(step), tag, float(value))
    for name, number in ((history.ended or {}).get("metrics") or {}).items():
        if number is not None:
            yield Point(began + history.seconds, history.step, f"final/{name}", float(number))


def _began(history: History) -> float:
    try:
        return datetime.fromisoformat(str((history.started or {})["time"])).timestamp()
    except (KeyError, ValueError):
        return 0.0


def _text(settings: str) -> Any:
    """Return a summary that TensorBoard shows as text."""
    from tensorboard.compat.proto import summary_pb2
    from tensorboard.plugins.text import metadata  # type: ignore[import-untyped]  # it ships no types
    from tensorboard.util import tensor_util  # type: ignore[import-untyped]  # it ships no types

    block = "\n".join(f"    {line}" for line in settings.splitlines())  # four spaces are code in Markdown
    tensor = tensor_util.make_tensor_proto([block.encode()], shape=[1])
    described = metadata.create_summary_metadata(display_name=TEXT, description="What was trained, and how.")
    return summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag=TEXT, metadata=described, tensor=tensor)])

"""Pictures alone on a screen, and arrays for them to draw."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tuitrain.drawing.look import Look
from tuitrain.ui.widgets.picture import Arrays, Picture

VAL = np.array("val")


class Alone(App[None]):
    """One picture that takes the whole screen; it counts how often the picture told that it is called otherwise."""

    CSS = "Picture { height: 1fr; }"

    def __init__(self, picture: Picture, look: Look) -> None:
        super().__init__()
        self.picture, self.look = picture, look
        self.told: list[str] = []

    def compose(self) -> ComposeResult:
        """Show it."""
        yield self.picture

    def on_picture_told(self) -> None:
        """Note how it is called."""
        self.told.append(self.picture.of)


@asynccontextmanager
async def alone(
    picture: Picture, arrays: Arrays, size: tuple[int, int] = (80, 20), look: Look | None = None, **given: Any
) -> AsyncIterator[tuple[Pilot[None], Alone]]:
    """Show a picture of these arrays, focused where it can be."""
    app = Alone(picture, look or Look())
    async with app.run_test(size=size) as pilot:
        for name, value in given.items():
            setattr(picture, name, value)
        picture.arrays = arrays
        await pilot.pause()
        picture.focus()
        await pilot.pause()
        yield pilot, app


def painted(picture: Picture) -> list[str]:
    """Return the rows that are painted."""
    return ["".join(segment.text for segment in line) for line in picture._lines]


def words(picture: Picture) -> str:
    """Return what is painted as one line of words."""
    return " ".join(" ".join(painted(picture)).split())


def classes(count: int) -> dict[str, Any]:
    """Return a confusion matrix in which each class is taken for the next now and then, the last one most."""
    counts = np.diag(np.full(count, 400)) + np.diag(np.arange(1, count), k=1)
    return {"confusion": counts.astype(np.int32), "split": VAL}


def plane(boundary: int = 48) -> dict[str, Any]:
    """Return a plane of two classes with eight points on it, half of them wrong."""
    kinds = np.zeros((96, 96), dtype=np.int16)
    kinds[:, boundary:] = 1
    far = np.abs(np.arange(96) - boundary + 0.5) / 96
    points = np.stack([np.arange(8) / 4 - 0.8, np.linspace(-1.9, 1.9, 8)], axis=1)
    labels = np.tile([0, 1], 4)
    return {
        "surface": kinds,
        "confidence": (255 * (0.5 + far / 2)).astype(np.uint8)[None].repeat(96, axis=0),
        "extent": np.array([-2, 2, -2, 2], dtype=np.float32),
        "points": points.astype(np.float32),
        "labels": labels.astype(np.int16),
        "predictions": (points[:, 0] > (boundary - 48) / 24).astype(np.int16),
        "split": VAL,
    }


def curve(slope: float = 1.0) -> dict[str, Any]:
    """Return a line through a few points."""
    x = np.linspace(-1, 1, 50)
    return {"points": x[::10, None], "targets": x[::10], "fit_x": x, "fit_y": slope * x, "split": VAL}


def mistakes(first: int = 0, images: bool = True) -> dict[str, Any]:
    """Return six samples from a number on, as images or as rows of numbers, all taken for the next class."""
    found = {
        "worst": np.arange(first, first + 6),
        "worst_losses": np.linspace(5, 1, 6),
        "worst_labels": np.arange(6) % 3,
        "worst_predictions": (np.arange(6) + 1) % 3,
        "split": VAL,
    }
    shown = {"worst_images": np.zeros((6, 1, 8, 8), dtype=np.uint8)} if images else {"worst_inputs": np.zeros((6, 2))}
    return found | shown


def cloud(changed: int = 0) -> dict[str, Any]:
    """Return an embedding of forty samples, so many of them predicted wrong."""
    labels = np.arange(40) % 4
    guesses = np.where(np.arange(40) < changed, (labels + 1) % 4, labels)
    points = np.random.default_rng(changed).random((40, 2))
    return {"embedding": points, "embedding_labels": labels, "embedding_predictions": guesses, "split": VAL}


def units(count: int, shift: float = 0.0) -> dict[str, Any]:
    """Return weights of so many units."""
    return {"weights": np.linspace(-1, 1, count * 64).reshape(count, 8, 8) + shift}

"""Measured numbers in the words of the screen: a loss that shot up stays as short as any other. No widgets."""

from math import isfinite

from tuitrain.drawing.text import metric, number

LARGE = 1e7
"""From here on a number is told by its first digits and its power of ten."""


def compact(value: float) -> str:
    """Write a number for people, a large one by its first digits.

    >>> compact(512.0), compact(22640542613504.0), compact(1e308)
    ('512', '2.264e13', '1e308')
    """
    if abs(value) < LARGE or not isfinite(value):
        return number(value)
    mantissa, exponent = f"{value:.3e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"


def measured(value: float | None) -> str:
    """Write a metric with four decimals, a large one by its first digits; nothing where there is none."""
    return metric(value) if value is None or abs(value) < LARGE else compact(value)

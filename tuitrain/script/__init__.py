"""A run as a short program of its own: it needs torch and numpy, and knows nothing of tuitrain."""

from tuitrain.script.course import Course, Unwritable
from tuitrain.script.data import companion
from tuitrain.script.program import script

__all__ = ["Course", "Unwritable", "companion", "script"]

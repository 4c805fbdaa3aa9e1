"""The parts that screens are made of: data come in as attributes, what a person does goes out as messages."""

from pathlib import Path

STYLES = sorted(Path(__file__).parent.glob("*.tcss"))
"""The style sheet of each widget, for the CSS_PATH of an app."""

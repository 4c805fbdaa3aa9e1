"""Choosing data of one's own: a path, the folders, and what is in the file under the cursor.

It lists folders and opens no file: what is in one it asks.
"""

from asyncio import sleep, to_thread
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.suggester import Suggester
from textual.widgets import DirectoryTree, Footer, Input, Tree
from textual.widgets.directory_tree import DirEntry

from tuitrain.drawing.text import clean
from tuitrain.ui import paths
from tuitrain.ui.inquiry import QUIET, Ask, Inquiry
from tuitrain.ui.widgets.choice import Choice
from tuitrain.ui.widgets.files import Files, PathInput
from tuitrain.ui.widgets.menu import Entry
from tuitrain.ui.widgets.preview import Preview

"""What the dataset of the settings holds, on a page of its own."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from tuitrain.datasets import Dataset
from tuitrain.drawing.text import clean
from tuitrain.ui.inquiry import Ask, Inquiry
from tuitrain.ui.widgets.drafts import data_question
from tuitrain.ui.widgets.preview import Preview


class Contents(ModalScreen[None]):
    """Has the dataset looked into; closes on any of the keys that open or leave things."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,p,enter", "dismiss", "close", id="contents-close", tooltip="Close this page"),
    ]

    def __init__(self, dataset: Dataset, ask: Ask) -> None:
        super().__init__()
        self._question = data_question(dataset)
        self._inquiry = Inquiry(ask, self._told)
        self._title = " ".join(filter(None, (dataset.kind, getattr(dataset, "path", ""))))

    def compose(self) -> ComposeResult:
        """Lay out the page."""
        with Vertical(id="sheet"):
            yield Preview()

    def on_mount(self) -> None:
        """Say what it is, and have it looked into."""
        sheet = self.query_one("#sheet")
        sheet.border_title = Content(clean(self._title)).markup  # a title is markup, a path is not
        sheet.border_subtitle = "esc closes"
        self.query_one(Preview).waiting = "reading ..."
        self.query_one(Preview).focus()
        self._inquiry.want([self._question])
        self.run_worker(self._inquiry.run())

    def _told(self) -> None:
        for preview in self.query(Preview):  # none once the page is left
            preview.survey = self._inquiry.answer(self._question)

    def action_quit(self) -> None:
        """Take ctrl+q as q."""
        self.dismiss()

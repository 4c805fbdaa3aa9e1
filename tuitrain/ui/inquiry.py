"""What is asked of a worker about what is being typed: one question at a time, and the answers are kept.

It must not know widgets, nor what the questions are about.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any

from tuitrain.problems import Problem
from tuitrain.runs.survey import Survey

Tables = dict[str, Any]
"""A question: tables of an experiment, plain as TOML has them."""
Ask = Callable[[Tables], Survey | None]
"""Waits for the answer, so it is called in a thread; None where whoever answers died."""

QUIET = 0.4
"""Seconds without a new question before one is asked: nobody wants to know of half a word."""
DIED = Survey(
    problems=(Problem("dataset", "the worker that reads the data ended; change something to have another try"),)
)


class Inquiry:
    """The questions that are open and the answers there are. `run` asks, until all that are wanted are answered."""

    def __init__(self, ask: Ask, told: Callable[[], None]) -> None:
        self._ask, self._told = ask, told
        self._wanted: list[Tables] = []
        self._since = 0.0
        self._answers: dict[str, Survey] = {}

    def want(self, questions: Sequence[Tables]) -> bool:
        """Want these answered from now on, and no others; tell whether any of them has to be asked."""
        if list(questions) != self._wanted:
            self._wanted, self._since = list(questions), monotonic()
            self._answers = {key: found for key, found in self._answers.items() if found is not DIED}
        return self.asking

    def answer(self, question: Tables) -> Survey | None:
        """Return the answer, where there is one."""
        return self._answers.get(_key(question))

    def forget(self) -> None:
        """Have everything asked anew: files may have changed."""
        self._answers.clear()

    @property
    def asking(self) -> bool:
        """Whether an answer is missing."""
        return self._next is not None

    @property
    def _next(self) -> Tables | None:
        return next((question for question in self._wanted if _key(question) not in self._answers), None)

    async def run(self) -> None:
        """Ask for what is missing, one after another, and tell of each answer."""
        while self.asking:
            while (left := self._since + QUIET - monotonic()) > 0:
                await asyncio.sleep(left)
            question = self._next
            if question is not None:
                found = await asyncio.to_thread(self._ask, question)
                self._answers[_key(question)] = found or DIED
                self._told()


def _key(question: Tables) -> str:
    return json.dumps(question, sort_keys=True)

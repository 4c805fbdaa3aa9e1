"""What is asked about what is being typed, and when."""

import asyncio
import threading
from typing import Any

from tuitrain.problems import Problem
from tuitrain.runs.survey import Survey
from tuitrain.ui.inquiry import DIED, Inquiry


class Oracle:
    """Answers in its own time, and writes down what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.told = 0
        self.free = threading.Event()
        self.free.set()
        self.dead = False
        self.inquiry = Inquiry(self.ask, self.tell)

    def ask(self, question: dict[str, Any]) -> Survey | None:
        """Return a survey with the question in it."""
        self.asked.append(question["q"])
        assert self.free.wait(30)
        return None if self.dead else Survey(problems=(Problem("q", question["q"]),))

    def tell(self) -> None:
        """Count the answers told."""
        self.told += 1


def q(text: str) -> dict[str, Any]:
    """Return a question."""
    return {"q": text}


async def test_only_the_newest_question_is_asked() -> None:
    """Of what is typed in quick succession only the last is asked, and what was asked before is known."""
    oracle = Oracle()
    for text in ("d", "da", "data"):
        assert oracle.inquiry.want([q(text)])
    await oracle.inquiry.run()
    assert (oracle.asked, oracle.told) == (["data"], 1)
    assert oracle.inquiry.want([q("other")])
    assert not oracle.inquiry.want([q("data")])
    await oracle.inquiry.run()
    assert oracle.asked == ["data"]
    oracle.inquiry.forget()
    assert oracle.inquiry.want([q("data")])


async def test_one_question_at_a_time() -> None:
    """While an answer takes its time others wait, and those no longer wanted are never asked."""
    oracle = Oracle()
    oracle.free.clear()
    oracle.inquiry.want([q("slow"), q("second")])
    running = asyncio.create_task(oracle.inquiry.run())
    while not oracle.asked:
        await asyncio.sleep(0.01)
    oracle.inquiry.want([q("third")])
    oracle.inquiry.want([q("fourth")])
    oracle.free.set()
    await running
    assert oracle.asked == ["slow", "fourth"]
    assert oracle.inquiry.answer(q("slow")) is not None


async def test_a_dead_worker() -> None:
    """A worker that died is told as a problem, once, and is asked again when something changes."""
    oracle = Oracle()
    oracle.dead = True
    oracle.inquiry.want([q("data")])
    await oracle.inquiry.run()
    assert oracle.inquiry.answer(q("data")) is DIED
    assert oracle.asked == ["data"]
    oracle.dead = False
    oracle.inquiry.want([q("other")])
    assert oracle.inquiry.want([q("data")])

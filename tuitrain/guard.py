"""The terminal's guard: the cockpit works in a child, and this small parent puts the terminal back whatever ends it.

It knows processes, signals and modes of a terminal, nothing of what is shown. It is imported before anything heavy.
"""

import os
import select
import signal
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from mmap import mmap
from threading import Thread, active_count
from time import sleep
from types import FrameType
from typing import Any, NoReturn

HANDED = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP)
"""What is sent to the parent is meant for the cockpit."""
TYPED = (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP)
"""What keys send to both of them, as long as the terminal makes signals of keys."""
GRACE = 3.0
"""Seconds a cockpit has to end by itself once its parent or its terminal is gone."""
LEAVING = (
    "\x18\x1b\\"  # whatever sequence was cut off is over
    "\x1b[?2026l\x1b[<u"  # synchronized output; kitty's keyboard protocol, which each screen has of its own
    "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l"  # mouse
    "\x1b[?2004l\x1b[?1004l\x1b[?2048l\x1b[?7h"  # pasting in brackets, focus, sizes in band, wrapping
    "\x1b[0m\x1b[?1049l\x1b[?25h"  # colours, the alternate screen, the cursor
)
"""What takes back everything that a screen of Textual asks of a terminal."""
Modes = list[Any]
_SCREEN = mmap(-1, 1)
"""Shared with the child: whether it has the screen."""


def mark(*, taken: bool) -> None:
    """Say that the screen is about to be taken, or was given back: then there is nothing to take back."""
    _SCREEN[0] = taken


def guarded(work: Callable[[], int], say: Callable[[str], None], *, leaving: str = LEAVING) -> int:
    """Do the work in a child on the terminal of stdin; return its exit code, 128 + N where signal N ended it.

    `leaving` takes back what the work asked of the terminal; a sentence is said where a signal ended it. Stops with the
    child and goes on with it. The child ends when this process, or the terminal, is gone. Where there are other threads
    the work is done here, unguarded: a child would inherit locks that they hold, and nobody in it lets go of them.
    """
    if active_count() > 1:
        return work()
    modes = termios.tcgetattr(sys.stdin.fileno())
    give_back = partial(_give_back, modes, leaving)
    gone, held = os.pipe()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HANDED)  # what comes now waits until it can be handed on
    child = os.fork()
    if not child:
        os.close(held)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        _work(work, give_back, gone)
    os.close(gone)
    with _handing_on(child, before):
        status = _wait(child)
    os.close(held)
    code = os.waitstatus_to_exitcode(status)
    if _SCREEN[0] or code < 0:
        give_back()
    if code >= 0:
        return code
    with suppress(OSError):  # the terminal may be what is gone
        why = signal.strsignal(-code)
        say(f"the cockpit was ended by signal {-code} ({why}); what trains goes on, and tuitrain shows it again")
    return 128 - code


@contextmanager
def _handing_on(child: int, mask: set[signal.Signals | int]) -> Iterator[None]:
    """Hand signals to the child meanwhile, but those that this process was told to ignore."""
    heeded = [number for number in HANDED if signal.getsignal(number) is not signal.SIG_IGN]
    handlers = {number: signal.signal(number, partial(_hand_on, child)) for number in heeded}
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _hand_on(child: int, number: int, _frame: FrameType | None) -> None:
    """Send the child a signal, unless a key has sent it already; until it is waited for its number is its own."""
    if number not in TYPED or not _makes_signals():
        os.kill(child, number)


def _makes_signals() -> bool:
    """Tell whether the terminal makes signals of keys: not while a screen has it."""
    try:
        return bool(termios.tcgetattr(sys.stdin.fileno())[3] & termios.ISIG)
    except termios.error:
        return False


def _wait(child: int) -> int:
    """Wait for the end of the child and return how it ended; stop where it stops, and have it go on afterwards."""
    while True:
        _, status = os.waitpid(child, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            return status
        os.kill(os.getpid(), signal.SIGSTOP)
        os.kill(child, signal.SIGCONT)  # a shell tells both, a person perhaps this one alone


def _work(work: Callable[[], int], give_back: Callable[[], None], gone: int) -> NoReturn:
    """Be the child: do the work and end with its exit code, without what the parent has to do at its end."""
    code, parent = 1, os.getppid()
    try:
        Thread(target=_follow, args=(gone, give_back), name="guard", daemon=True).start()
        code = work()
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        if os.getppid() != parent and not _makes_signals():
            give_back()
        with suppress(OSError):  # the terminal may be gone
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _follow(gone: int, give_back: Callable[[], None]) -> None:
    """Wait until the parent or the terminal is gone and end this process: softly, and after a moment by force.

    An app whose terminal is gone reads nothing from it again and again, and waits for ever to write its last words.
    """
    ends = select.poll()
    for file in (gone, sys.stdin.fileno()):
        ends.register(file, 0)
    while not _is_gone(ends):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    sleep(GRACE)
    give_back()
    os.kill(os.getpid(), signal.SIGKILL)


def _is_gone(ends: select.poll) -> bool:
    """Wait until there is something to say of one of the ends; tell whether it is that the other side is gone."""
    said = ends.poll()
    if any(found & (select.POLLHUP | select.POLLERR) for _, found in said):
        return True
    for file, _ in said:
        ends.unregister(file)  # a system that cannot poll terminals
    return False


def _give_back(modes: Modes, leaving: str) -> None:
    """Put the terminal back as it was, also from the background."""
    file = sys.stdin.fileno()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTTOU])  # it stops whoever sets modes from there
    with suppress(OSError, termios.error):  # the terminal itself may be gone
        if _SCREEN[0]:
            os.write(sys.stderr.fileno(), leaving.encode())
            mark(taken=False)
        termios.tcflush(file, termios.TCIFLUSH)  # movements of the mouse would be typed into the shell
        termios.tcsetattr(file, termios.TCSANOW, modes)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)

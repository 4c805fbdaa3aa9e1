"""The marker of a fault test's row, and the count by row at the end: a row is survived when all of its tests are."""

import pytest

ROWS = 25
LINE = "faults: survived {} / tried {} of {}"
NAME = "fault"

Reports = list[pytest.TestReport | pytest.CollectReport]


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker."""
    config.addinivalue_line("markers", f"{NAME}(row): the row of the table of faults that this test is of, 1 to {ROWS}")


@pytest.hookimpl(tryfirst=True)
def pytest_itemcollected(item: pytest.Item) -> None:
    """Have the row of a test stand in its reports, which may be made in another process."""
    item.user_properties += [(NAME, mark.args[0]) for mark in item.iter_markers(NAME)]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Count the rows, where any was tried."""
    found = {kind: _by_row(terminalreporter.stats.get(kind, [])) for kind in ("passed", "failed", "error", "skipped")}
    survived = found["passed"].keys() - found["failed"].keys() - found["error"].keys()
    tried = found["passed"].keys() | found["failed"].keys() | found["error"].keys()
    skipped = {row: reasons for row, reasons in found["skipped"].items() if row not in tried}
    if not (tried or skipped):
        return
    told = "; ".join(f"{row}, {reasons[0]}" for row, reasons in sorted(skipped.items()))
    line = LINE.format(len(survived), len(tried), ROWS)
    terminalreporter.write_line(f"{line} (skipped: {told})" if told else line)
    for row, reasons in sorted((found["failed"] | found["error"]).items()):
        terminalreporter.write_line(f"  row {row}: {', '.join(reasons)}")
    for row, reasons in sorted(found["skipped"].items()):
        if row in tried:
            terminalreporter.write_line(f"  row {row}, in part: {reasons[0]}")


def _by_row(reports: Reports) -> dict[int, list[str]]:
    """Return for each row what its reports say: the test, or why it was skipped."""
    rows: dict[int, list[str]] = {}
    for report in reports:
        for name, row in getattr(report, "user_properties", ()):
            if name == NAME:
                rows.setdefault(row, []).append(_said(report))
    return rows


def _said(report: pytest.TestReport | pytest.CollectReport) -> str:
    if report.skipped and isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return report.nodeid.rpartition("::")[2]

"""Progress as a display that redraws itself: a bar, what came of it so far, and a line for each worker."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO

from rich.console import Console, Group, RenderableType
from rich.live import Live as Display
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from pytest_aigen.data import Gap, Phase, Progress, Working
from pytest_aigen.reports.progress.words import Pace, doing, done, facts, title
from pytest_aigen.reports.words import place, plain

#: Below this many columns there is no room for a bar beside the numbers.
BAR_FROM = 50


class Steady(Console):
    """A console that leaves the cursor alone: a process that is killed could not bring it back."""

    def show_cursor(self, show: bool = True) -> bool:
        return False


class Live:
    """A `Watcher`. It is drawn below what pytest printed and leaves nothing behind.

    What others print meanwhile appears above it.
    """

    def __init__(
        self,
        file: IO[str],
        root: Path,
        *,
        rows: int,
        environ: Mapping[str, str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``rows``: most lines for what is being worked on. Of ``environ`` COLUMNS and LINES say how large the
        terminal is, where they are there: lines that are too wide cannot be taken back.
        """
        self._root, self._rows = root, rows
        self._pace = Pace(clock)
        self._console = Steady(
            file=file, force_terminal=True, highlight=False, markup=False, emoji=False, _environ=environ
        )
        self._display = Display(
            console=self._console, auto_refresh=False, transient=True, vertical_overflow="crop"
        )
        #: Who stands in which row: lines that jump cannot be read.
        self._places: list[Gap | None] = []

    def show(self, progress: Progress) -> None:
        self._display.start()
        self._display.update(self._drawn(progress), refresh=True)

    def close(self) -> None:
        self._display.stop()

    def _drawn(self, progress: Progress) -> RenderableType:
        return Group(self._bar(progress), *_facts(progress, self._console.width), *self._workers(progress))

    def _bar(self, progress: Progress) -> RenderableType:
        row = Table.grid(padding=(0, 2, 0, 0), expand=False)
        is_wide = self._console.width >= BAR_FROM
        cells: list[RenderableType] = [Text(f"{'ai-gen: ' * is_wide}{title(progress)}", style="bold")]
        if is_wide:
            total = None if progress.phase is Phase.ENDING else float(max(1, progress.total))
            width = min(40, self._console.width // 4)
            cells.append(ProgressBar(total, float(progress.done), width=width, pulse=total is None))
        much = done(progress) if is_wide else done(progress).partition(" ")[0]
        cells += [Text(part) for part in (much, self._pace.left(progress)) if part]
        for _ in cells:
            row.add_column(no_wrap=True, overflow="ellipsis")
        row.add_row(*cells)
        return row

    def _workers(self, progress: Progress) -> Iterator[RenderableType]:
        working = {one.gap: one for one in progress.working}
        self._seat(working)
        for gap in self._places:
            words = self._worker(working[gap], progress) if gap is not None else "  -"
            yield Text(words, no_wrap=True, overflow="ellipsis", style="dim" if gap is None else "")
        if (more := len(working) - sum(gap is not None for gap in self._places)) > 0:
            yield Text(f"  and {more} more", style="dim", no_wrap=True, overflow="ellipsis")

    def _worker(self, one: Working, progress: Progress) -> str:
        # The function says more than the folder where there is no room for both.
        where = place(one.gap, self._root)
        what = plain(one.test) or doing(progress)
        room = self._console.width - len(what) - 4
        if len(where) > room:
            where = f"...{where[3 - room :]}" if room > 12 else where[-max(room, 0) :] if room > 0 else ""
        return f"  {where}  {what}"

    def _seat(self, working: dict[Gap, Working]) -> None:
        """Who is still at work keeps the row, newcomers get the free ones."""
        rows = max(0, min(self._rows, self._console.height - 6))
        self._places = [gap if gap in working else None for gap in self._places[:rows]]
        waiting = [gap for gap in working if gap not in self._places]
        for number, gap in enumerate(self._places):
            if gap is None and waiting:
                self._places[number] = waiting.pop(0)
        self._places += waiting[: rows - len(self._places)]
        if not working:
            self._places = []


def _facts(progress: Progress, width: int) -> Iterator[Text]:
    """In as many lines as they need; none of them is cut in two."""
    line = Text("  ")
    for fact in facts(progress):
        if len(line) > 2:
            line.append(",")
            if len(line) + 2 + len(fact.text) > width:
                yield line
                line = Text("  ")
            else:
                line.append(" ")
        line.append(fact.text, style=fact.colour)
    yield line

"""Sets papers as PDF in threads of its own, so that nothing else waits for it.

Typst compiles outside of Python's lock, with a compiler for each thread that is kept: what papers have in
common is laid out once. The same papers give the same bytes: nothing in a PDF says when it was set but the
instant that is given.
"""

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeVar

import orjson
import typst

from libs.common.printing.fonts import Fonts

#: What a template gets for one paper: texts, or lists and mappings of such.
Paper = Mapping[str, object]
Made = TypeVar("Made")
Form = Literal["pdf", "png", "svg"]


class Press:
    """Sets papers by one template, which reads them from `sys.inputs.papers` (JSON) and says the fonts
    of `sys.inputs.fonts`."""

    def __init__(self, template: Path, fonts: Fonts, threads: int = 1) -> None:
        self._template = template
        self._fonts = fonts
        self._families = orjson.dumps(fonts.families).decode()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="press")
        self._own = threading.local()

    async def set(self, papers: Callable[[], Sequence[Paper]], at: datetime) -> bytes:
        """Set papers, one behind the other, as one PDF that says to be made `at`.

        What they say is worked out in the thread, too: a thousand QR codes are seconds.
        """
        return await self.run(lambda: self.set_here(papers(), at))

    async def run(self, work: Callable[[], Made]) -> Made:
        """Do something with `set_here` in a thread of the press, in its turn."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def set_here(self, papers: Sequence[Paper], at: datetime, form: Form = "pdf") -> bytes:
        """The same in this thread. As a picture it is the first page."""
        inputs = {"papers": orjson.dumps(papers).decode(), "fonts": self._families}
        made = self._compiler().compile(
            format=form, sys_inputs=inputs, timestamp=int(at.timestamp()), ppi=110
        )
        assert made is not None
        return made if isinstance(made, bytes) else made[0]

    def _compiler(self) -> typst.Compiler:
        kept: typst.Compiler | None = getattr(self._own, "compiler", None)
        if kept is None:
            kept = self._own.compiler = typst.Compiler(
                str(self._template),
                root=str(self._template.parent),
                font_paths=self._fonts.found,
                ignore_system_fonts=True,
            )
        return kept

    def close(self) -> None:
        """End the threads when what they have begun is set."""
        self._threads.shutdown(wait=False, cancel_futures=True)

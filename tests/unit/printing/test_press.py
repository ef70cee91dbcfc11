"""Papers are set beside everything else, and come out the same again."""

import asyncio
from time import perf_counter

import pytest

from libs.common.printing import Press, load_fonts, qr_svg
from tests.unit.printing.builders import AT

TEMPLATE = """
#set page(width: 90mm, height: 50mm)
#set text(font: json(bytes(sys.inputs.fonts)))
#for one in json(bytes(sys.inputs.papers)) [
  #page[#one.name #image(bytes(one.qr), format: "svg", width: 20mm)]
]
"""


@pytest.fixture
def press(tmp_path):
    template = tmp_path / "paper.typ"
    template.write_text(TEMPLATE)
    made = Press(template, load_fonts())
    yield made
    made.close()


def papers(number: int):
    return [{"name": f"张三{place}", "qr": qr_svg(f"https://a.example/{place}")} for place in range(number)]


class TestPress:
    async def test_sets_the_same_bytes_again(self, press):
        first = await press.set(lambda: papers(2), AT)

        assert first.startswith(b"%PDF-") and await press.set(lambda: papers(2), AT) == first

    async def test_says_when_papers_were_made_by_the_time_given(self, press):
        made = await press.set(lambda: papers(1), AT)

        assert b"D:2019112002" in made or b"D:20191120020500" in made

    async def test_lets_everything_else_go_on(self, press):
        await press.set(lambda: papers(1), AT)
        longest, last, done = 0.0, perf_counter(), asyncio.Event()

        async def look() -> None:
            nonlocal longest, last
            while not done.is_set():
                await asyncio.sleep(0.001)
                now = perf_counter()
                longest, last = max(longest, now - last), now

        looking = asyncio.create_task(look())
        started = perf_counter()
        await press.set(lambda: papers(300), AT)
        took = perf_counter() - started
        done.set()
        await looking

        assert longest < took / 3, (longest, took)

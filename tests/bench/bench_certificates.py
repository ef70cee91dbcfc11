"""How long it takes to set the certificates of a township: one by one, as one file, as a zip.

python tests/bench/bench_certificates.py [--people 1000]
"""

import argparse
import asyncio
import os
import time
from dataclasses import replace
from datetime import date, datetime

from libs.common.clock import SHANGHAI
from services.collection.certificates.printing import Printing
from services.collection.certificates.rules import Content, Money, PersonPart, certificate_no

AT = datetime(2019, 11, 20, 10, 5, tzinfo=SHANGHAI)
NAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"


def content(number: int) -> Content:
    """A certificate of one generated person."""
    money = Money(number, 1, f"42000017{number:018d}", "微信支付", "WeChat Pay", AT, 25_000, 0, False)
    name = NAMES[number % 32] + NAMES[number // 32 % 32] + "𠮷䶮伟"[number % 3]
    person = PersonPart(
        number, number, name, f"350426********{number % 10_000:04d}", None, "集中缴费期", "main window",
        25_000, 25_000, 0, date(2020, 1, 1), date(2020, 12, 31), "3504262019112000000178", "stands", (),
        (money,),
    )  # fmt: skip
    return Content(
        "certificate", certificate_no("350426", AT.date(), number + 1), "youxi", 2020, "350426101203",
        "尤溪县", "Youxi County", "城乡居民基本医疗保险", "medical insurance", "尤溪县医保局",
        AT, "officer", "https://canbao.example/certificates/check", "stands", [person],
    )  # fmt: skip


async def main(people: int) -> None:
    """Measure, and print seconds and bytes."""
    printing = Printing(None)
    coded = [(content(number), "K3QD-7RXA") for number in range(people)]
    started = time.perf_counter()
    await printing.one(*coded[0])
    print(f"the first of a process: {(time.perf_counter() - started) * 1000:.0f} ms")
    some = [
        (replace(one, issued_by=f"officer {place}"), code) for place, (one, code) in enumerate(coded[:50])
    ]
    started, processor = time.perf_counter(), time.process_time()
    for one, code in some:
        await printing.one(one, code)
    seconds, busy = time.perf_counter() - started, time.process_time() - processor
    print(f"each by itself: {seconds * 1000 / len(some):.1f} ms, {busy * 1000 / len(some):.1f} of processor")
    for name, work in (("one PDF", printing.together), ("zip", printing.apart)):
        started, processor = time.perf_counter(), time.process_time()
        made = await work(coded)
        seconds, busy = time.perf_counter() - started, time.process_time() - processor
        print(f"{people:,} as {name}: {seconds:.1f} s, {busy:.1f} s of processor, {len(made) / 1e6:.1f} MB")
    printing.close()
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000)
    asyncio.run(main(parser.parse_args().people))

# SPDX-License-Identifier: Apache-2.0
"""A list of penalties published from CSV into a daemon to which nobody has subscribed."""

import contextlib
import os
import re
import resource
import shutil

from pair import FROM, Daemon, Usage
from results import LESS, MORE, Row

HEADER = "处罚决定书文号,主体名称,统一社会信用代码,形成或收到时间,处罚种类,罚款金额（元）,违法事实,处罚依据,执行情况,行政区划代码\r\n"
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]


def credit_code(number):
    body = f"91653126MA7{number % 1_000_000:06d}"
    total = sum(ALPHABET.index(c) * weight for c, weight in zip(body, WEIGHTS))
    return body + ALPHABET[(31 - total % 31) % 31]


def write_list(path, count, encoding):
    with open(path, "w", encoding=encoding, newline="") as out:
        out.write(HEADER)
        for n in range(count):
            out.write(f"叶市监处罚〔2025〕{n}号,叶城县某某商贸有限责任公司{n},{credit_code(n)},2025年9月{n % 20 + 1}日,警告；罚款,{n % 9000 + 500},"
                      f"\"经营超过保质期的食品，货值金额{n % 977}元，未建立进货查验记录\",《食品安全法》第一百二十四条第一款第五项,已缴纳,653126\r\n")
    return path


@contextlib.contextmanager
def open_daemon(ground, suite):
    daemon = Daemon(ground, "a", FROM, suite)
    try:
        daemon.start()
        yield daemon
    finally:
        daemon.stop()
        shutil.rmtree(daemon.folder, ignore_errors=True)


def publish(ground, daemon, path):
    """What a run says of itself, and its own CPU in milliseconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    words = [ground.build / "liaison", "-C", daemon.folder, "--as", "submitter", "publish", "--csv", path, "--category", "penalty",
             "--source", "penalties"]
    numbers = [float(number) for number in re.findall(r"[\d.]+", ground.run(*words))]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    names = ("lines", "published", "held", "refused", "seconds", "rate")
    return dict(zip(names, numbers)), (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


def measure_import(ground, scale, results, suite):
    count = 1_000_000 if scale.full else 100_000
    path = write_list(ground.folder / "list.csv", count, "utf-8")
    other = write_list(ground.folder / "list-gb18030.csv", count, "gb18030")
    line = os.path.getsize(path) / count
    rates, costs, clients, held = [], [], [], []
    for _ in range(scale.repetitions):
        with open_daemon(ground, suite) as daemon:
            usage = Usage([daemon])
            told, client_ms = publish(ground, daemon, path)
            assert told["published"] == count
            rates.append(told["rate"])
            costs.append(usage.total_ms() / count * 1000)
            clients.append(client_ms / count * 1000)
            threads, busy = usage.threads()[0], usage.busy_share()
            told, _ = publish(ground, daemon, other)
            assert told["held"] == count, "it is the same list"
            held.append(told["rate"])
    parts = ", ".join(f"{kind} {ms / count * 1000:.1f}" for kind, ms in threads.items())
    results.add(suite, Row("lines of a list published a second", "/s", MORE, 20000, 30000).measured(
        *rates, note=f"liaison publish --csv, {scale.repetitions} × {count:,} lines of {line:.0f} bytes, an empty daemon each; machine {busy:.0%} busy"))
    results.add(suite, Row("CPU per 1000 lines, daemon", "ms", LESS, 50, 30).measured(*costs, note=f"last repetition: {parts}"))
    results.add(suite, Row("CPU per 1000 lines, liaison publish", "ms", LESS, 50, 12).measured(*clients))
    results.add(suite, Row("lines a second that are held already, GB18030", "/s", MORE, 20000, 60000).measured(*held))
    for made in (path, other):
        made.unlink()

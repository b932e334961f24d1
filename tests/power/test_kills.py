# SPDX-License-Identifier: Apache-2.0
"""kill -9 before and after every step of a turn, and at random moments, with messages under way in
both directions.

What clients were told is compared with what is stored: nothing accepted is missing, nothing is
stored or delivered twice, and each receiver has the order of its sender. LIAISON_POINT_KILLS says
how often each point kills, LIAISON_KILLS how often chance does; LIAISON_SEED repeats an earlier
run."""

import collections
import concurrent.futures
import os
import random
import signal
import subprocess
import time

from agency import BUILD, BUREAU, ED25519, JIA, SM2, example, open_town, until
from traffic import Traffic, describe

POINT_KILLS = int(os.environ.get("LIAISON_POINT_KILLS", "8"))
KILLS = int(os.environ.get("LIAISON_KILLS", "200"))
SEED = int(os.environ.get("LIAISON_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)
KILLABLE = BUILD / "tests" / "liaisond-killable"
PASSES = 6  # a point kills at one of its first so many
TOWNS = 2  # at work at once
KILLS_A_TOWN = 1000  # so that a journal does not grow with the number of kills
PAIR = ((BUREAU, ED25519, True), (JIA, SM2, True))


def read_points():
    env = dict(os.environ, LIAISON_KILL="?")
    asked = subprocess.run([str(KILLABLE)], env=env, capture_output=True, text=True, check=True)
    return [f"{name}:{when}" for name in asked.stdout.split() for when in ("before", "after")]


def in_parts(kills, chance):
    """Kills in any order, so many for each town."""
    chance.shuffle(kills)
    count = max(TOWNS, -(-len(kills) // KILLS_A_TOWN))
    return [kills[i::count] for i in range(count)]


def in_towns(work, parts):
    """The sum of what `work` counts with each part, in a town of its own."""
    with concurrent.futures.ThreadPoolExecutor(TOWNS) as pool:
        return sum(pool.map(work, parts), collections.Counter())


def kill_at_points(kills):
    """`kills` are (point, pass, which agency)."""
    with open_town(*PAIR) as town:
        agencies = list(town)
        traffic = Traffic(agencies, batch=2)
        counts = collections.Counter()
        for which, victim in enumerate(agencies):
            victim.program = KILLABLE
            victim.stop()
            for point, passes, _ in [kill for kill in kills if kill[2] == which]:
                victim.environment = {"LIAISON_KILL": f"{point}:{passes}"}
                victim.launch()
                traffic.run_while(lambda: victim.process.poll() is None, f"{point} comes")
                assert victim.process.returncode == -signal.SIGKILL, victim.log()[-2000:]
                victim.process = None
                counts[point] += 1
            victim.environment = {}
            victim.start()
        traffic.settle()
        counts.update(traffic.compare())
        return counts


def test_nothing_is_lost_or_doubled_by_a_kill_at_any_step(say):
    say(f"\nLIAISON_SEED={SEED} LIAISON_POINT_KILLS={POINT_KILLS}")
    chance = random.Random(SEED)
    points = read_points()
    kills = [
        (point, chance.randint(1, PASSES), number % 2)
        for point in points
        for number in range(POINT_KILLS)
    ]
    counts = in_towns(kill_at_points, in_parts(kills, chance))
    done = [counts[point] for point in points]
    say(f"{sum(done)} kills at {len(points)} points; {describe(counts)}, lost 0, doubled 0")
    assert min(done) == POINT_KILLS


def kill_at_random(part):
    """`part` are the seeds of its kills."""
    with open_town(*PAIR) as town:
        agencies = list(town)
        traffic = Traffic(agencies, batch=8)
        counts = collections.Counter()
        for seed in part:
            chance = random.Random(seed)
            traffic.permit(2)
            time.sleep(chance.uniform(0.0, 0.08))  # the moment is what is random here
            victims = agencies if chance.random() < 0.15 else [chance.choice(agencies)]
            for victim in victims:
                victim.kill()
            flying = [a for a in agencies if a not in victims and traffic.backlog(a) > 0]
            for victim in victims:
                victim.start()
            flying += [a for a in victims if traffic.backlog(a) > 0]
            counts.update(f"from {agency.id}" for agency in flying)
            counts["kills"] += 1
        traffic.settle()
        counts.update(traffic.compare())
        return counts


def test_nothing_is_lost_or_doubled_by_kills_at_random(say):
    say(f"\nLIAISON_SEED={SEED} LIAISON_KILLS={KILLS}")
    chance = random.Random(SEED)
    kills = [chance.randrange(1 << 32) for _ in range(KILLS)]
    counts = in_towns(kill_at_random, in_parts(kills, chance))
    flights = {agency: counts[f"from {agency}"] for agency in (BUREAU, JIA)}
    say(f"{counts['kills']} kills, under way {flights}; {describe(counts)}, lost 0, doubled 0")
    assert counts["kills"] == KILLS and all(flights.values()), "nothing was under way: no test"


def read_file_points():
    env = dict(os.environ, LIAISON_KILL="files")
    asked = subprocess.run([str(KILLABLE)], env=env, capture_output=True, text=True, check=True)
    return [f"{name}:{when}:{passes}" for name in asked.stdout.split() for when in ("before", "after") for passes in (1, 2)]


def is_whole(agency, message):
    shown = agency.show(message)
    return shown and all(attachment["state"] == "held" for attachment in shown["attachments"])


def test_attachment_is_whole_after_a_kill_at_any_step(say, tmp_path):
    points = read_file_points()
    with open_town(*PAIR) as town:
        bureau, jia = town[BUREAU], town[JIA]
        jia.program = KILLABLE
        for number, point in enumerate(points):
            paths = [tmp_path / f"{number}-{part}.bin" for part in range(2)]
            for path in paths:
                path.write_bytes(os.urandom(700_000))
            jia.stop()
            jia.environment = {"LIAISON_KILL": point}
            jia.launch()
            message = bureau.send("note", JIA, example("note"), attach=paths)["id"]
            until(lambda: jia.process.poll() is not None, f"{point} comes")
            assert jia.process.returncode == -signal.SIGKILL, jia.log()[-2000:]
            jia.process = None
            jia.environment = {}
            jia.start()
            until(lambda: is_whole(jia, message), f"{message} is whole after {point}")
            for path in paths:
                got = tmp_path / "got"
                assert jia.cli("get", message, path.name, output=got).status == 0
                assert got.read_bytes() == path.read_bytes(), point
            folder = jia.folder / "store" / "files"
            assert not [p for p in (folder / "partial").iterdir()], point
        assert len([p for p in folder.iterdir() if p.suffix != ".tree"]) == 1 + 2 * len(points)
    say(f"{len(points)} kills at the steps of an attachment, nothing lost, nothing left over")

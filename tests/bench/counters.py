# SPDX-License-Identifier: Apache-2.0
"""What a process, a disk and the machine have used, as the kernel counts it."""

import contextlib
import ctypes
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import time

MEMORY_FILE_SYSTEMS = {"tmpfs", "ramfs", "devtmpfs"}
SECTOR = 512
TICKS = os.sysconf("SC_CLK_TCK")


# ----------------------------------------------------------------------------------------- processes


def thread_cpu_ms(pid):
    """CPU time of each kind of thread: the turn's (main), libzmq's (io), those that verify (verify)."""
    used = {"main": 0.0, "verify": 0.0, "io": 0.0}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        name = (task / "comm").read_text("ascii").strip()
        kind = "io" if name.startswith("ZMQ") else "verify" if name == "verify" else "main"
        used[kind] += int((task / "schedstat").read_text("ascii").split()[0]) / 1e6
    return used


def cpu_ms(pid):
    return sum(thread_cpu_ms(pid).values())


def memory_mib(pid):
    """Resident memory: what is private, the pages of the store's map, and the program's files."""
    sizes = {"private": 0, "store": 0, "program": 0}
    place = ""
    for line in pathlib.Path(f"/proc/{pid}/smaps").read_text("utf-8").splitlines():
        words = line.split()
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            place = words[5] if len(words) > 5 else ""
        elif words[0] == "Rss:":
            resident = int(words[1])
        elif words[0] == "Anonymous:":
            sizes["private"] += int(words[1])
            sizes["store" if place.endswith(".mdb") else "program"] += resident - int(words[1])
    found = {name: size / 1024 for name, size in sizes.items()}
    found["without store"] = found["private"] + found["program"]
    return found


def written_bytes(pid):
    """Bytes handed to write calls. Sockets are not written to with them, so this is the store."""
    text = pathlib.Path(f"/proc/{pid}/io").read_text("ascii")
    return int(re.search(r"^wchar: (\d+)", text, re.MULTILINE).group(1))


def faults(pid):
    """Page faults so far: those served from memory, and those that read the disk."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()
    return int(fields[7]), int(fields[9])


# ------------------------------------------------------------------------------------------- machine


def machine_busy_s():
    """CPU seconds that anybody has used on this machine."""
    fields = pathlib.Path("/proc/stat").read_text("ascii").split("\n", 1)[0].split()[1:]
    user, nice, system, _, _, irq, soft, steal = map(int, fields[:8])
    return (user + nice + system + irq + soft + steal) / TICKS


# ---------------------------------------------------------------------------------------------- disk


def file_system(folder):
    """Type and place of the mount that a folder is on."""
    best = ("", "")
    for line in pathlib.Path("/proc/mounts").read_text("utf-8").splitlines():
        place, kind = line.split()[1:3]
        place = place.encode().decode("unicode_escape")
        if folder.is_relative_to(place) and len(place) >= len(best[1]):
            best = (kind, place)
    return best


def block_device(folder):
    number = os.stat(folder).st_dev
    return pathlib.Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}")


def describe_disk(folder):
    kind, place = file_system(folder)
    device = block_device(folder)
    name = device.resolve().name if device.exists() else "no block device"
    cache = device.resolve() / "queue" / "write_cache"
    how = cache.read_text("ascii").strip() if cache.exists() else "unknown"
    return f"{folder} ({kind} at {place} on {name}, write cache: {how}, flush {flush_us(folder):.0f} us)"


def flush_us(folder):
    """Median time of 4 KiB appended and made durable."""
    path = folder / "flush.probe"
    times = []
    with open(path, "wb") as file:
        for _ in range(200):
            file.write(bytes(4096))
            file.flush()
            start = time.monotonic()
            os.fdatasync(file.fileno())
            times.append((time.monotonic() - start) * 1e6)
    path.unlink()
    return statistics.median(times)


class DiskCounter:
    """Bytes written to the disk that holds a folder, and flushes it was asked for, by anybody."""

    def __init__(self, folder):
        self.folder = folder
        self.path = block_device(folder) / "stat"
        self.start = self.read()

    def read(self):
        """The file system's own tail, its journal and metadata, belongs to the writing."""
        fd = os.open(self.folder, os.O_RDONLY)
        ctypes.CDLL(None).syncfs(fd)
        os.close(fd)
        fields = list(map(int, self.path.read_text("ascii").split()))
        return fields[6] * SECTOR, fields[15] if len(fields) > 15 else 0

    def used(self):
        return [after - before for after, before in zip(self.read(), self.start)]


def has_counters(folder):
    return (block_device(folder) / "stat").exists()


@contextlib.contextmanager
def own_disk(folder, mib):
    """A folder on a block device that nobody else writes to: a file of `folder` as ext4 through a loop
    device, for root only. Gives None where that cannot be made."""
    image, place = folder / "disk.img", folder / "disk"
    tools = all(shutil.which(tool) for tool in ("mkfs.ext4", "mount", "umount"))
    if os.geteuid() != 0 or not tools:
        yield None
        return
    with open(image, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, mib << 20)
    place.mkdir(exist_ok=True)
    lazy = "lazy_itable_init=0,lazy_journal_init=0"
    subprocess.run(["mkfs.ext4", "-q", "-F", "-E", lazy, image], check=True)
    made = subprocess.run(["mount", "-o", "loop", image, place], capture_output=True, check=False)
    try:
        yield place if made.returncode == 0 else None
    finally:
        if made.returncode == 0:
            subprocess.run(["umount", place], check=True)
        image.unlink()


def forget_pages(path):
    """Drops a file's pages from the page cache, so that the next to open it reads the disk."""
    fd = os.open(path, os.O_RDONLY)
    os.fdatasync(fd)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(fd)

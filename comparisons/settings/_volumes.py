"""Whether a folder is on a volume, which a container's restart does not empty."""

from __future__ import annotations

from pathlib import Path

MOUNTS = Path("/proc/self/mounts")
"""The table of mounted file systems (see ``proc(5)``): device, mount point, type of file system, options."""
FLEETING = frozenset({"overlay", "tmpfs", "ramfs", "devtmpfs", "rootfs", "aufs"})
"""Types of file systems whose content is lost when their container or the machine ends."""


def is_on_a_volume(folder: Path, mounts: Path = MOUNTS) -> bool:
    """Whether a folder, which need not exist yet, is on a file system other than the container's own disk.

    False if that cannot be found out.
    """
    try:
        lines = mounts.read_text("utf-8", "replace").splitlines()
    except OSError:
        return False
    found = [(Path(_plain(place)), kind) for _, place, kind, *_ in (line.split(" ") for line in lines if line)]
    around = [(place, kind) for place, kind in found if place == folder or place in folder.parents]
    if not around:
        return False
    longest = max(len(place.parts) for place, _ in around)
    place, kind = [each for each in around if len(each[0].parts) == longest][-1]  # the last one mounted covers others
    return place != Path("/") and kind not in FLEETING


def _plain(place: str) -> str:
    """A mount point's path: the table has blanks and backslashes in it as octal numbers."""
    for letter in (" ", "\t", "\n", "\\"):
        place = place.replace(f"\\{ord(letter):03o}", letter)
    return place

"""The named points at which the programs can be told to die; see include/deskbell/crash.h."""

import os
import re

HEADER = os.path.join(os.environ.get("TOP_SRCDIR", "."), "include/deskbell/crash.h")


def points(program):
    """The names that begin with this program's, in their order."""
    with open(HEADER, encoding="utf-8") as header:
        names = re.findall(r'X\(\w+, "([\w.]+)"\)', header.read())
    return [name for name in names if name.split(".")[0] == program]


class Plan:
    """One death, or one standstill: the nth time that a process comes by this point."""

    def __init__(self, folder, name, nth=1, variable="DESKBELL_CRASH"):
        self.path = os.path.join(str(folder), f"happened-at-{name}-{nth}")
        self.env = {variable: f"{name}:{nth}:{self.path}"}

    @property
    def happened(self):
        return os.path.exists(self.path)

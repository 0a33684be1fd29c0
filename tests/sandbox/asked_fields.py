"""The fields that the calls of a platform ask for, read from its source: what is new is tried without being listed."""

import functools
import re
from pathlib import Path

import sandbox

ASKED = re.compile(
    r"\.(?:text|texts|number|flag|object|objects|option|query|query_option|query_flag|query_number|has|get|file|choice"
    r"|moment)\(\s*\"([A-Za-z_]\w*)\""
)


@functools.cache
def fields_of(folder=""):
    """Sorted, without doubles; ``folder`` is a package of the town, the control door's own files without it."""
    home = Path(sandbox.__file__).parent / folder
    pattern = "*.py" if folder else "control*.py"
    found = {name for file in home.glob(pattern) for name in ASKED.findall(file.read_text(encoding="utf-8"))}
    return sorted(found)

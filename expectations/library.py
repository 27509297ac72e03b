"""Great Expectations, imported as if PySpark were not installed.

Where it is, Great Expectations imports PySpark's Connect client, which ends the process when the main module has no
name, as in some worker processes. Only Pandas is used of Great Expectations here. Modules that use it import this
module before it.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

_HIDDEN = "pyspark"


def _imported() -> ModuleType:
    found = sys.modules.get(_HIDDEN)
    # None is how Python is told that a module is not there; typeshed has only modules.
    sys.modules[_HIDDEN] = None  # type: ignore[assignment]
    try:
        return importlib.import_module("great_expectations")
    finally:
        del sys.modules[_HIDDEN]
        if found is not None:
            sys.modules[_HIDDEN] = found


great_expectations = _imported()

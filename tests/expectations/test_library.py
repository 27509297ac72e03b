"""Great Expectations comes without PySpark, and PySpark can be used beside it."""

import subprocess
import sys

# A process whose main module has no name and no file, as a worker of pytest-xdist or of a pool has.
NAMELESS = """
import sys
del sys.modules["__main__"].__spec__
sys.modules["__main__"].__spec__ = None
sys.modules["__main__"].__dict__.pop("__file__", None)
import expectations.runner
assert not any(name.split(".")[0] == "pyspark" for name in sys.modules), "Great Expectations imported PySpark"
import pyspark
print("both", pyspark.__version__.split(".")[0])
"""


def test_great_expectations_is_imported_without_pyspark_and_pyspark_after_it():
    done = subprocess.run([sys.executable, "-c", NAMELESS], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (0, "both 4\n"), done.stderr[-2000:]


def test_pyspark_that_was_there_before_stays():
    code = "import pyspark, expectations.runner, sys; print(sys.modules['pyspark'] is pyspark)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr[-2000:]

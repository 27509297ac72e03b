"""One Spark session a process, set up so that every engine computes the same."""

from __future__ import annotations

import atexit
import logging
import sys
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyspark.errors import PySparkRuntimeError
from pyspark.sql import SparkSession

from schemas.errors import ArrearsError
from schemas.errors.extract import SPARK_NOT_STARTED

_ROOT = Path(__file__).resolve().parents[1]
_PACKAGES = ("lake", "schemas", "transforms")
_LOCAL_FOLDER = "spark.local.dir"
_SHUFFLE_PARTITIONS = "spark.sql.shuffle.partitions"
_PARTITIONS_A_CORE = 4


def spark_session(master: str, folder: Path, *, memory_mb: int) -> SparkSession:
    """The session of this process on that master, started when there is none.

    What an operator sets in `spark-defaults.conf` (credentials, sizes and memory of executors) holds beside this. On a
    cluster the executors run the Python that `PYSPARK_PYTHON` names, which must have the packages of requirements.txt;
    our own packages are sent to them.

    Args:
        master: such as `local[2]`, `spark://host:7077`, `yarn` or `k8s://...`.
        folder: for what spills and for our packages on their way to the executors; lives as long as the process.
        memory_mb: of the driver, which also computes when the master is local.

    Raises:
        ArrearsError: `SPARK_NOT_STARTED`.
        ValueError: the process has a session on another master.
    """
    running = SparkSession.getActiveSession()
    if running is not None and not Path(running.conf.get(_LOCAL_FOLDER) or "").is_dir():
        _stop()
        running = None
    if running is None:
        return _started(master, folder, memory_mb)
    if running.sparkContext.master != master:
        raise ValueError(f"this process has a Spark session on {running.sparkContext.master}, not on {master}")
    return running


@contextmanager
def any_pandas() -> Iterator[None]:
    """Keep pyspark from warning of the pandas that is installed: only Arrow batches go between Spark and Python."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas", category=FutureWarning)
        yield


def _started(master: str, folder: Path, memory_mb: int) -> SparkSession:
    builder = SparkSession.builder.master(master).appName("arrears")
    for key, value in _settings(master, folder, memory_mb).items():
        builder = builder.config(key, value)
    # It repeats on the standard error stream what an error quotes, values included.
    logging.getLogger("DataFrameQueryContextLogger").disabled = True
    try:
        with any_pandas():
            session = builder.getOrCreate()
    except PySparkRuntimeError as error:
        raise ArrearsError(SPARK_NOT_STARTED, reason=error.getCondition()) from None
    # Engines have registered the folders that it writes to, which go after it.
    atexit.register(_stop)
    context = session.sparkContext
    if _is_local(master):
        context.pythonExec = sys.executable
    if not context.getConf().contains(_SHUFFLE_PARTITIONS):
        session.conf.set(_SHUFFLE_PARTITIONS, context.defaultParallelism * _PARTITIONS_A_CORE)
    context.addPyFile(str(_packed(folder)))
    return session


def _stop() -> None:
    running = SparkSession.getActiveSession()
    if running is not None:
        running.stop()


def _settings(master: str, folder: Path, memory_mb: int) -> dict[str, str]:
    settings = {
        "spark.sql.session.timeZone": "UTC",
        "spark.driver.defaultJavaOptions": "-Duser.timezone=UTC",
        "spark.executor.defaultJavaOptions": "-Duser.timezone=UTC",
        # What does not fit is an error and never an empty value or a rounded one.
        "spark.sql.ansi.enabled": "true",
        "spark.sql.decimalOperations.allowPrecisionLoss": "false",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        "spark.sql.adaptive.enabled": "true",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.sql.execution.arrow.pyspark.fallback.enabled": "false",
        # Noting the line of code with every expression costs more than most of the work.
        "spark.python.sql.dataFrameDebugging.enabled": "false",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        _LOCAL_FOLDER: str(folder / "spill"),
        "spark.driver.memory": f"{memory_mb}m",
        # Each task has a process of its own; more threads in it would only get in each other's way.
        "spark.executorEnv.POLARS_MAX_THREADS": "1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        # Messages of failed tasks quote values. The error that is raised says what failed.
        "spark.log.level": "FATAL",
    }
    if _is_local(master):
        settings |= {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}
    return settings


def _is_local(master: str) -> bool:
    return master.startswith("local")


def _packed(folder: Path) -> Path:
    """Our packages as an archive that executors import from; libraries must be in the Python that they run."""
    archive = folder / "arrears.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for file in sorted(file for package in _PACKAGES for file in (_ROOT / package).rglob("*.py")):
            packed.write(file, file.relative_to(_ROOT))
    return archive

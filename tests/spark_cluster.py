"""A Spark cluster for tests: a master and two workers with an executor each, all in processes of their own."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MASTER = "local-cluster[2,1,1024]"
QUICK_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
MISSING = "Java 17 or later is missing, on which Spark runs; on Debian: apt-get install openjdk-17-jre-headless"


def require_java() -> None:
    """Skips where there is no Java; fails there under CI."""
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING)
        pytest.skip(MISSING)


@contextmanager
def fresh_spark(folder: Path) -> Iterator[Path]:
    """Lets Spark start anew in this process, and ends it; it writes its log of events into the folder given back."""
    require_java()
    events, conf = folder / "events", folder / "conf"
    events.mkdir(parents=True)
    conf.mkdir()
    settings = {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": f"file:{events}",
        "spark.eventLog.compress": "false",
        "spark.eventLog.rolling.enabled": "false",
        "spark.executor.memory": "1024m",
        # Java compiles less: tests end before it would pay.
        "spark.driver.extraJavaOptions": QUICK_START,
        "spark.executor.extraJavaOptions": QUICK_START,
    }
    (conf / "spark-defaults.conf").write_text("".join(f"{key} {value}\n" for key, value in settings.items()))
    end_spark()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_CONF_DIR", str(conf))
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        # Days and instants may not depend on the zone of the machines.
        patch.setenv("TZ", "Asia/Kathmandu")
        time.tzset()
        yield events
        end_spark()
    time.tzset()


def end_spark() -> None:
    """Stops the session of this process and its Java machine, which would keep the settings it was started with."""
    import pyspark
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    session = SparkSession.getActiveSession()
    if session is not None:
        application = session.sparkContext.applicationId
        session.stop()
        # The workers of a local cluster keep the logs of executors beside the library.
        shutil.rmtree(Path(pyspark.__file__).parent / "work" / application, ignore_errors=True)
    gateway, SparkContext._gateway, SparkContext._jvm = SparkContext._gateway, None, None
    if gateway is not None:
        gateway.shutdown()
        gateway.proc.stdin.close()
        try:
            gateway.proc.wait(timeout=20)
        except subprocess.TimeoutExpired:
            gateway.proc.kill()


def events_of(files: Iterable[Path], kind: str) -> list[dict]:
    """What Spark noted of one kind, such as SparkListenerTaskEnd."""
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [event for event in map(json.loads, lines) if event["Event"].rpartition(".")[2] == kind]

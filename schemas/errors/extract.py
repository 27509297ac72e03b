"""Errors of extracts (10xx), snapshots and records of the lake (11xx), engines and evidence (12xx), folders (13xx)."""

from __future__ import annotations

from schemas.errors.kind import ErrorKind

SOURCE_BOOK_INVALID = ErrorKind(
    "ARR-1001",
    "The description of the lender's extracts is not valid",
    "`sources.toml` is no TOML, names an unknown dataset or field, leaves one out, or has a pattern or format that "
    "can't be used.",
    "Correct the file at the place named and run again.",
)
EXTRACT_MISSING = ErrorKind(
    "ARR-1010",
    "An extract is missing",
    "No file in the folder of the business date has the name that `sources.toml` gives.",
    "Have the lender deliver the file, or correct its name in `sources.toml`, then run again.",
)
EXTRACT_EMPTY = ErrorKind(
    "ARR-1011",
    "A file of the extract is empty",
    "It has no bytes or only blank lines, not even headings. The export broke off or had nothing to write.",
    "Have the lender export the file again; a dataset without rows still has its headings.",
)
EXTRACT_TRUNCATED = ErrorKind(
    "ARR-1012",
    "A file of the extract is cut short",
    "A CSV file ends inside a row, inside quotation marks or without a line end, or a Parquet file lacks its footer. "
    "What is missing can't be known, and reports must not be made from half of the payments.",
    "Have the lender deliver the whole file again; each row of a CSV file ends with a line end.",
)
EXTRACT_ENCODING_WRONG = ErrorKind(
    "ARR-1013",
    "A file of the extract is not in the declared encoding",
    "Bytes at the place named are impossible in the encoding that `sources.toml` gives, or the whole file is in the "
    "other encoding.",
    "Correct the encoding in `sources.toml`, or have the lender export the file again.",
)
EXTRACT_HEADINGS_MISSING = ErrorKind(
    "ARR-1014",
    "A file of the extract has no headings that are known",
    "The first row has none of the declared headings: it is a row of data, or the separator is another one.",
    "Have the lender export headings, or correct the separator and headings in `sources.toml`.",
)
EXTRACT_COLUMN_MISSING = ErrorKind(
    "ARR-1015",
    "A column is missing in a file of the extract",
    "The lender's system no longer exports it or renamed it.",
    "Have the lender export the column, or give its new heading in `sources.toml`.",
)
EXTRACT_COLUMN_UNKNOWN = ErrorKind(
    "ARR-1016",
    "A file of the extract has a column that nobody declared",
    "The lender's system has a new column, whose meaning must be settled before rows are read.",
    "Add the heading to the columns or to `ignored_columns` in `sources.toml`.",
)
EXTRACT_COLUMN_REPEATED = ErrorKind(
    "ARR-1017",
    "A heading stands twice in a file of the extract",
    "Nobody can tell which of the columns is meant.",
    "Have the lender export each heading once.",
)
EXTRACT_TOO_RAGGED = ErrorKind(
    "ARR-1018",
    "Too many rows of a file have another number of cells than its headings",
    "Separators inside cells are not quoted, or the separator is another one.",
    "Have the lender quote cells that hold the separator, then run again.",
)
EXTRACT_DAMAGED = ErrorKind(
    "ARR-1019",
    "A file of the extract is not in its declared format",
    "It is damaged, encrypted, or of another format than `sources.toml` says; or a cell of a CSV file is longer than "
    "anything a lender exports, mostly because a quotation mark is not closed.",
    "Correct the format in `sources.toml`, or have the lender deliver the file again.",
)
EXTRACT_COLUMN_TYPE = ErrorKind(
    "ARR-1020",
    "A column of a Parquet file has a type that can't be read",
    "It is nested or binary.",
    "Have the lender export the column as text, number, date or timestamp.",
)
EXTRACT_NOT_ACCESSIBLE = ErrorKind(
    "ARR-1021",
    "A file of the extract can't be opened or read",
    "Rights are missing, or the disk or share failed.",
    "Give the worker the right to read the file, or repair the disk, then run again.",
    may_retry=True,
)
EXTRACT_CHANGED = ErrorKind(
    "ARR-1022",
    "A file of the extract changed while it was read",
    "The lender is still writing it.",
    "Wait until the delivery is complete and run again.",
    may_retry=True,
)

SNAPSHOT_COLUMNS_DIFFER = ErrorKind(
    "ARR-1101",
    "A frame does not have the columns of its dataset",
    "The step that made it and the contract differ.",
    "Bring the step and the contract of the dataset to the same columns.",
)
SNAPSHOT_COLUMN_TYPE = ErrorKind(
    "ARR-1102",
    "A column of a frame does not fit the type of its field",
    "It has another type, or a value that can't be kept without rounding or overflow.",
    "Correct the step that made the column; nothing is rounded here.",
)
SNAPSHOT_VALUE_MISSING = ErrorKind(
    "ARR-1103",
    "A field that may not be empty is empty in some rows",
    "The step that made the frame let rows through that break the contract.",
    "Correct the step that made the column.",
)
SNAPSHOT_KEY_REPEATED = ErrorKind(
    "ARR-1104",
    "Several rows of a frame have the same primary key",
    "The step that made the frame let duplicates through or multiplied rows in a join.",
    "Correct the step that made the frame.",
)
SNAPSHOT_MISSING = ErrorKind(
    "ARR-1105",
    "A snapshot or one of its files is not in the lake",
    "It was removed by retention or by hand, or the lake is another folder.",
    "Restore the lake from a backup, or make the snapshot again.",
)
SNAPSHOT_ALTERED = ErrorKind(
    "ARR-1106",
    "A snapshot is not as it was published",
    "A file or the manifest was changed, added or damaged after it was published.",
    "Don't use it. Find out who changed it, and restore the lake from a backup.",
)
RECORD_MISSING = ErrorKind(
    "ARR-1110",
    "A book or assessment is not in the lake",
    "It was removed by retention or by hand, or the lake is another folder.",
    "Restore the lake from a backup, or make it again.",
)
RECORD_ALTERED = ErrorKind(
    "ARR-1111",
    "A book or assessment is not as it was published",
    "Its content does not give the id that its name has.",
    "Don't use it. Find out who changed it, and restore the lake from a backup.",
)
RECORD_MIXES_DATES = ErrorKind(
    "ARR-1112",
    "A book or assessment is made of snapshots of another business date",
    "The step that published it mixed up its inputs.",
    "Run the steps of the business date again.",
)
LAKE_NOT_WRITABLE = ErrorKind(
    "ARR-1120",
    "The lake can't be written",
    "The disk is full, rights are missing, or the disk or share failed. Nothing half-written can be seen.",
    "Make room or give the worker the right to write, then run again.",
    may_retry=True,
)

ENGINE_UNKNOWN = ErrorKind(
    "ARR-1201",
    "There is no such engine",
    "The settings name an engine that is not built in.",
    "Use polars, duckdb or spark.",
)
SPARK_MISSING = ErrorKind(
    "ARR-1202",
    "Spark is not installed",
    "The settings name spark as the engine, and the library is not among the packages of this Python. It is left out "
    "of the common lock for its size.",
    "Install requirements-spark.txt and Java 17 or later, or use polars or duckdb.",
)
SPARK_NOT_STARTED = ErrorKind(
    "ARR-1203",
    "Spark can't start",
    "There is no Java 17 or later on the PATH or at JAVA_HOME, or its process ended at once for lack of memory.",
    "Install a Java runtime of version 17 or later, on Debian openjdk-17-jre-headless, or use polars or duckdb.",
)
SPARK_JOB_FAILED = ErrorKind(
    "ARR-1204",
    "A job on Spark failed",
    "An executor was lost, the master can't be reached, a value does not fit its type, or the executors lack a "
    "library or see other folders than the driver. The condition is Spark's own name for it.",
    "Look it up in Spark's list of error conditions, repair the cluster and run again.",
    may_retry=True,
)
EVIDENCE_ROOT_MISSING = ErrorKind(
    "ARR-1210",
    "The folder of evidence files is not there",
    "The path in the settings is wrong, or the share is not mounted. All evidence would look lost.",
    "Correct the path or mount the share, then run again.",
    may_retry=True,
)
DATASET_FOLDER_MISSING = ErrorKind(
    "ARR-1301",
    "The folder of dataset files is not there",
    "The path is wrong, or the share is not mounted.",
    "Correct the path given with --data.",
)
DATASET_FILES_MISSING = ErrorKind(
    "ARR-1302",
    "Datasets are missing in the folder",
    "There is neither a file NAME.parquet nor a folder NAME with Parquet files for the datasets named. Loans without "
    "payments or disputes would look worse than they are.",
    "Put the files there; a dataset without rows is a Parquet file without rows.",
)
DATASET_FILE_UNREADABLE = ErrorKind(
    "ARR-1303",
    "A dataset file can't be read",
    "It is no Parquet file, is cut short, or may not be read by this user.",
    "Have the file written again, or give the user the right to read it.",
)
DATASET_FILE_COLUMNS = ErrorKind(
    "ARR-1304",
    "The columns of a dataset file are not those of the contract",
    "A column is missing, unknown, or of another type; the data dictionary has the contract.",
    "Write the file with the columns and types of docs/data-dictionary.md.",
)

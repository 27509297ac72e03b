"""A loop over records that makes a tree of each with lxml, which refuses and escapes characters, and prints it."""

import hashlib
from pathlib import Path

import pyarrow.parquet as pq
from lxml import etree

from schemas.bureaus.pboc import Header
from tests.bench.pboc.inputs import LAYOUT, MADE_AT, NAME


def load(folder: Path, _engine: str):
    return pq.read_table(folder / "records.parquet"), folder / "by_hand.txt"


def run(loaded):
    table, path = loaded
    with path.open("wb") as file:
        file.write(Header("210", NAME.segment_code, MADE_AT, table.num_rows).line.encode() + b"\r\n")
        for batch in table.to_batches(max_chunksize=16_384):
            for record in batch.to_pylist():
                file.write(printed(record) + b"\r\n")
    return path


def printed(record):
    root = etree.Element("Document")
    account = etree.SubElement(root, LAYOUT.element)
    for element, segment in LAYOUT.segments.items():
        if record[element]:
            held = etree.SubElement(account, element)
            for item in segment.items:
                value = record[f"{element}.{item.tag}"]
                if value is not None:
                    etree.SubElement(held, item.tag).text = value
    return etree.tostring(root, encoding="utf-8")


def answer(loaded, path):
    with path.open("rb") as file:
        return loaded[0].num_rows, {"sha256": hashlib.file_digest(file, "sha256").hexdigest()}

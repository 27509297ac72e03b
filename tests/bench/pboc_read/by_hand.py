"""A loop over lines that parses each with lxml, safely, and compares its tags with those of the layout."""

from pathlib import Path

from lxml import etree

from tests.bench.pboc.inputs import LAYOUT


def load(folder: Path, _engine: str):
    return folder / "records.txt"


def run(path):
    counts = {"records": 0, "violations": 0, "balance": 0, "names": 0}
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    known = {element: {item.tag for item in segment.items} for element, segment in LAYOUT.segments.items()}
    with path.open("rb") as file:
        file.readline()
        for line in file:
            record, wrong = parsed(line.rstrip(b"\r\n"), parser, known)
            counts["records"] += 1
            counts["violations"] += wrong
            counts["balance"] += int(record["AcctMthlyBlgInfSgmt.AcctBal"])
            counts["names"] += len(record["AcctBsSgmt.Name"])
    return counts


def parsed(line, parser, known):
    root = etree.fromstring(line, parser)
    wrong = root.tag != "Document" or root.getroottree().docinfo.doctype != "" or len(root) != 1
    account, record = root[0], dict.fromkeys(LAYOUT.columns)
    wrong += account.tag != LAYOUT.element
    for segment in account:
        wrong += segment.tag not in known or segment.tag in record
        record[segment.tag] = True
        for item in segment:
            column = f"{segment.tag}.{item.tag}"
            wrong += item.tag not in known.get(segment.tag, ()) or record.get(column) is not None or len(item) > 0
            record[column] = item.text or ""
    return record, int(wrong)


def answer(_path, counts):
    return counts["records"], counts

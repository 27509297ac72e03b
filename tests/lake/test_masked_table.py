"""Masked columns of a table."""

import pyarrow as pa

from lake.masked_table import masked_table
from schemas.fields import FIELDS


def test_only_the_named_columns_are_masked():
    table = pa.table(
        {
            "name": ["张三", "某某商贸有限公司", None],
            "id_number": ["990000198704150011", "9199298903ET6CQW67", ""],
            "court_name": ["某某市人民法院", None, "b"],
        }
    )
    masked = masked_table(table, [FIELDS["name"], FIELDS["id_number"]])
    assert masked.to_pydict() == {
        "name": ["张***", "某***", None],
        "id_number": ["9***11", "9***67", "***"],
        "court_name": ["某某市人民法院", None, "b"],
    }


def test_an_empty_table_stays_empty():
    table = pa.table({"name": pa.array([], pa.string())})
    assert masked_table(table, [FIELDS["name"]]).num_rows == 0

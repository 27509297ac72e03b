"""A record of the list as the tests of its forms begin with it."""

from datetime import date
from decimal import Decimal

import pyarrow as pa

from schemas.bureaus.layout import DelimitedLayout
from schemas.bureaus.roster import LAYOUT

RECORD = {
    "serial": 1,
    "name": "张三",
    "id_type": "居民身份证",
    "id_number": "11010519491231002X",
    "mobile": "13800000000",
    "platform_name": "某某贷",
    "platform_uscc": "91110000600037341L",
    "total_borrowed": Decimal("50000.00"),
    "outstanding_amount": Decimal("12345.60"),
    "default_start_date": date(2025, 11, 3),
    "days_overdue": 308,
    "is_lost_contact": True,
    "collection_status": "电话12次, 短信3次",
    "report_date": date(2026, 9, 7),
}


def table(*records: dict, layout: DelimitedLayout = LAYOUT) -> pa.Table:
    return pa.Table.from_pylist(list(records), schema=pa.schema([(f.name, f.type) for f in layout.arrow_schema()]))

"""The validation reports inside the Airflow UI: read-only pages for people who may read plugins' pages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, ClassVar

from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
from airflow.api_fastapi.core_api.security import requires_access_view
from airflow.plugins_manager import AirflowPlugin
from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import FileResponse

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
}

app = FastAPI(title="Arrears validation reports", docs_url=None, redoc_url=None, openapi_url=None)


@app.get(
    "/validation/{run}/{page}",
    dependencies=[Depends(requires_access_view(AccessView.PLUGINS))],
    response_class=FileResponse,
)
def validation_report(run: str, page: str) -> FileResponse:
    """One page of the validation reports of one run."""
    from orchestration.connections import read_site

    root = read_site().data_docs.resolve()
    file = _inside(root, run, page)
    if file is None:
        raise HTTPException(404, "There is no such validation report.")
    return FileResponse(file, media_type="text/html; charset=utf-8", headers=_HEADERS)


def _inside(root: Path, *names: str) -> Path | None:
    if not all(_NAME.fullmatch(name) for name in names) or not names[-1].endswith(".html"):
        return None
    file = root.joinpath(*names).resolve()
    return file if file.is_relative_to(root) and file.is_file() else None


class ArrearsReportsPlugin(AirflowPlugin):
    """Mounts the pages below `/arrears`."""

    name = "arrears_reports"
    fastapi_apps: ClassVar[list[Any]] = [  # type: ignore[misc]  # Airflow declares it without ClassVar
        {"app": app, "url_prefix": "/arrears", "name": "Arrears validation reports"}
    ]

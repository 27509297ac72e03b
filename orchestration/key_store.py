"""The connections that hold keys, read and written from outside of a task.

They are read from wherever Airflow finds them. They are written into Airflow's own database only, encrypted with its
Fernet key: a connection that another secrets backend gives is changed there, with that backend's own tools.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from airflow.models.connection import Connection
from airflow.models.variable import Variable
from airflow.sdk.exceptions import AirflowNotFoundException
from airflow.utils.session import create_session

from delivery.seal.key_forms import KeyForm
from orchestration.connections import SITE_VARIABLE
from orchestration.site import parse_site
from schemas.errors import ArrearsError
from schemas.errors.approval import CONNECTION_INVALID, CONNECTION_KEPT_ELSEWHERE


@dataclass(frozen=True)
class KeyConnection:
    """A connection with a key.

    Attributes:
        conn_id: its name.
        password: the private key as text.
        extra: certificate and what else belongs to the key.
        is_ours: whether it stands in Airflow's own database.
    """

    conn_id: str
    password: str | None = field(repr=False)
    extra: dict[str, Any] = field(repr=False)
    is_ours: bool


def key_connection(conn_id: str) -> KeyConnection | None:
    """A connection as Airflow finds it, None when there is none.

    Raises:
        ArrearsError: `CONNECTION_INVALID` when its extra is no JSON object.
    """
    try:
        found = Connection.get_connection_from_secrets(conn_id)
    except AirflowNotFoundException:
        return None
    try:
        extra = json.loads(found.extra or "{}")
    except ValueError:
        extra = None
    if not isinstance(extra, dict):
        raise ArrearsError(CONNECTION_INVALID, connection=conn_id, lacks="an extra that is a JSON object")
    return KeyConnection(conn_id, found.password, extra, _password_in_database(conn_id) == found.password)


def agreed_form() -> KeyForm:
    """The form of keys that the site's settings ask for, that of CMS while there are no settings.

    Raises:
        ArrearsError: `SITE_INVALID`.
    """
    text = Variable.get_variable_from_secrets(SITE_VARIABLE)
    if text is None:
        return KeyForm.X509
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    sealing = parse_site(value, origin=f"variable {SITE_VARIABLE}").desk.sealing
    return KeyForm.OPENPGP if sealing.is_openpgp else KeyForm.X509


def store_key(conn_id: str, password: str, extra: dict[str, Any]) -> None:
    """Write key and extra into Airflow's database; a connection that is not there is made.

    Raises:
        ArrearsError: `CONNECTION_KEPT_ELSEWHERE` when another secrets backend gives the connection.
    """
    standing = key_connection(conn_id)
    if standing is not None and not standing.is_ours:
        raise ArrearsError(CONNECTION_KEPT_ELSEWHERE, connection=conn_id)
    with create_session() as session:
        connection = session.query(Connection).filter_by(conn_id=conn_id).one_or_none()
        if connection is None:
            connection = Connection(conn_id=conn_id, conn_type="generic")
            session.add(connection)
        connection.set_password(password)
        connection.set_extra(json.dumps(extra))


def _password_in_database(conn_id: str) -> str | None:
    with create_session() as session:
        connection = session.query(Connection).filter_by(conn_id=conn_id).one_or_none()
        return None if connection is None else connection.password

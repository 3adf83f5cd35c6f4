"""The workspace API over files and folders."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from local.databricks.api import requests
from local.databricks.api.calls import Call, Endpoints
from local.databricks.errors import InvalidParameter
from local.databricks.workspace.database import Json
from local.databricks.workspace.files import WorkspaceFiles


def endpoints(files: WorkspaceFiles) -> Endpoints:
    """Status, folders, upload (of the CLI, and of the SDK in both its forms), download and deletion."""

    def status(call: Call) -> Json:
        return files.status(requests.text(call.query, "path"))

    def export(call: Call) -> bytes | Json:
        content = files.read(requests.text(call.query, "path"))
        if requests.flag(call.query, "direct_download"):
            return content
        return {"content": base64.b64encode(content).decode(), "file_type": "auto"}

    def mkdirs(call: Call) -> Json:
        files.make_folders(requests.text(call.document, "path"))
        return {}

    def delete(call: Call) -> Json:
        files.delete(
            requests.text(call.document, "path"), recursive=requests.flag(call.document, "recursive")
        )
        return {}

    def import_file(call: Call) -> Json:
        files.write(call.path["path"], call.body, overwrite=requests.flag(call.query, "overwrite"))
        return {}

    def import_(call: Call) -> Json:
        form = _form(call)
        files.write(requests.text(form, "path"), _content(form), overwrite=requests.flag(form, "overwrite"))
        return {}

    return [
        ("GET", "2.0/workspace/get-status", status),
        ("GET", "2.0/workspace/export", export),
        ("POST", "2.0/workspace/mkdirs", mkdirs),
        ("POST", "2.0/workspace/delete", delete),
        ("POST", "2.0/workspace/import", import_),
        ("POST", "2.0/workspace-files/import-file/{path:path}", import_file),
        ("GET", "2.0/workspace-files/{path:path}", lambda call: files.read(call.path["path"])),
    ]


def _content(form: Mapping[str, Any]) -> bytes:
    content = form.get("content", b"")
    if isinstance(content, bytes):
        return content
    try:
        return base64.b64decode(content, validate=True)
    except (ValueError, TypeError) as error:
        raise InvalidParameter(f"content is not base64: {error}") from error


def _form(call: Call) -> Mapping[str, Any]:
    """The fields of an import: JSON with base64, or a form of several parts with the bytes themselves."""
    if not call.content_type.startswith("multipart/form-data"):
        return call.document
    message = BytesParser(policy=HTTP).parsebytes(
        b"Content-Type: " + call.content_type.encode() + b"\r\n\r\n" + call.body
    )
    form: dict[str, Any] = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        form[str(name)] = content if name == "content" or not isinstance(content, bytes) else content.decode()
    return form

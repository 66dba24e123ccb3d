"""Requests without models: what each HTTP client needs for a response's parsed JSON."""

from __future__ import annotations

import http.client
import json
import ssl
import urllib.request
from abc import ABC, abstractmethod
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3

_ACCEPT = {"Accept": "application/json"}
_TIMEOUT = 30.0


def _services(org: str, project: str) -> str:
    return f"/workspaces/{org}/projects/{project}/envs/production/services"


class _Calls(ABC):
    """The calls that the bench makes, on one request function per client."""

    def get_org(self, slug: str) -> Any:
        return self._request("GET", f"/workspaces/{slug}")

    def create_org(self, name: str) -> Any:
        return self._request("POST", "/workspaces", {"name": name})

    def list_images(self, org: str, project: str, app: str) -> Any:
        return self._request("GET", f"{_services(org, project)}/{app}/builds")

    @abstractmethod
    def close(self) -> None: ...

    @abstractmethod
    def _request(self, method: str, path: str, document: Any = None) -> Any: ...


class HttpClient(_Calls):
    """One kept `http.client` connection and `json.loads`."""

    def __init__(self, api_key: str, server: str, *, ca_file: str | None = None) -> None:
        self._headers = {"X-API-Key": api_key, **_ACCEPT}
        context = _context(ca_file)
        parts = urlsplit(server)
        host = parts.hostname or ""
        self._connection = (
            http.client.HTTPSConnection(host, parts.port, timeout=_TIMEOUT, context=context)
            if parts.scheme == "https"
            else http.client.HTTPConnection(host, parts.port, timeout=_TIMEOUT)
        )

    def close(self) -> None:
        self._connection.close()

    def _request(self, method: str, path: str, document: Any = None) -> Any:
        headers, body = self._headers, None
        if document is not None:
            headers = {**headers, "Content-Type": "application/json"}
            body = json.dumps(document).encode()
        self._connection.request(method, "/api/v1" + path, body, headers)
        response = self._connection.getresponse()
        body = response.read()
        if response.status >= 400:
            raise RuntimeError(f"HTTP {response.status}")
        return json.loads(body)


class Urllib(_Calls):
    """`urllib.request` as it comes: a new connection for every request."""

    def __init__(self, api_key: str, server: str, *, ca_file: str | None = None) -> None:
        self._base = f"{server}/api/v1"
        self._headers = {"X-API-Key": api_key, **_ACCEPT}
        self._context = _context(ca_file)

    def close(self) -> None:
        pass

    def _request(self, method: str, path: str, document: Any = None) -> Any:
        headers, body = self._headers, None
        if document is not None:
            headers = {**headers, "Content-Type": "application/json"}
            body = json.dumps(document).encode()
        request = urllib.request.Request(self._base + path, body, headers, method=method)
        with urllib.request.urlopen(request, timeout=_TIMEOUT, context=self._context) as response:
            return json.loads(response.read())


class Urllib3(_Calls):
    """urllib3's PoolManager and its own `json()`."""

    def __init__(self, api_key: str, server: str, *, ca_file: str | None = None) -> None:
        self._base = f"{server}/api/v1"
        headers = {"X-API-Key": api_key, **_ACCEPT}
        self._pool = urllib3.PoolManager(headers=headers, timeout=_TIMEOUT, ca_certs=ca_file)

    def close(self) -> None:
        self._pool.clear()

    def _request(self, method: str, path: str, document: Any = None) -> Any:
        response = self._pool.request(method, self._base + path, json=document)
        if response.status >= 400:
            raise RuntimeError(f"HTTP {response.status}")
        return response.json()


class Requests(_Calls):
    """A `requests.Session`."""

    def __init__(self, api_key: str, server: str, *, ca_file: str | None = None) -> None:
        self._base = f"{server}/api/v1"
        self._session = requests.Session()
        self._session.headers.update({"X-API-Key": api_key, **_ACCEPT})
        self._verify = ca_file or True

    def close(self) -> None:
        self._session.close()

    def _request(self, method: str, path: str, document: Any = None) -> Any:
        response = self._session.request(
            method, self._base + path, json=document, timeout=_TIMEOUT, verify=self._verify
        )
        response.raise_for_status()
        return response.json()


def _context(ca_file: str | None) -> ssl.SSLContext | None:
    return ssl.create_default_context(cafile=ca_file) if ca_file else None

"""A certificate for https://localhost, made once for a test run; steps trust it through SSL_CERT_FILE."""

from __future__ import annotations

import ssl
import subprocess
import tempfile
from functools import cache
from pathlib import Path

_WORDS = (
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    " -addext subjectAltName=DNS:localhost"
)


@cache
def folder() -> tempfile.TemporaryDirectory[str]:
    """Where certificate and key are; removed when the process ends."""
    made = tempfile.TemporaryDirectory(prefix="cuebook-localhost-")
    words = [*_WORDS.split(), "-keyout", f"{made.name}/key.pem", "-out", f"{made.name}/cert.pem"]
    subprocess.run(["openssl", *words], check=True, capture_output=True)
    return made


def path() -> Path:
    """The certificate."""
    return Path(folder().name) / "cert.pem"


def context() -> ssl.SSLContext:
    """What a server on localhost wraps its socket with."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(path(), path().with_name("key.pem"))
    return made

"""With TLS, a connection goes to the checked address and still asks for the certificate of the name."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from integrations.transport import outgoing
from integrations.transport.outgoing import NotAnswered, post

NAME = "receiver.example"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key with a certificate for one name, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = tmp_path_factory.mktemp("tls") / "receiver.pem"
    path.write_bytes(plain + signed.public_bytes(pem))
    return path


@pytest.fixture
def port(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server that answers 204 over TLS; every name leads to it, and its certificate is trusted."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    monkeypatch.setattr(outgoing, "_trust", lambda: ssl.create_default_context(cafile=str(certificate)))
    monkeypatch.setattr(outgoing, "_resolve", lambda host, port, answers: answers.put(["127.0.0.1"]))
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=_serve, args=(listener, context))
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


def _serve(listener: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        try:
            line, _ = listener.accept()
        except OSError:
            return
        try:
            with context.wrap_socket(line, server_side=True) as secured:
                _answer(secured)
        except OSError:
            line.close()


def _answer(secured: Any) -> None:
    secured.recv(65536)
    secured.sendall(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")


def test_the_name_is_what_the_certificate_is_asked_for(port: int) -> None:
    assert post(f"https://{NAME}:{port}/", {}, b"", [f"{NAME}:{port}"]).status == 204


def test_a_certificate_of_another_name_is_refused(port: int) -> None:
    with pytest.raises(NotAnswered, match="certificate is not valid"):
        post(f"https://other.example:{port}/", {}, b"", [f"other.example:{port}"])

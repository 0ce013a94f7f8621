"""A company's proxy: asks for a password, and reads what goes through it with certificates of its own.

Whatever host is asked for, the sandbox answers. So a connector can call Mailchimp by its real names.
"""

import base64
import contextlib
import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "airbyte", "hunter2"
HOSTS = ("*.api.mailchimp.com", "login.mailchimp.com")
_HEAD = re.compile(rb"^([A-Z]+ [^\r\n]+ HTTP/1\.1\r\n)")


@dataclass(slots=True)
class CorporateProxy:
    """A running proxy: its address without and with the password, the file of certificates, who was asked for."""

    address: str
    bundle: Path
    asked: list[str] = field(default_factory=list)
    """Targets that were connected to."""

    refused: int = 0
    """Connections without the right password."""

    @property
    def url(self) -> str:
        """Return what goes into HTTPS_PROXY."""
        return f"http://{USER}:{PASSWORD}@{self.address}"


@contextlib.contextmanager
def corporate_proxy(sandbox_url: str, folder: Path) -> Iterator[CorporateProxy]:
    """Run a proxy in front of a sandbox until the block ends; its certificates lie in the folder."""
    bundle, context = _certificates(folder)
    port = int(sandbox_url.rpartition(":")[2])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found = CorporateProxy(f"127.0.0.1:{listener.getsockname()[1]}", bundle)
        threading.Thread(target=_accept, args=(listener, found, context, port), daemon=True).start()
        yield found


def _accept(listener: socket.socket, proxy: CorporateProxy, context: ssl.SSLContext, port: int) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return  # the block has ended
        threading.Thread(target=_serve, args=(client, proxy, context, port), daemon=True).start()


def _serve(client: socket.socket, proxy: CorporateProxy, context: ssl.SSLContext, port: int) -> None:
    with client, contextlib.suppress(OSError):
        head = _head_of(client)
        target = head.split(" ")[1]
        given = re.search(r"(?im)^proxy-authorization: basic (\S+)", head)
        wanted = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if given is None or given.group(1) != wanted:
            proxy.refused += 1
            client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return
        proxy.asked.append(target)
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with (
            context.wrap_socket(client, server_side=True) as inside,
            socket.create_connection(("127.0.0.1", port)) as on,
        ):
            threading.Thread(target=_pass_on, args=(on, inside), daemon=True).start()
            _pass_on(inside, on, is_request=True)


def _head_of(client: socket.socket) -> str:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        piece = client.recv(1)
        if not piece:
            raise OSError
        head += piece
    return head.decode()


def _pass_on(source: socket.socket, target: socket.socket, *, is_request: bool = False) -> None:
    """Pass everything on; tell the sandbox of each request that it came encrypted."""
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            if is_request:
                piece = _HEAD.sub(rb"\1X-Forwarded-Proto: https\r\n", piece)
            target.sendall(piece)
        target.shutdown(socket.SHUT_RDWR)


def _certificates(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """Make a private authority and a certificate for Mailchimp's names: its bundle, and what the proxy serves with."""
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A company's own authority")])
    authority = (
        _certificate(authority_name, authority_name, authority_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Mailchimp, as the proxy shows it")])
    names: list[x509.GeneralName] = [x509.DNSName(host) for host in HOSTS]
    names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    shown = (
        _certificate(name, authority_name, key)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    bundle, chain = folder / "company.pem", folder / "proxy.pem"
    bundle.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    chain.write_bytes(private + shown.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return bundle, context


def _certificate(name: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )

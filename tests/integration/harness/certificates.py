"""Certificates for 127.0.0.1, made with cryptography."""

import datetime
import ipaddress
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Certificate:
    """A self-signed certificate and its key; `write` puts them where a server reads them."""

    def __init__(self, days=30, name="localhost"):
        self.key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.datetime.utcnow()
        names = x509.SubjectAlternativeName([x509.DNSName("localhost"),
                                             x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        self.certificate = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=60)).not_valid_after(now + datetime.timedelta(days=days))
            .add_extension(names, False).add_extension(x509.BasicConstraints(True, None), True)
            .sign(self.key, hashes.SHA256()))

    @property
    def pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def der(self):
        return self.certificate.public_bytes(serialization.Encoding.DER)

    def key_pem(self, passphrase=None):
        sealed = (serialization.BestAvailableEncryption(passphrase) if passphrase
                  else serialization.NoEncryption())
        return self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, sealed).decode()

    def write(self, folder, passphrase=None):
        """["--tls-certificate", ..., "--tls-key", ...]"""
        certificate, key = folder / "certificate.pem", folder / "key.pem"
        for path, text in ((certificate, self.pem), (key, self.key_pem(passphrase))):
            fresh = path.with_suffix(".new")
            fresh.write_text(text)
            fresh.rename(path)
        return ["--tls-certificate", certificate, "--tls-key", key]


def trusting(*certificates):
    """A client's context that trusts these alone."""
    context = ssl.create_default_context(cadata="".join(c.pem for c in certificates))
    context.set_alpn_protocols(["http/1.1"])
    return context

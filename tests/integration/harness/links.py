"""Links that the server puts into mails, made from the secret in its data directory."""

import base64
import hashlib


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unsubscribe_token(server, account):
    pepper = (server.data_dir / "pepper").read_bytes()
    proof = hashlib.blake2b(f"unsubscribe\n{account}".encode(), key=pepper, digest_size=16).digest()
    return f"{base64url(account.encode())}.{base64url(proof)}"

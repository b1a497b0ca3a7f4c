"""A token issuer made with PyJWT and cryptography: keys, tokens, and an address that publishes the keys."""

import base64
import http.server
import json
import threading
import time

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

ISSUER, AUDIENCE = "https://id.example", "atrium"
MAKERS = {
    "RS256": (RSAAlgorithm, lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048)),
    "PS256": (RSAAlgorithm, lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048)),
    "ES256": (ECAlgorithm, lambda: ec.generate_private_key(ec.SECP256R1())),
    "ES384": (ECAlgorithm, lambda: ec.generate_private_key(ec.SECP384R1())),
    "EdDSA": (OKPAlgorithm, ed25519.Ed25519PrivateKey.generate),
}


def in_full(coordinate, public):
    """A coordinate with all its bytes (RFC 7518, 6.2.1.2): PyJWT 2.6 leaves leading zeros out, so that one key in some
    sixty would be none."""
    number = base64.urlsafe_b64decode(coordinate + "=" * (-len(coordinate) % 4))
    return base64.urlsafe_b64encode(number.rjust((public.curve.key_size + 7) // 8, b"\0")).decode().rstrip("=")


class Key:
    def __init__(self, algorithm, kid, private=None):
        self.algorithm, self.kid = algorithm, kid
        maker, make = MAKERS[algorithm]
        self.private = private or make()
        public = self.private.public_key()
        self.jwk = {**json.loads(maker.to_jwk(public)), "kid": kid, "use": "sig"}
        if maker is ECAlgorithm:
            self.jwk.update({name: in_full(self.jwk[name], public) for name in ("x", "y")})

    def token(self, subject="mina", headers=None, without=(), **claims):
        now = int(time.time())
        body = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "iat": now, "exp": now + 600, **claims}
        body = {name: value for name, value in body.items() if name not in without}
        return jwt.encode(body, self.private, self.algorithm, headers={"kid": self.kid, **(headers or {})})


def key_set(*keys):
    return json.dumps({"keys": [k.jwk for k in keys]})


class Issuer:
    """Serves `document` at `url`; use with `with`."""

    def __init__(self, document):
        self.document, self.status, self.fetches = document, 200, 0
        issuer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                issuer.fetches += 1
                body = issuer.document.encode()
                self.send_response(issuer.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/keys"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

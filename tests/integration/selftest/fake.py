"""A tiny HTTP server that answers exactly what a test puts into it, and a tiny contract."""

import asyncio

DOCUMENT = {
    "openapi": "3.1.0", "info": {"title": "t", "version": "1"},
    "paths": {
        "/v1/things": {
            "get": {"parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer"}}],
                    "responses": {"200": {"description": "", "headers": {"X-Need": {"required": True, "schema": {
                        "type": "string"}}}, "content": {"application/json": {"schema": {
                            "$ref": "#/components/schemas/Things"}}}}, "default": {"$ref": "#/components/responses/P"}}},
            "post": {"requestBody": {"content": {"application/json": {"schema": {
                "$ref": "#/components/schemas/Thing"}}}}, "responses": {"201": {"description": "", "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}}}},
        "/v1/things/{id}": {"delete": {"responses": {"204": {"description": ""},
                                                     "503": {"$ref": "#/components/responses/P"}}}},
        "/v1/things/latest": {"get": {"responses": {"200": {"description": "", "content": {"text/plain": {}}}}}},
    },
    "components": {
        "schemas": {
            "Thing": {"type": "object", "required": ["id", "at"], "additionalProperties": False, "properties": {
                "id": {"type": "string"}, "at": {"type": "string", "format": "date-time"}}},
            "Things": {"type": "object", "required": ["items"], "properties": {"items": {
                "type": "array", "items": {"$ref": "#/components/schemas/Thing"}}}},
        },
        "responses": {"P": {"description": "", "content": {"application/problem+json": {"schema": {
            "type": "object", "required": ["type"]}}}}},
    },
}


class Fake:
    """Serves the given byte strings, one per request, over as many connections as it takes."""

    def __init__(self, *answers):
        self.answers, self.requests, self.connections = list(answers), [], 0

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.host, self.port = self.server.sockets[0].getsockname()
        return self

    async def __aexit__(self, *_):
        self.server.close()
        await self.server.wait_closed()

    async def serve(self, reader, writer):
        self.connections += 1
        try:
            while self.answers:
                head = await reader.readuntil(b"\r\n\r\n")
                length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
                body = await reader.readexactly(int(length[0].split(b":")[1])) if length else b""
                self.requests.append((head, body))
                answer = self.answers.pop(0)
                writer.write(answer)
                await writer.drain()
                if b"close" in answer.lower() or not answer:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()


def answer(status, body=b"", *headers):
    head = [b"HTTP/1.1 %d X" % status, b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(head) + b"\r\n\r\n" + body

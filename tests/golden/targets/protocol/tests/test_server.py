from wsproto.events import AcceptConnection, Request
from wsproto.handshake import H11Handshake
from wsproto.connection import SERVER

HEADERS = [(b"Host", b"localhost"), (b"Connection", b"Upgrade"), (b"Upgrade", b"websocket")]


def asked(*more):
    """A server that was asked for a connection."""
    server = H11Handshake(SERVER)
    raw = b"".join(b"%s: %s\r\n" % header for header in [*HEADERS, *more])
    server.receive_data(b"GET / HTTP/1.1\r\n" + raw + b"\r\n")
    return server


def test_accepted():
    server = asked((b"Sec-WebSocket-Version", b"13"), (b"Sec-WebSocket-Key", b"key"))
    assert server.send(AcceptConnection()).startswith(b"HTTP/1.1 101")

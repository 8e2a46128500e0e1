"""Where the server listens: open sockets for a host and a port, or one sentence why not."""

import errno
import os
import socket
from contextlib import suppress

from convdemo.errors import UserError

PORTS = range(65536)
FIRST_PORT, TRIED_PORTS = 7860, 100  # as Gradio has them, with its variables
ANY = ("0.0.0.0", "::")
NOT_HERE = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


def listening(host: str, port: int | None) -> tuple[list[socket.socket], str]:
    """Sockets that listen at every address of the host, and the URL for a browser on this machine.

    Port 0 is any free one, None the first free one from 7860. ValueError says what is wrong.
    """
    host = host.removeprefix("[").removesuffix("]")
    if port is None:
        first = int(os.environ.get("GRADIO_SERVER_PORT", FIRST_PORT))
        for tried in range(first, first + int(os.environ.get("GRADIO_NUM_PORTS", TRIED_PORTS))):
            with suppress(PortTakenError):
                return listening(host, tried)
        raise UserError(f"no port from {first} on is free at {host}")
    if port not in PORTS:
        raise UserError(f"port {port} is none: a number from 0 to {PORTS[-1]} is needed")
    sockets = _open(host, port)
    shown = "localhost" if host in ANY else f"[{host}]" if ":" in host else host
    return sockets, f"http://{shown}:{sockets[0].getsockname()[1]}/"


class PortTakenError(UserError):
    """Somebody else listens there."""


def _open(host: str, port: int) -> list[socket.socket]:
    """Sockets at every address that the host's name stands for and that this machine has."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError) as error:
        raise UserError(f"host {host!r} is not known") from error
    sockets: list[socket.socket] = []
    for family, address in dict.fromkeys((family, address) for family, *_, address in found):
        free = sockets[0].getsockname()[1] if sockets else port
        try:
            sockets.append(_at(family, (address[0], free, *address[2:])))
        except OSError as error:
            if error.errno in NOT_HERE and (sockets or len(found) > 1):
                continue
            for one in sockets:
                one.close()
            raise _told(error, host, port) from error
    if not sockets:
        raise UserError(f"host {host!r} is no address of this machine")
    return sockets


def _at(family: int, address: tuple) -> socket.socket:
    both = family == socket.AF_INET6 and address[0] == "::" and socket.has_dualstack_ipv6()
    opened = socket.create_server(address, family=family, backlog=2048, dualstack_ipv6=both)
    # asyncio does it for sockets that it opens itself. Without, the end of every answer waits 40 ms
    # for the browser to confirm its beginning.
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return opened


def _told(error: OSError, host: str, port: int) -> UserError:
    if error.errno == errno.EADDRINUSE:
        return PortTakenError(
            f"port {port} of {host} is in use: name another one with --port, 0 for any that is free"
        )
    if error.errno in NOT_HERE:
        return UserError(f"host {host!r} is no address of this machine")
    return UserError(f"port {port} of {host} cannot be used: {os.strerror(error.errno or 0)}")

"""A small reverse proxy, which asks the server by its own name for it, as nginx does."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "host"}


@contextmanager
def proxied(url: str, folder: str = "/") -> Iterator[str]:
    """The address at which a proxy shows what the server at `url` does, under a folder."""
    behind = urlsplit(url).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"  # the end of an answer is the end of its connection

        def pass_on(self) -> None:
            if not self.path.startswith(folder):
                self.send_error(404)
                return
            headers = {k: v for k, v in self.headers.items() if k.lower() not in HOP_BY_HOP}
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            # A visitor who went away is no matter; what was opened for them is closed.
            with (
                suppress(ConnectionError),
                closing(http.client.HTTPConnection(behind, timeout=120)) as upstream,
            ):
                upstream.request(self.command, f"/{self.path[len(folder) :]}", body, headers)
                self.answer(upstream.getresponse())

        def answer(self, reply: http.client.HTTPResponse) -> None:
            self.send_response(reply.status)
            for name, value in reply.getheaders():
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            self.end_headers()
            while part := reply.read1():
                self.wfile.write(part)
                self.wfile.flush()

        do_GET = do_HEAD = do_POST = do_OPTIONS = pass_on

        def log_message(self, format: str, *args: object) -> None:
            """Tests say what went wrong."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{folder}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

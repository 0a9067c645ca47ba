from __future__ import annotations

from http.server import ThreadingHTTPServer


class ReadyServer(ThreadingHTTPServer):
    """A server at which several connections may arrive at once.

    The library queues five. Of more the system drops the first packet, and sends it again after one second,
    two, four and so on: a test would wait, or run into a timeout, for no fault of what it tests.
    """

    daemon_threads = True
    request_queue_size = 1024

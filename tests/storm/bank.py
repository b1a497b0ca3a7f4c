"""The page of the bank, as its visitors use it: beside the clients' thread, since the simulator may be down just then."""

import http.client
import queue
import threading
from urllib.parse import urlsplit

#: The page sends its visitor back to the shop.
DONE = 303


class Bank:
    """Visits pages one after the other. One that cannot be reached is forgotten: its customer comes again."""

    def __init__(self):
        self.visits, self.known = queue.Queue(), set()
        self.answers = {}
        threading.Thread(target=self.work, daemon=True).start()

    def visit(self, url, succeeds):
        """Confirms the payment of that page, or fails to; a visit that is under way or done is not made twice."""
        if url not in self.known:
            self.known.add(url)
            self.visits.put((url, succeeds))

    def work(self):
        while True:
            url, succeeds = self.visits.get()
            status = post(url, b"succeeded=true" if succeeds else b"succeeded=false")
            self.answers[status] = self.answers.get(status, 0) + 1
            if status != DONE:
                self.known.discard(url)


def post(url, form):
    """The answer's status; "unreachable" without one."""
    to = urlsplit(url)
    page = http.client.HTTPConnection(to.hostname, to.port, timeout=5)
    try:
        page.request("POST", f"{to.path}?{to.query}", form, {"Content-Type": "application/x-www-form-urlencoded"})
        return page.getresponse().status
    except (OSError, http.client.HTTPException):
        return "unreachable"
    finally:
        page.close()

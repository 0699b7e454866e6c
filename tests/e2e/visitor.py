"""A person or a device that talks to the running portal over HTTP, without a browser: every byte of every answer is kept."""

import http.client
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.cookiejar import CookieJar
from urllib.parse import urlencode
from uuid import uuid4


@dataclass(frozen=True)
class Answer:
    status: int
    url: str
    headers: str
    body: bytes

    @property
    def whole(self) -> bytes:
        return self.headers.encode() + b"\n" + self.body


class _Stays(urllib.request.HTTPRedirectHandler):
    """Redirects are answers like others: they are kept, and not followed."""

    def redirect_request(self, *_args, **_named):
        return None


class Visitor:
    def __init__(self, url: str, *, token: str = "") -> None:
        self.url, self.token = url, token
        self.cookies = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies), _Stays())

    def sign_in(self, username: str) -> "Visitor":
        self.get("/accounts/login/")
        answer = self.post("/accounts/login/", {"login": username, "password": "demo"})
        assert answer.status == 302, f"{username} cannot sign in: {answer.status}"
        return self

    def at(self, url: str) -> "Visitor":
        """The same person with the same session at another process of the portal."""
        other = Visitor(url, token=self.token)
        for cookie in self.cookies:
            other.cookies.set_cookie(cookie)
        return other

    def get(self, path: str) -> Answer:
        return self._answer(urllib.request.Request(self.url + path))

    def post(self, path: str, form: dict[str, object] | None = None) -> Answer:
        data = urlencode(form or {}, doseq=True).encode()
        return self._answer(urllib.request.Request(self.url + path, data=data))

    def hand_in(self, body: bytes, *, key: str = "", **headers: str) -> Answer:
        """A batch to the intake, as a device sends it."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"Content-Type": "application/json", "Idempotency-Key": key or uuid4().hex} | given
        return self._answer(urllib.request.Request(f"{self.url}/api/v1/captures", data=body, headers=sent))

    def _answer(self, request: urllib.request.Request) -> Answer:
        csrf = next((cookie.value for cookie in self.cookies if cookie.name == "csrftoken"), "")
        request.add_header("X-CSRFToken", csrf or "")
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        try:
            with self._opener.open(request, timeout=30) as response:
                return Answer(response.status, request.full_url, str(response.headers), response.read())
        except urllib.error.HTTPError as answered:
            with answered:
                return Answer(answered.code, request.full_url, str(answered.headers), answered.read())
        except (urllib.error.URLError, http.client.HTTPException, ConnectionError):
            # The server may close on a body that it does not read to the end; its answer is then lost on the way.
            return Answer(0, request.full_url, "", b"")

"""The main job in a real browser: choose → capture → see → withdraw → refused → delete → certificate, with everything real behind it."""

import json
import os
import signal
from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.journey import (
    SLUG,
    check_axe,
    check_no_sideways_scroll,
    choose,
    fetch,
    live_session,
    number_on,
    send,
    until,
)
from tests.sessions import mouse_events

WAYS = [
    pytest.param("mallory", 1200, True, id="desktop"),
    pytest.param("bob", 390, True, id="phone"),
    pytest.param("grace", 1200, False, id="without JavaScript"),
]


@pytest.mark.parametrize(("username", "width", "javascript"), WAYS)
def test_the_main_job_end_to_end(stack, sign_in, username, width, javascript):
    page = sign_in(username, width=width, javascript=javascript)

    # choose: nothing stands until chosen
    assert page.locator(f"#allow-{SLUG}-mouse").get_attribute("aria-pressed") == "false"
    token = stack.manage("enrol_collector", "--person", username, "--name", "laptop").split()[-1]
    session = live_session(30)
    assert send(stack, token, (SLUG, "mouse", session))[1]["results"][0]["refused"] == {"not_consented": 30}
    choose(page, "allow", "mouse")
    assert "RCP-" in page.locator("main").inner_text()

    # capture: an older start is refused, the first live seconds are stored
    older = mouse_events(20, start=datetime.now(UTC) - timedelta(hours=2))
    assert send(stack, token, (SLUG, "mouse", older))[1]["results"][0]["refused"] == {"before_grant": 20}
    page.wait_for_timeout(3000)
    now = datetime.now(UTC)
    fresh = [
        {"t": (now - timedelta(milliseconds=2000 - 60 * n)).isoformat(), "x": 100 + 9 * n, "y": 300 + n * n % 90}
        for n in range(30)
    ]
    status, answer = send(stack, token, (SLUG, "mouse", fresh))
    assert (status, answer["results"][0]["stored"]) == (200, 30)

    # see: the totals are the store's, the hour is drawn
    page.goto("/captured/")
    assert number_on(page, "main .facts dd") == 30
    check_no_sideways_scroll(page)
    page.locator(".hours a").first.click()
    page.wait_for_selector("#hour svg.screen polyline, #hour svg.screen path")
    page.goto("/captured/who-looked/")
    assert "You" in page.locator("main").inner_text() or "you" in page.locator("main").inner_text()

    # withdraw: the next batch is refused
    page.goto("/choices/")
    choose(page, "deny", "mouse")
    assert "will be deleted on" in page.locator(f"#programme-{SLUG}").inner_text()
    now = datetime.now(UTC)
    late = [{"t": (now - timedelta(milliseconds=10 * n)).isoformat(), "x": n, "y": n} for n in range(10, 0, -1)]
    assert send(stack, token, (SLUG, "mouse", late))[1]["results"][0]["refused"] == {"withdrawn": 10}

    # delete, while the worker sleeps: HR sees a request, and not whose
    os.killpg(stack.processes["worker"].pid, signal.SIGSTOP)
    try:
        page.goto("/captured/delete/?everything=1")
        assert number_on(page, "#what") == 30
        page.get_by_role("button", name="Delete 30 records").click()
        page.wait_for_url("**/requests/DEL-*/")
        number = page.url.rstrip("/").rsplit("/", 1)[1]
        desk = sign_in("carol", width=width, javascript=javascript)
        desk.goto("/hr/")
        row = desk.locator("tr", has_text=number)
        assert row.count() == 1
        assert "Not shown" in row.inner_text()
        assert SLUG not in desk.content()
        assert "Interface learning" not in desk.content()
    finally:
        os.killpg(stack.processes["worker"].pid, signal.SIGCONT)

    # the worker reports, the certificate comes
    until(page, "a:has-text('Open the certificate')")
    page.goto("/captured/")
    assert page.locator("main .facts dd").count() == 0 or number_on(page, "main .facts dd") == 0

    # receipts and certificate as PDF, and the public check
    page.goto("/receipts/")
    links = (
        page.locator("main a[href^='/receipts/']").evaluate_all("all => all.map(a => a.getAttribute('href'))")
        if javascript
        else [link.get_attribute("href") for link in page.locator("main a[href^='/receipts/']").all()]
    )
    receipts = sorted({link.strip("/").split("/")[1].split(".")[0] for link in links})
    assert len(receipts) >= 3  # given, withdrawn, request or certificate
    for receipt in receipts:
        assert fetch(page, f"/receipts/{receipt}.pdf").startswith(b"%PDF-")
    document = json.loads(fetch(page, f"/receipts/{receipts[0]}.json"))
    stranger = sign_in(None, width=width, javascript=javascript)
    stranger.goto(f"/check/?number={document['number']}")
    assert "genuine" in stranger.locator("main").inner_text().lower()


PAGES = {
    "alice": ["/choices/", "/captured/", "/captured/who-looked/", "/captured/delete/?everything=1", "/requests/", "/receipts/",
              f"/notices/{SLUG}/1/", f"/notices/{SLUG}/2/"],
    "mallory": ["/captured/", "/requests/"],
    "carol": ["/hr/", "/hr/paper/"],
    "dan": ["/legal/", "/ledger/"],
    None: ["/accounts/login/", "/check/", "/check/?number=RCP-0000-0000", "/promises/", "/api/docs/", "/no-such-page/"],
}  # fmt: skip


@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (1200, "dark"), (390, "light"), (390, "dark")])
@pytest.mark.parametrize("username", PAGES, ids=lambda name: name or "signed out")
def test_axe_finds_nothing_and_nothing_scrolls_sideways(sign_in, username, width, scheme):
    page = sign_in(username, width=width, scheme=scheme)
    for path in PAGES[username]:
        page.goto(path)
        check_axe(page)
        check_no_sideways_scroll(page)


def test_the_opened_hour_and_the_first_receipt_are_accessible(sign_in):
    page = sign_in("alice")
    page.goto("/captured/")
    page.locator(".month a").last.click()
    page.locator(".hours a").first.click()
    page.wait_for_selector("#hour")
    check_axe(page)
    page.goto("/receipts/")
    page.locator("main th a, main td a").first.click()
    check_axe(page)


def test_at_320_pixels_nothing_scrolls_sideways(sign_in):
    page = sign_in("alice", width=320)
    for path in PAGES["alice"]:
        page.goto(path)
        check_no_sideways_scroll(page)


def test_yes_and_no_are_the_same_size_font_and_border(sign_in):
    for width in (1200, 390):
        page = sign_in("alice", width=width)
        pairs = page.evaluate(
            """() => [...document.querySelectorAll('fieldset.choice')].map(f => [...f.querySelectorAll('button')].map(b => {
                 const r = b.getBoundingClientRect(), s = getComputedStyle(b);
                 return {w: r.width, h: r.height, font: s.font, border: s.borderWidth, words: b.innerText, pressed: b.ariaPressed,
                         colours: [s.color, s.backgroundColor, s.borderColor].join()}}))"""
        )
        assert pairs
        for yes, no in pairs:
            assert abs(yes["w"] - no["w"]) <= 1
            assert abs(yes["h"] - no["h"]) <= 1
            assert (yes["font"], yes["border"]) == (no["font"], no["border"])
            assert yes["h"] >= 44
            if yes["pressed"] == no["pressed"] == "false":
                assert yes["colours"] == no["colours"]


def test_focus_stays_on_the_pressed_button_and_the_keyboard_is_enough(sign_in):
    page = sign_in("frank")
    button = page.locator(f"#allow-{SLUG}-click")
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#allow-{SLUG}-click[aria-pressed=true]")
    assert page.evaluate("document.activeElement.id") == f"allow-{SLUG}-click"

"""The HTML report in a real browser: Chromium, driven through its WebDriver, opens the file from the disk."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_aigen.data import Accepted, Coverage, Edit, Refusal, Rejected, Report, Target
from pytest_aigen.reports import html
from tests.report_records import FULL, PRICE, PROVEN, ROOT, SHOP, SMALL
from tests.reports.test_report_html import HOSTILE, SOURCE, holding

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
#: A new profile, nothing that reaches for a network, and, for root in a container, no sandbox of its own.
FLAGS = (
    "--headless=new", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    *(("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()),
)  # fmt: skip


class Browser:
    """A page in Chromium, and what a person does with it."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def do(self, script: str, *args: object) -> Any:
        return self.driver.execute_script(script, *args)

    def open(self, page: Path, *, width: int = 1200, height: int = 900, scheme: str = "light") -> None:
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500},
        )
        self.driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        )
        self.driver.get("about:blank")
        self.driver.get(page.as_uri())

    def press(self, *keys: str) -> None:
        from selenium.webdriver.common.keys import Keys

        for key in keys:
            self.driver.switch_to.active_element.send_keys(getattr(Keys, key, key))

    def choose(self, select: str, value: str) -> None:
        self.do(
            "const s = document.getElementById(arguments[0]); s.value = arguments[1];"
            "s.dispatchEvent(new Event('change'))",
            select,
            value,
        )

    def shown(self) -> list[str]:
        """Names of the tests that are to be seen."""
        found: list[str] = self.do(
            "return [...document.querySelectorAll('details.test')].filter(t => t.checkVisibility())"
            ".map(t => t.querySelector('.name').textContent)"
        )
        return found

    def said(self) -> str:
        return str(self.do("return document.getElementById('shown').textContent"))

    def until(self, ready: Callable[[], bool]) -> None:
        for _ in range(200):
            if ready():
                return
            time.sleep(0.05)
        raise AssertionError("it did not come to be")

    def errors(self) -> list[str]:
        """What the console said since it was last asked."""
        return [entry["message"] for entry in self.driver.get_log("browser")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, NAMES)), None)
    service = shutil.which("chromedriver")
    if program is None or service is None:
        pytest.skip(
            "no chromium with its chromedriver here; on Debian: apt-get install chromium chromium-driver"
        )
    webdriver = pytest.importorskip("selenium.webdriver")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(service))
    try:
        yield Browser(driver)
    finally:
        driver.quit()


def saved(report: Report, folder: Path, source: str = SOURCE) -> Path:
    place = folder / "report.html"
    place.write_bytes(html.render(report, lambda path: source).encode())
    return place


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Browser:
    """The page of a report that has everything."""
    verdicts = (*FULL.verdicts, PROVEN)
    browser.open(saved(replace(FULL, verdicts=verdicts), tmp_path))
    return browser


def test_it_opens_without_a_word_of_complaint(page: Browser) -> None:
    assert page.errors() == []
    assert page.do("return document.title") == "project: pytest-aigen"
    assert page.said() == "11 tests"


def test_search_and_filters(page: Browser) -> None:
    page.choose("verdict", "accepted")
    assert page.shown() == ["test_total", "test_price_of_nothing", "TestPrice::test_x", "test_price"]
    assert page.said() == "4 of 11 tests"
    page.press("/", "mutation")
    page.until(lambda: page.shown() == ["test_total", "TestPrice::test_x", "test_price"])
    page.press("ESCAPE")
    page.until(lambda: len(page.shown()) == 11)
    page.choose("check", "1")
    assert page.shown() == ["test_a", "test_c", "test_d"]
    page.choose("file", page.do("return document.getElementById('file').options[1].value"))
    assert page.shown() == ["test_c", "test_d"]
    page.choose("verdict", "redundant")
    assert page.shown() == []
    assert page.do("return document.getElementById('none').checkVisibility()")
    page.do("document.getElementById('clear').click()")
    assert len(page.shown()) == 11
    assert page.errors() == []


def test_keys(page: Browser) -> None:
    focused = "return document.activeElement.closest('details.test')?.querySelector('.name').textContent"
    opened = "return document.querySelectorAll('.group details.test[open]').length"
    page.press("j")
    assert page.do(focused) == "test_price_is_positive"
    page.press("j", "j", "k")
    assert page.do(focused) == "test_total"
    page.press("ENTER")
    assert page.do(opened) == 1
    page.press("ESCAPE")
    assert page.do(opened) == 0
    page.press("/")
    assert page.do("return document.activeElement.id") == "search"
    page.press("jk/")
    assert page.do("return document.getElementById('search').value") == "jk/"
    page.press("ESCAPE")
    assert page.do("return document.getElementById('search').value") == ""
    assert page.errors() == []


def test_from_a_line_to_the_test_that_reaches_it_and_back(page: Browser) -> None:
    """Also to a test that the filters hide."""
    page.choose("verdict", "refused")
    page.do("document.querySelectorAll('details.file').forEach(f => { f.open = true })")
    page.do("document.querySelector('tr.s-new button').click()")
    name = page.do("return document.querySelector('[popover]:popover-open a').textContent")
    page.do("document.querySelector('[popover]:popover-open a').click()")
    page.until(lambda: bool(page.do("return document.querySelector('details.test:target[open]') !== null")))
    assert page.do("return document.querySelector('details.test:target .name').textContent") == name
    assert page.do("return document.querySelector('[popover]:popover-open')") is None
    page.do("document.querySelectorAll('details.file').forEach(f => { f.open = false })")
    page.do("document.querySelector('details.test:target dd a').click()")
    page.until(lambda: bool(page.do("return document.querySelector('tr:target')?.checkVisibility()")))
    assert page.errors() == []


def test_python_is_coloured_and_stays_what_it_is(browser: Browser, tmp_path: Path) -> None:
    code = 'import re  # not "this"\n\ndef f(x: int) -> str:\n    """Long,\n    if not so."""\n    return r"\\d\'" + \'a"b\' + str(0x1F)\n'
    verdict = replace(PROVEN, trial=replace(PROVEN.trial, edit=replace(PROVEN.trial.edit, after=code)))
    browser.open(saved(replace(SMALL, verdicts=(verdict,), suspects=()), tmp_path, code * 3))
    read = (
        "const t = document.querySelector('details.test'); t.open = true;"
        "return [...t.querySelectorAll('.diff code')].map(c => c.textContent).join('')"
    )
    before = browser.do(read)
    kinds = (
        "return [...document.querySelectorAll('details.test .diff ' + arguments[0])].map(s => s.textContent)"
    )
    browser.until(lambda: bool(browser.do(kinds, ".kw")))
    assert browser.do(read) == before == "".join(f"+{line}\n" for line in code.splitlines())
    assert browser.do(kinds, ".kw") == ["import", "def", "return"]
    assert browser.do(kinds, ".com") == ['# not "this"']
    assert browser.do(kinds, ".def") == ["f"]
    assert [part for part in browser.do(kinds, ".str") if part.startswith(("r", "'"))] == [
        'r"\\d\'"',
        "'a\"b'",
    ]
    assert browser.do(kinds, ".num") == ["0x1F"]
    assert browser.errors() == []


def test_dark_and_light(page: Browser, tmp_path: Path) -> None:
    colour = "return getComputedStyle(document.body).backgroundColor"
    light = page.do(colour)
    page.do("document.getElementById('theme').click()")
    dark = page.do(colour)
    assert dark != light
    page.do("localStorage.clear()")
    page.open(tmp_path / "report.html", scheme="dark")
    assert page.do(colour) == dark
    page.do("document.getElementById('theme').click()")
    assert page.do(colour) == light
    page.do("localStorage.clear()")
    assert page.errors() == []


#: Texts with too little contrast to what is behind them (WCAG 2 AA), and controls without a name.
FAULTS = """
const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
const rgba = (text) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data]; };
const light = (c) => { const [r, g, b] = c.map(v => v / 255).map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
  return .2126 * r + .7152 * g + .0722 * b; };
const behind = (place) => { for (; place; place = place.parentElement) {
  const c = rgba(getComputedStyle(place).backgroundColor); if (c[3] > 250) return c; } return [255, 255, 255, 255]; };
const faults = [];
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
  const place = walk.currentNode.parentElement;
  if (!walk.currentNode.data.trim() || !place.checkVisibility() || place.closest('.visually-hidden, option')) continue;
  const [a, b] = [rgba(getComputedStyle(place).color), behind(place)].map(light).sort((x, y) => y - x);
  if ((a + .05) / (b + .05) < 4.5) faults.push([((a + .05) / (b + .05)).toFixed(2), place.className, walk.currentNode.data.slice(0, 40)]);
}
for (const place of document.querySelectorAll('button, input, select, summary, [role=region], [role=group], nav, section, svg')) {
  const named = place.getAttribute('aria-label') || place.getAttribute('aria-labelledby') || place.labels?.length
    || (place.matches('button, summary') && place.textContent.trim());
  if (!named) faults.push(['no name', place.localName, place.id]);
}
return faults;
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 390], ids=["wide", "narrow"])
def test_readable(browser: Browser, tmp_path: Path, width: int, scheme: str) -> None:
    """Nothing scrolls sideways but code, each control has a name, and each text stands out."""
    browser.open(
        saved(holding("x" * 400), tmp_path, "def f(): return 'a' * 3  # " + "x" * 300 + "\n"),
        width=width,
        scheme=scheme,
    )
    browser.do("document.querySelectorAll('details').forEach(d => { d.open = true })")
    assert browser.do("return document.documentElement.scrollWidth") <= width
    assert browser.do(FAULTS) == []
    assert browser.do("return document.documentElement.lang") == "en"


def test_it_can_be_read_without_javascript(browser: Browser, tmp_path: Path) -> None:
    page = saved(FULL, tmp_path)
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.open(page)
        text = browser.driver.find_element("tag name", "main").text
        for summary in browser.driver.find_elements("css selector", ".group details.test > summary")[:2]:
            summary.click()
        opened = browser.driver.find_elements("css selector", ".group details.test[open] pre")
        assert [place.text for place in opened if place.is_displayed()]
        assert not browser.driver.find_element("id", "search").is_displayed()
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    assert "1 suspected bug" in text
    assert "test_price_of_nothing" in text


def test_it_prints(page: Browser) -> None:
    """On paper are the report's words, not its controls."""
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert not page.do("return document.querySelector('.filters').checkVisibility()")
    assert page.do("return document.querySelector('.suspect').checkVisibility()")
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in HOSTILE.items()])
def test_hostile_text_in_a_browser(browser: Browser, tmp_path: Path, text: str) -> None:
    """No complaint, no script or picture from a text, and the text is there to be searched."""
    browser.open(saved(holding(text), tmp_path, f"x = 1\n{text}\n"))
    browser.do("document.querySelectorAll('details').forEach(d => { d.open = true })")
    assert browser.errors() == []
    assert browser.do(
        "return [document.scripts.length, document.images.length, document.styleSheets.length]"
    ) == [1, 0, 1]
    assert browser.do("return document.documentElement.scrollWidth <= innerWidth")
    assert browser.said() == "4 tests"


# -------------------------------------------------------------------------------------------- 5,000 tests


def many(number: int) -> Report:
    """A report of so many tests, half of them refused, in 50 modules, with a source of 2,000 lines."""
    accepted: list[Accepted] = []
    refused: list[Rejected] = []
    body = "".join(f"    assert price({n}) == {n}\n" for n in range(20))
    for n in range(number // 2):
        target = Target(replace(PRICE.gap, qualname=f"price_{n}"), "shop", ROOT / f"tests/test_{n % 50}.py")
        code = f"def test_number_{n}():\n{body}"
        candidate = replace(PROVEN.candidate, name=f"test_number_{n}", target=target, code=code)
        text = "import pytest\n" * 10
        edit = Edit(target.test_path, text, text + code, (candidate.name,))
        trial = replace(
            PROVEN.trial, candidate=candidate, edit=edit, job=replace(PROVEN.trial.job, tests=edit.tests)
        )
        accepted.append(Accepted(trial))
        other = replace(candidate, name=f"test_refused_{n}", code=f"def test_refused_{n}():\n{body}")
        run = replace(FULL.rejected[0].run, output="printed\n" * 20, detail="E   assert 1 == 2\n" * 10)
        refused.append(
            Rejected(other, Refusal(("gain", "oracle", "policy")[n % 3], f"number {n} is wrong"), run)
        )
    lines = frozenset(range(1, 2001))
    files = {SHOP: replace(FULL.before.files[SHOP], statements=lines, executed=frozenset(range(1, 1000)))}
    contexts = {SHOP: {f"tests/test_a.py::test_{n}": frozenset(range(n, n + 500)) for n in range(1000)}}
    return replace(
        FULL,
        before=Coverage(files, contexts),
        after=Coverage({SHOP: replace(files[SHOP], executed=frozenset(range(1, 1900)))}, contexts),
        verdicts=(*accepted, *refused),
        suspects=(),
        redundant=(),
    )


def test_five_thousand_tests(browser: Browser, tmp_path: Path) -> None:
    """It opens, is searched, filtered and gone through; the file stays below 4 kB a test."""
    place = saved(many(5_000), tmp_path, "x = 1  # a line of source\n" * 2_000)
    assert place.stat().st_size < 20_000_000
    browser.open(place)
    assert browser.said() == "5,000 tests"
    browser.press("/", "test_number_1234")
    browser.until(lambda: browser.said() == "1 of 5,000 tests")
    browser.press("ENTER", "ENTER")
    assert (
        browser.do("return document.querySelector('details.test[open] .name').textContent")
        == "test_number_1234"
    )
    browser.press("ESCAPE", "ESCAPE")
    assert browser.said() == "5,000 tests"
    browser.choose("check", "2")
    assert browser.said() == "833 of 5,000 tests"
    browser.press("j", "j")
    assert browser.errors() == []

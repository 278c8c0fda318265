"""Drives the page of a running bluetap in headless Chromium, as a person does, and prints what it saw as one JSON object.

browse.py ADDRESS FOLDER    ADDRESS: HOST:PORT of a device with virtual time; screenshots go to FOLDER
"""
import json
import pathlib
import sys
import time
import urllib.request

import axe_core_python
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.ui import WebDriverWait

AXE = next(pathlib.Path(axe_core_python.__file__).parent.rglob("axe.min.js")).read_text(encoding="utf-8")


def browser():
    options = webdriver.ChromeOptions()
    for argument in ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    driver.set_script_timeout(120)
    return driver


class Page:
    def __init__(self, driver, address):
        self.driver = driver
        self.set_size(1280, 1000)
        driver.get(address)
        self.wait("connection", "connected")

    def set_size(self, width, height):
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})

    def element(self, name):
        return self.driver.find_element(By.ID, name)

    def text(self, name):
        return self.element(name).text

    def wait(self, name, text):
        """Until the element says that."""
        WebDriverWait(self.driver, 120, 0.05).until(lambda _: text in self.text(name), f"{name} does not say {text!r}")

    def press(self, name):
        """By keyboard alone."""
        self.element(name).send_keys(Keys.ENTER)

    def events(self):
        return [entry.text for entry in self.driver.find_elements(By.CSS_SELECTOR, "#events b")][::-1]

    def violations(self):
        self.driver.execute_script(AXE)
        found = self.driver.execute_async_script("axe.run().then(arguments[arguments.length - 1])")
        return [f"{one['id']} ({one['impact']}): {one['nodes'][0]['html'][:200]}" for one in found["violations"]]

    def photograph(self, name):
        for width in 1280, 390:
            for scheme in "light", "dark":
                self.driver.execute_cdp_cmd(
                    "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
                self.set_size(width, 1000)
                height = self.driver.execute_script("return document.documentElement.scrollHeight")
                self.set_size(width, height)
                self.driver.save_screenshot(str(FOLDER / f"{name}-{width}-{scheme}.png"))
                yield width, scheme, self.driver.execute_script("return document.documentElement.scrollWidth"), self.violations()
        self.set_size(1280, 1000)


def api(path, body):
    request = urllib.request.Request(
        f"http://{ADDRESS}/v1/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


# In the page: how long after the device has a link the page shows it, both by the page's own clock.
APPEARANCE = """
const done = arguments[arguments.length - 1];
const start = performance.now();
let answered = null;
const seen = () => !document.getElementById("link").hidden;
const timer = setInterval(() => {
  if (seen() || performance.now() - start > 120000) { clearInterval(timer); done(Math.max(0, performance.now() - answered)); }
}, 2);
fetch("v1/pay", { method: "POST", headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ paymentMethod: "ALIPAY_CN", orderId: "FAST" }) }).then(() => { answered = performance.now(); });
"""


def wait_for_device():
    for _ in range(1200):
        try:
            return urllib.request.urlopen(f"http://{ADDRESS}/v1/device").close()
        except OSError:
            time.sleep(0.1)


def main():
    wait_for_device()
    driver = browser()
    seen = {}
    try:
        page = Page(driver, f"http://{ADDRESS}/")
        seen["first"] = [page.text("state"), page.text("now"), page.element("link").is_displayed()]
        # A pay command of somebody else.
        seen["appearance"] = driver.execute_async_script(APPEARANCE)
        seen["link"] = [page.text("state"), page.text("link-order"), page.text("url"), page.text("countdown")]
        WebDriverWait(driver, 120).until(lambda _: driver.find_elements(By.CSS_SELECTOR, "#qr svg path"))
        driver.execute_script("document.querySelector('#qr').scrollIntoView()")
        page.element("qr").screenshot(str(FOLDER / "qr.png"))
        seen["layouts"] = list(page.photograph("ready"))
        # Time that others advance is seen within a second, to the second.
        api("clock", {"advance": 61.5})
        page.wait("countdown", "13:59")
        # A customer, by keyboard.
        Select(page.element("wallet")).select_by_value("Bob")
        page.element("tap").find_element(By.CSS_SELECTOR, "[type=submit]").send_keys(Keys.ENTER)
        page.wait("state", "opened")
        page.wait("phone-news", "USER_BALANCE_NOT_ENOUGH")
        page.press("cancel")
        page.wait("state", "Idle")
        seen["cancelled"] = page.element("link").is_displayed()
        # A link of its own, which expires.
        page.element("order").send_keys("WEB", Keys.ENTER)
        page.wait("state", "Link ready")
        driver.find_element(By.CSS_SELECTOR, "[data-advance='900']").send_keys(Keys.ENTER)
        page.wait("state", "Idle")
        page.press("unplug")
        page.wait("state", "Detached")
        page.press("plug")
        page.wait("state", "Idle")
        Select(page.element("kind")).select_by_value("nfc-dead")
        page.element("fault").find_element(By.CSS_SELECTOR, "[type=submit]").send_keys(Keys.ENTER)
        WebDriverWait(driver, 120).until(lambda _: "nfc-dead" in page.text("faults"))
        page.press("clear-faults")
        WebDriverWait(driver, 120).until(lambda _: page.text("faults") == "")
        page.press("resume")
        page.wait("clock", "runs")
        page.press("freeze")
        page.wait("clock", "stands still")
        seen["events"] = page.events()
        # The bytes of a report, on demand.
        details = driver.find_elements(By.CSS_SELECTOR, "#events details")[-1]
        before = details.find_element(By.TAG_NAME, "pre").is_displayed()
        details.find_element(By.TAG_NAME, "summary").send_keys(Keys.ENTER)
        WebDriverWait(driver, 120).until(lambda _: details.find_element(By.TAG_NAME, "pre").is_displayed())
        seen["bytes"] = [before, details.find_element(By.TAG_NAME, "pre").text]
        # A fault with a setting.
        Select(page.element("kind")).select_by_value("reply-result")
        driver.find_element(By.CSS_SELECTOR, "[data-setting=result]").send_keys("PROCESS_FAIL", Keys.ENTER)
        WebDriverWait(driver, 120).until(lambda _: "reply-result" in page.text("faults"))
        page.press("clear-faults")
        # What the POS hears, and why.
        page.element("amount").clear()
        page.element("amount").send_keys("abc", Keys.ENTER)
        page.wait("pay-news", "PARAM_ILLEGAL (")
        seen["console"] = driver.get_log("browser")
        # A command that cannot be is said.
        page.element("amount").clear()
        page.element("amount").send_keys("123456789012345678", Keys.ENTER)
        page.wait("problem", "amount")
        # A browser has six connections for all its tabs; those in the back leave theirs to the one in front.
        first = driver.current_window_handle
        for _ in range(9):
            driver.switch_to.new_window("tab")
            driver.get(f"http://{ADDRESS}/")
            page.wait("connection", "connected")
        page.wait("state", "Idle")
        for handle in driver.window_handles:
            if handle != first:
                driver.switch_to.window(handle)
                driver.close()
        driver.switch_to.window(first)
        page.wait("connection", "connected")
        print(json.dumps(seen), flush=True)
        # The device goes: whoever asked for this ends it now, and starts another on the same port.
        page.wait("connection", "gone")
        print(json.dumps({"gone": [page.text("state"), page.element("link").is_displayed(), page.element("reset").is_enabled()]}), flush=True)
        page.wait("connection", "connected")
        page.wait("state", "Idle")
        print(json.dumps({"back": page.events()}), flush=True)
    finally:
        driver.quit()


if __name__ == "__main__":
    ADDRESS, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])
    main()

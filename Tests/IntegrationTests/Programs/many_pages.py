"""Opens many pages of a running bluetap in headless Chromium, each with connections of its own, makes a link, and prints in
milliseconds when each page showed it.

many_pages.py HOST:PORT COUNT
"""
import json
import sys
import time
import urllib.request

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

ADDRESS, COUNT = sys.argv[1], int(sys.argv[2])

# Notes when the page shows another state, by the clock of this machine.
WATCH = """
window.seen = null;
new MutationObserver(() => { if (document.body.dataset.state === "linkReady") window.seen ??= Date.now(); })
  .observe(document.body, { attributes: true });
"""


def main():
    options = webdriver.ChromeOptions()
    for argument in ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]:
        options.add_argument(argument)
    options.enable_bidi = True
    driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    try:
        pages = []
        for _ in range(COUNT):
            # Pages of one profile share six connections; people who look have a browser each.
            context = driver.browser.create_user_context()
            pages.append(driver.browsing_context.create(type="window", user_context=context))
            driver.switch_to.window(pages[-1])
            driver.get(f"http://{ADDRESS}/")
        for page in pages:
            driver.switch_to.window(page)
            WebDriverWait(driver, 60, 0.1).until(
                lambda _: driver.execute_script("return document.body?.dataset.state === 'idle'"))
            driver.execute_script(WATCH)
        start = time.time() * 1000
        body = json.dumps({"paymentMethod": "TRUEMONEY"}).encode()
        request = urllib.request.Request(f"http://{ADDRESS}/v1/pay", body, {"Content-Type": "application/json"})
        urllib.request.urlopen(request).close()
        delays = []
        for page in pages:
            driver.switch_to.window(page)
            WebDriverWait(driver, 30, 0.1).until(lambda _: driver.execute_script("return window.seen"))
            delays.append(driver.execute_script("return window.seen") - start)
        print(json.dumps({"delays": delays}), flush=True)
    finally:
        driver.quit()


main()

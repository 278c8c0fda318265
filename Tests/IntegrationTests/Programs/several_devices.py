"""Drives the page of a bluetap with two devices and a sandbox in headless Chromium, and prints what it saw as one JSON object.

several_devices.py HOST:PORT TOKEN
"""
import json
import sys

from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

import browse


def main():
    address, token = sys.argv[1:]
    driver = browse.browser()
    seen = {}
    try:
        page = browse.Page(driver, f"http://{address}/#token={token}")
        device = Select(page.element("device"))
        seen["choices"] = [option.text for option in device.options]
        # Back and forth at once: an answer for the first that is late is not the second's.
        for choice in "2", "1", "2":
            device.select_by_value(choice)
        page.element("order").send_keys("SECOND", Keys.ENTER)
        page.wait("state", "Link ready")
        seen["second"] = [page.text("state"), page.text("link-order")]
        device.select_by_value("1")
        page.wait("state", "Idle")
        seen["first"] = page.text("state")
        device.select_by_value("2")
        page.wait("state", "Link ready")
        Select(page.element("wallet")).select_by_value("Alice")
        page.element("tap").find_element("css selector", "[type=submit]").send_keys(Keys.ENTER)
        page.wait("payments", "succeeded")
        states = [entry.text for entry in driver.find_elements("css selector", "#payments b")]
        seen["paid"] = [states[0], states[-1]]
        seen["payment"] = page.text("payments")
        driver.find_element("css selector", "#payments [data-action=refund]").send_keys(Keys.ENTER)
        page.wait("payments", "refunded 12.50 in full")
        seen["refunded"] = page.text("payments")
        seen["violations"] = page.violations()
        seen["console"] = driver.get_log("browser")
        print(json.dumps(seen), flush=True)
    finally:
        driver.quit()


main()

"""Pages of others in Chromium that try to call the gateways: by pictures, forms, frames, scripts, windows and fetch.

foreign_page.py PORT     prints what each page has read of any answer, in bytes

One page is of another port of this machine, one of another name of it, and one of a stranger's name that leads here, with
the gateway's own port behind it (DNS rebinding).
"""
import http.server
import sys
import threading

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

gateway = int(sys.argv[1])
PAGE = """<!doctype html><title>free tea</title><body><script>
let read = 0, left = 0, number = 0
const gateway = `http://${location.hostname}:GATEWAY`
const query = () => 'service=alipay.acquire.precreate&partner=2088000000000001&subject=x&total_fee=1&currency=THB' +
  `&out_trade_no=${location.hostname}-${number++}`
const link = () => `${gateway}/gateway.do?${query()}`
function done() { if (--left === 0) document.title = `read ${read}` }
function element(name, attributes) {
  left++
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) made[key] = value
  made.onload = made.onerror = done
  document.body.append(made)
  return made
}
element('img', { src: link() })
element('script', { src: link() })
element('iframe', { src: link() })
element('link', { rel: 'stylesheet', href: link() })
for (const method of ['GET', 'POST']) {
  const frame = element('iframe', { name: `frame-${method}` })
  const form = document.createElement('form')
  Object.assign(form, { method, action: `${gateway}/gateway.do`, target: frame.name })
  for (const [name, value] of new URLSearchParams(query())) {
    const field = document.createElement('input')
    Object.assign(field, { name, value, type: 'hidden' })
    form.append(field)
  }
  document.body.append(form)
  form.submit()
}
for (const mode of ['cors', 'no-cors']) {
  for (const [path, options] of [
    [`/gateway.do?${query()}`, {}], [`/gateway.do?${query()}`, { method: 'POST' }],
    ['/gateway.do', { method: 'POST', body: new URLSearchParams(query()) }],
    ['/aps/api/v1/payments/inquiryPayment', { method: 'POST', body: '{"paymentRequestId":"x"}' }],
  ]) {
    left++
    fetch(gateway + path, { mode, ...options }).then(answer => answer.text()).then(text => { read += text.length })
      .catch(() => {}).finally(done)
  }
}
left++
navigator.sendBeacon(`${gateway}/gateway.do`, new URLSearchParams(query()))
window.open(link())
setTimeout(done, 500)
</script>"""


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = PAGE.replace("GATEWAY", str(gateway)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
options = webdriver.ChromeOptions()
for argument in (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-popup-blocking",
    "--host-resolver-rules=MAP evil.example 127.0.0.1",
):
    options.add_argument(argument)
options.binary_location = "/usr/bin/chromium"
driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
try:
    for host in ("127.0.0.1", "localhost", "evil.example"):
        driver.get(f"http://{host}:{server.server_port}/")
        WebDriverWait(driver, 120).until(lambda driver: driver.title.startswith("read"))
        print(host, driver.title, flush=True)
    # The gateway's own answer to a stranger's name, as a page of it that was rebound would ask.
    driver.get(f"http://evil.example:{gateway}/gateway.do?service=alipay.acquire.precreate&partner=2088000000000001"
               "&subject=x&total_fee=1&currency=THB&out_trade_no=rebound")
    print("rebound", "SUCCESS" in driver.page_source, flush=True)
finally:
    driver.quit()

"""Runs `bluetap sandbox serve`, asks it for a payment, lets it expire, and ends it. Prints what it saw.

sandbox_alone.py BLUETAP CONTROL
"""
import json
import subprocess
import sys
import urllib.request

bluetap, control = sys.argv[1:]
server = subprocess.Popen(
    [bluetap, "sandbox", "serve", "--clock", "virtual", "--control", control], stdout=subprocess.PIPE, text=True)
ready = json.loads(server.stdout.readline())
print(ready["event"], *(key for key in ("sandbox", "control") if key in ready))


def ask(api, body):
    request = urllib.request.Request(
        f"{ready['sandbox']}/aps/api/v1/payments/{api}", json.dumps(body).encode(),
        {"Client-Id": "TILL", "Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


amount = {"currency": "HKD", "value": "500"}
answer = ask("pay", {
    "paymentRequestId": "R1", "paymentAmount": amount, "paymentMethod": {"paymentMethodType": "CONNECT_WALLET"},
    "order": {"referenceOrderId": "A1", "orderDescription": "Tea", "orderAmount": amount},
    "paymentFactor": {"inStorePaymentScenario": "OrderCode"}})
print(answer["result"]["resultStatus"], answer["result"]["resultCode"])
run = lambda *arguments: subprocess.run([bluetap, *arguments, "--control", control], capture_output=True, text=True)
print(json.loads(run("clock", "advance", "600s", "--json").stdout)["now"])
answer = ask("inquiryPayment", {"paymentRequestId": "R1"})
print(answer["paymentResult"]["resultStatus"], answer["paymentResult"]["resultCode"])
print(run("tap").stderr.strip())
server.terminate()
print("ended", server.wait())

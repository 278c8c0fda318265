"""Kills a sandbox at work with SIGKILL, again and again, on one ledger, and looks whether it has kept what it answered.

killed_sandbox.py BLUETAP FOLDER ROUNDS SEED

In each round four back ends pay, cancel and refund until the sandbox is gone. What was answered must be there after the
next start; what was not answered is asked again, and must then be done once. At the end every payment is in the ledger
once, with as much refunded as was answered. Prints how much was answered, and ends with 1 where something is wrong.
"""
import http.client
import json
import random
import signal
import subprocess
import sys
import threading
import time

bluetap, folder, rounds, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
chance = random.Random(seed)
problems = []
# Of each payment's request: its end as it was answered, "succeeded" or "cancelled"; and its refunds, by their requests.
ended, refunded, unanswered = {}, {}, []
lock = threading.Lock()


class Sandbox:
    def __init__(self):
        self.process = subprocess.Popen(
            [bluetap, "sandbox", "serve", "--clock", "virtual", "--control", f"unix:{folder}/control", "--ledger",
             f"{folder}/ledger.sqlite"], stdout=subprocess.PIPE, text=True)
        self.place = json.loads(self.process.stdout.readline())["sandbox"].removeprefix("http://")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def ask(connection, request):
    """What is answered, as "S SUCCESS"; None: nothing is."""
    api, body = request
    try:
        connection.request(
            "POST", f"/aps/api/v1/payments/{api}", json.dumps(body),
            {"Client-Id": "TILL", "Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError):
        return None
    return answer


def code_of(name):
    """A payment code of the first wallet, of which each payment has its own."""
    return f"28100102{zlib.crc32(name.encode()):014d}00"


def pay(name):
    amount = {"currency": "THB", "value": "1000"}
    return "pay", {
        "paymentRequestId": name, "paymentAmount": amount,
        "paymentMethod": {"paymentMethodType": "CONNECT_WALLET", "paymentMethodId": code_of(name)},
        "order": {"referenceOrderId": name, "orderDescription": "Tea", "orderAmount": amount},
        "paymentFactor": {"inStorePaymentScenario": "PaymentCode"}}


def refund(name, number):
    return "refund", {
        "paymentRequestId": name, "refundRequestId": f"{name}-{number}",
        "refundAmount": {"currency": "THB", "value": "100"}}


def cancel(name):
    return "cancelPayment", {"paymentRequestId": name}


def note(request, answer):
    """Keeps what was answered; `answer` None: nothing was."""
    api, body = request
    name = body["paymentRequestId"]
    with lock:
        if answer is None:
            unanswered.append(request)
            return
        result = answer["result"]["resultCode"]
        if result != "SUCCESS":
            problems.append(f"{api} of {name} is answered {result}")
        elif api == "pay":
            ended[name] = "succeeded"
        elif api == "refund":
            refunded.setdefault(name, set()).add(body["refundRequestId"])
        else:
            ended[name] = "cancelled"


def till(place, number, turn, random_numbers):
    connection = http.client.HTTPConnection(place, timeout=30)
    for count in range(1_000_000):
        name = f"R{turn}-{number}-{count}"
        requests = [pay(name)]
        if random_numbers.random() < 0.3:
            requests += [refund(name, 1), refund(name, 2)]
        elif random_numbers.random() < 0.3:
            requests.append(cancel(name))
        for request in requests:
            answer = ask(connection, request)
            note(request, answer)
            if answer is None:
                return


for turn in range(rounds):
    sandbox = Sandbox()
    connection = http.client.HTTPConnection(sandbox.place, timeout=30)
    # Twice each, as a back end does that has heard nothing.
    for request in unanswered[:]:
        answers = [ask(connection, request) for _ in range(2)]
        unanswered.remove(request)
        note(request, answers[0])
        if answers[0] != answers[1] and request[0] != "cancelPayment":
            problems.append(f"{request} is answered {answers}")
    tills = [
        threading.Thread(target=till, args=(sandbox.place, number, turn, random.Random(chance.random())))
        for number in range(4)]
    for thread in tills:
        thread.start()
    time.sleep(chance.uniform(0.02, 0.4))
    sandbox.kill()
    for thread in tills:
        thread.join()

sandbox = Sandbox()
connection = http.client.HTTPConnection(sandbox.place, timeout=30)
for request in unanswered[:]:
    unanswered.remove(request)
    note(request, ask(connection, request))
for name, end in ended.items():
    answer = ask(connection, ("inquiryPayment", {"paymentRequestId": name}))
    result = answer["paymentResult"]["resultCode"]
    if result != {"succeeded": "SUCCESS", "cancelled": "ORDER_IS_CLOSED"}[end]:
        problems.append(f"{name} had {end}, and is {result} after kill -9")
    transactions = {entry["transactionRequestId"] for entry in answer.get("transactions", [])}
    if transactions != refunded.get(name, set()):
        problems.append(f"{name} had refunds {refunded.get(name)}, and has {transactions}")
sandbox.kill()

# Somebody else's SQLite looks into the file.
import sqlite3  # noqa: E402
import zlib

database = sqlite3.connect(f"file:{folder}/ledger.sqlite?mode=ro", uri=True)
names = [name for (name,) in database.execute("SELECT request_id FROM payment")]
if len(names) != len(set(names)) or set(names) != set(ended):
    problems.append(f"{len(names)} payments in the ledger, {len(ended)} answered")
(paid,) = database.execute("SELECT count(*) FROM change WHERE kind = 'paid'").fetchone()
(given_back,) = database.execute("SELECT count(*) FROM change WHERE kind = 'refunded'").fetchone()
if paid != len(ended) or given_back != sum(map(len, refunded.values())):
    problems.append(f"{paid} were paid and {given_back} refunded in the ledger")
(moved,) = database.execute("SELECT coalesce(sum(amount), 0) FROM posting").fetchone()
if moved != 0:
    problems.append(f"{moved} came from nowhere")
if database.execute("PRAGMA integrity_check").fetchone() != ("ok",):
    problems.append("the file is damaged")
for problem in problems[:20]:
    print(problem)
print(f"{rounds} kills, {len(ended)} payments, {given_back} refunds answered, seed {seed}")
sys.exit(1 if problems else 0)

"""A simulated user: begins with three samples, and does what the next question says until there is none."""

import collections
import concurrent.futures
import json
import random
import statistics
import subprocess
import tempfile
from pathlib import Path

import generator

MOST_COMMANDS = 25
FIRST = 3


class User:
    """Sends commands of one random format and keeps the samples."""

    def __init__(self, bluetap, vendor, learn, fresh, folder):
        self.bluetap, self.vendor, self.folder = bluetap, vendor, folder
        self.samples = learn[:FIRST]
        self.fresh = fresh
        self.number = vendor.first + FIRST
        self.rng = random.Random(f"{vendor.name} user")
        self.verdict, self.asked, self.detail = "refused", [], ""
        self.truth_of_minutes = vendor.c["expiry"] == "minutes"

    def learn(self):
        """The status and what was said."""
        path, self.profile = self.folder / f"{self.vendor.name}.user.json", self.folder / f"{self.vendor.name}.user.yaml"
        path.write_text(json.dumps({"samples": self.samples}))
        self.profile.unlink(missing_ok=True)
        process = subprocess.run(
            ["timeout", "60", self.bluetap, "profile", "learn", path, "-o", self.profile, "--json"], capture_output=True, text=True)
        lines = [line for line in process.stdout.splitlines() if line.startswith("{")]
        return process.returncode, json.loads(lines[-1]) if lines else {}

    def obey(self, question):
        """Sends what the question names."""
        for command in question["commands"]:
            given = {key: value for key, value in command.items() if key in {"command", *generator.KEYS}}
            if self.truth_of_minutes and given.get("expiryTime"):
                given["expiryTime"] = max(60, given["expiryTime"] // 60 * 60)
            given["result"] = question.get("result") or "SUCCESS"
            reports, replies = self.vendor.exchange(given, self.number, self.rng)
            self.number += 1
            result = given.pop("result")
            given["reports"] = [bytes(byte for byte, _ in report).hex() for report in reports]
            given["replies"] = [bytes(byte for byte, _ in report).hex() for report in replies]
            self.samples.append(given | {"result": result})

    def go(self):
        """Until nothing is asked any more, or too much was."""
        while True:
            status, learned = self.learn()
            question = learned.get("next")
            if not question or not question.get("commands"):
                break
            if len(self.samples) >= MOST_COMMANDS:
                self.detail = f"still asks: {question['request']}: {question['reason'][:200]}"
                break
            self.asked.append(question["request"])
            try:
                self.obey(question)
            except (generator.Refusal, OverflowError, ValueError) as error:
                self.detail = f"cannot do \"{question['request']}\": {error}"
                break
        if status == 0 and self.profile.exists():
            path = self.folder / f"{self.vendor.name}.user.fresh.json"
            path.write_text(json.dumps({"samples": self.fresh}))
            check = subprocess.run(
                ["timeout", "60", self.bluetap, "profile", "check", self.profile, "--samples", path, "--json"], capture_output=True, text=True)
            self.verdict = "right" if check.returncode == 0 else "wrong"
        elif question and not question.get("commands"):
            self.verdict, self.detail = "cannot be said", question["reason"]
        return self


def several(bluetap, seed, count, jobs, folder, is_quiet):
    """Users of as many random formats."""
    if not count:
        return []
    own = Path(folder) / "users"
    own.mkdir(exist_ok=True)
    users = []
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        made = generator.formats(f"{seed} users", count)
        for user in pool.map(lambda made: User(bluetap, *made[:3], own).go(), made):
            users.append(user)
            if not is_quiet and user.verdict != "right":
                print(f"user     {user.verdict:14} {len(user.samples)} commands  {user.vendor.name} {user.vendor.describe()}", flush=True)
                print(f"    {user.detail[:300]}", flush=True)
    return users


def report(users):
    """Prints the figures; what failed."""
    if not users:
        return []
    count = collections.Counter(user.verdict for user in users)
    needed = [len(user.samples) for user in users if user.verdict in {"right", "cannot be said"}]
    print("simulated users: " + ", ".join(f"{number} {verdict}" for verdict, number in count.most_common()))
    if needed:
        print(f"commands needed: median {statistics.median(needed):g}, worst {max(needed)}")
    return [f"{user.vendor.name}: the user ends with a wrong profile" for user in users if user.verdict == "wrong"]

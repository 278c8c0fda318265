"""What a till must not forget: its sales, in an SQLite file, written before anybody is asked for anything.

An order may be tried several times, each time under a name of its own (`paymentRequestId`): under the name of an attempt
that has ended the gateway makes no other payment.
"""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import dataclass
from datetime import datetime
from typing import List, Optional

TABLE = """
    CREATE TABLE IF NOT EXISTS sale (
        request TEXT PRIMARY KEY, order_id TEXT NOT NULL, attempt INTEGER NOT NULL, amount INTEGER NOT NULL,
        currency TEXT NOT NULL, expires TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL, receipt TEXT,
        UNIQUE (order_id, attempt)
    ) STRICT
"""


@dataclass
class Sale:
    order: str
    # The idempotency key of this attempt: repeated, it makes no second payment.
    request: str
    amount: int
    currency: str
    expires: datetime
    # open, paid, failed, cancelled, expired; or unknown, which is somebody's to look at.
    state: str = "open"
    reason: str = ""
    receipt: Optional[str] = None


class Sales:
    """In a file; without one they are forgotten with the object."""

    def __init__(self, path: str = ":memory:") -> None:
        # Notifications come on another thread.
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.execute(TABLE)

    def close(self) -> None:
        self._database.close()

    def begin(self, order: str, amount: int, currency: str, expires: datetime) -> Sale:
        """A new attempt at an order."""
        with self._lock:
            row = self._database.execute("SELECT max(attempt) FROM sale WHERE order_id = ?", (order,)).fetchone()
            attempt = (row[0] or 0) + 1
            sale = Sale(order, f"{order}-{attempt}", amount, currency, expires)
            self._database.execute(
                "INSERT INTO sale VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (sale.request, order, attempt, amount, currency, expires.isoformat(), "open", "", None),
            )
            return sale

    def keep(self, sale: Sale) -> None:
        with self._lock:
            self._database.execute(
                "UPDATE sale SET state = ?, reason = ?, receipt = ? WHERE request = ?",
                (sale.state, sale.reason, sale.receipt, sale.request),
            )

    def of_order(self, order: str) -> List[Sale]:
        """Oldest first."""
        return self._find("order_id = ? ORDER BY attempt", order)

    def open(self) -> List[Sale]:
        """Those whose end nobody knew when the till went off."""
        return self._find("state = ? ORDER BY rowid", "open")

    def _find(self, condition: str, value: str) -> List[Sale]:
        with self._lock:
            rows = self._database.execute(
                "SELECT order_id, request, amount, currency, expires, state, reason, receipt FROM sale WHERE "
                + condition,
                (value,),
            ).fetchall()
        return [Sale(*row[:4], datetime.fromisoformat(row[4]), *row[5:]) for row in rows]

internal import GRDB

/// The tables of a ledger.
///
/// Instants are nanoseconds since 1970, amounts whole smallest units. What has happened is in `change`, what it moved in
/// `posting`; all else is where that has led.
enum LedgerSchema {
    /// Marks a file as ours, in SQLite's header: "BTap".
    static let applicationID = 0x4254_6170

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("ledger") { database in
            try database.execute(sql: tables)
            try database.execute(sql: "PRAGMA application_id = \(applicationID)")
        }
        migrator.registerMigration("codes, split orders, registrations") { database in
            try database.execute(sql: additions)
        }
        return migrator
    }

    private static let additions = """
        -- An order may be paid again: that is for the gateway to refuse.
        DROP INDEX payment_of_order;
        CREATE INDEX payment_of_order ON payment (client, order_id) WHERE state = 'succeeded';
        -- The payment code by which it was asked for, and all else that was, as JSON.
        ALTER TABLE payment ADD COLUMN code TEXT;
        ALTER TABLE payment ADD COLUMN details TEXT;
        CREATE INDEX payment_by_code ON payment (code) WHERE code IS NOT NULL;

        -- The codes that wallets have shown here, which grow old.
        CREATE TABLE payment_code (
          code TEXT PRIMARY KEY,
          expires_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- What tells the names of this ledger from those of others: one row.
        CREATE TABLE identity (number INTEGER NOT NULL) STRICT;

        CREATE TABLE registration (
          number INTEGER PRIMARY KEY AUTOINCREMENT,
          id TEXT NOT NULL UNIQUE,
          client TEXT NOT NULL,
          request_id TEXT NOT NULL,
          terms TEXT NOT NULL,
          merchant TEXT NOT NULL,
          store TEXT,
          body TEXT NOT NULL,
          created_at INTEGER NOT NULL,
          -- When it is decided.
          due_at INTEGER NOT NULL,
          reject_reason TEXT,
          UNIQUE (client, request_id)
        ) STRICT;
        -- What was declared to customs.
        CREATE TABLE declaration (
          client TEXT NOT NULL,
          request_id TEXT NOT NULL,
          payment TEXT NOT NULL REFERENCES payment (id),
          terms TEXT NOT NULL,
          body TEXT NOT NULL,
          created_at INTEGER NOT NULL,
          PRIMARY KEY (client, request_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX registration_of_merchant ON registration (client, merchant);

        -- Registrations are told of as well.
        CREATE TABLE new_notification (
          number INTEGER PRIMARY KEY AUTOINCREMENT,
          payment TEXT REFERENCES payment (id),
          kind TEXT NOT NULL,
          refund TEXT REFERENCES refund (id),
          url TEXT NOT NULL,
          attempts INTEGER NOT NULL DEFAULT 0,
          is_postponed INTEGER NOT NULL DEFAULT 0,
          due_at INTEGER,
          acknowledged_at INTEGER,
          registration TEXT REFERENCES registration (id),
          -- Why the last attempt was in vain.
          problem TEXT
        ) STRICT;
        INSERT INTO new_notification
          SELECT number, payment, kind, refund, url, attempts, is_postponed, due_at, acknowledged_at, NULL, NULL
          FROM notification;
        DROP TABLE notification;
        ALTER TABLE new_notification RENAME TO notification;
        CREATE INDEX notification_due ON notification (due_at) WHERE due_at IS NOT NULL;
        """

    private static let tables = """
        CREATE TABLE payment (
          number INTEGER PRIMARY KEY AUTOINCREMENT,
          id TEXT NOT NULL UNIQUE,
          gateway TEXT NOT NULL,
          client TEXT NOT NULL,
          request_id TEXT NOT NULL,
          terms TEXT NOT NULL,
          order_id TEXT,
          currency TEXT NOT NULL,
          amount INTEGER NOT NULL CHECK (amount > 0),
          created_at INTEGER NOT NULL,
          expires_at INTEGER NOT NULL,
          notify_url TEXT,
          state TEXT NOT NULL,
          failure TEXT,
          payer TEXT,
          paid_at INTEGER,
          ended_at INTEGER,
          refunded INTEGER NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND amount),
          UNIQUE (client, request_id)
        ) STRICT;
        CREATE INDEX payment_expiry ON payment (expires_at) WHERE state = 'processing';
        CREATE INDEX payment_order ON payment (order_id);
        CREATE INDEX payment_request ON payment (request_id);
        -- An order is paid once.
        CREATE UNIQUE INDEX payment_of_order ON payment (client, order_id) WHERE state = 'succeeded';

        -- What a wallet will do, if the payment still waits for it then.
        CREATE TABLE plan (
          payment TEXT PRIMARY KEY REFERENCES payment (id),
          wallet TEXT NOT NULL,
          due_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX plan_due ON plan (due_at);

        CREATE TABLE refund (
          number INTEGER PRIMARY KEY AUTOINCREMENT,
          id TEXT NOT NULL UNIQUE,
          payment TEXT NOT NULL REFERENCES payment (id),
          client TEXT NOT NULL,
          request_id TEXT NOT NULL,
          amount INTEGER NOT NULL CHECK (amount > 0),
          created_at INTEGER NOT NULL,
          UNIQUE (client, request_id)
        ) STRICT;
        CREATE INDEX refund_of_payment ON refund (payment);

        -- Money that comes back from a client beyond its payments.
        CREATE TABLE adjustment (
          number INTEGER PRIMARY KEY AUTOINCREMENT,
          id TEXT NOT NULL UNIQUE,
          client TEXT NOT NULL,
          request_id TEXT NOT NULL,
          terms TEXT NOT NULL,
          wallet TEXT NOT NULL,
          payment TEXT REFERENCES payment (id),
          currency TEXT NOT NULL,
          amount INTEGER NOT NULL CHECK (amount > 0),
          created_at INTEGER NOT NULL,
          UNIQUE (client, request_id)
        ) STRICT;

        -- What a card network knows of a payment.
        CREATE TABLE card_authorization (
          payment TEXT PRIMARY KEY REFERENCES payment (id),
          custom_data TEXT,
          -- When it is looked at again; NULL: it has ended.
          due_at INTEGER,
          clearing TEXT,
          cleared INTEGER
        ) STRICT;
        CREATE INDEX card_authorization_due ON card_authorization (due_at) WHERE due_at IS NOT NULL;
        CREATE INDEX card_authorization_data ON card_authorization (custom_data) WHERE custom_data IS NOT NULL;

        CREATE TABLE notification (
          number INTEGER PRIMARY KEY AUTOINCREMENT,
          payment TEXT NOT NULL REFERENCES payment (id),
          -- The kind of change that it tells of, and the refund where that is one.
          kind TEXT NOT NULL,
          refund TEXT REFERENCES refund (id),
          url TEXT NOT NULL,
          attempts INTEGER NOT NULL DEFAULT 0,
          -- Whether the next attempt is later than it was to be.
          is_postponed INTEGER NOT NULL DEFAULT 0,
          -- NULL: no more attempts.
          due_at INTEGER,
          acknowledged_at INTEGER
        ) STRICT;
        CREATE INDEX notification_due ON notification (due_at) WHERE due_at IS NOT NULL;

        CREATE TABLE change (
          number INTEGER PRIMARY KEY AUTOINCREMENT,
          at INTEGER NOT NULL,
          payment TEXT REFERENCES payment (id),
          kind TEXT NOT NULL,
          detail TEXT
        ) STRICT;
        CREATE INDEX change_of_payment ON change (payment);

        -- What a change moved: the amounts of one change add up to nothing.
        CREATE TABLE posting (
          change INTEGER NOT NULL REFERENCES change (number),
          account TEXT NOT NULL,
          currency TEXT NOT NULL,
          amount INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX posting_of_change ON posting (change);

        CREATE TABLE account (
          name TEXT NOT NULL,
          currency TEXT NOT NULL,
          balance INTEGER NOT NULL,
          -- Whether it can spend only what it has.
          is_limited INTEGER NOT NULL DEFAULT 0,
          PRIMARY KEY (name, currency)
        ) STRICT, WITHOUT ROWID;

        -- A code that a merchant shows, under which customers pay what they type.
        CREATE TABLE merchant_code (
          number INTEGER PRIMARY KEY AUTOINCREMENT,
          code TEXT NOT NULL UNIQUE,
          client TEXT NOT NULL,
          store TEXT NOT NULL,
          has_commission INTEGER NOT NULL,
          name TEXT NOT NULL,
          currency TEXT NOT NULL,
          settlement_currency TEXT NOT NULL,
          data TEXT NOT NULL,
          passback TEXT,
          notify_url TEXT,
          state TEXT NOT NULL,
          created_at INTEGER NOT NULL,
          -- At most two codes a store.
          UNIQUE (client, store, has_commission)
        ) STRICT;

        -- The code by which a payment came, and what the partner is told with it.
        CREATE TABLE scan (
          payment TEXT PRIMARY KEY REFERENCES payment (id),
          code TEXT NOT NULL REFERENCES merchant_code (code),
          passback TEXT
        ) STRICT;

        -- A wallet's leave for an app to ask who its owner is, which is used once.
        CREATE TABLE authorization (
          number INTEGER PRIMARY KEY AUTOINCREMENT,
          code TEXT NOT NULL UNIQUE,
          client TEXT NOT NULL,
          wallet TEXT NOT NULL,
          expires_at INTEGER NOT NULL,
          used_at INTEGER
        ) STRICT;

        CREATE TABLE token (
          number INTEGER PRIMARY KEY AUTOINCREMENT,
          access TEXT NOT NULL UNIQUE,
          refresh TEXT NOT NULL UNIQUE,
          client TEXT NOT NULL,
          wallet TEXT NOT NULL,
          expires_at INTEGER NOT NULL,
          refresh_expires_at INTEGER NOT NULL,
          -- When it was renewed by another.
          renewed_at INTEGER
        ) STRICT;
        """
}

"""The program `nordtap-cli`."""

from __future__ import annotations

import argparse
import sys

from . import NordTap, NordTapError


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        with NordTap.open() as till:
            if options.command == "pay":
                result = till.pay(options.method, options.amount, options.order, options.expiry)
            else:
                result = till.cancel(options.order)
    except NordTapError as error:
        print(f"nordtap-cli: {error}", file=sys.stderr)
        result = error.result
    print(result)
    return 0 if result == "SUCCESS" else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nordtap-cli", description="Commands a NordTap 2.")
    commands = parser.add_subparsers(dest="command", required=True)

    pay = commands.add_parser("pay", help="ask for a payment link")
    pay.add_argument("--method", required=True, help="TRUEMONEY, SEVEN_11, ALIPAY_CN or ALIPAY_PLUS")
    pay.add_argument("--amount", help="like 12.50")
    pay.add_argument("--order", metavar="ID", help="at most 16 characters")
    pay.add_argument("--expiry", type=int, metavar="SECONDS", help="if not given, the device takes 900")

    cancel = commands.add_parser("cancel", help="disable the link")
    cancel.add_argument("--order", metavar="ID", help="if not given, whichever link is live")
    return parser


if __name__ == "__main__":
    sys.exit(main())

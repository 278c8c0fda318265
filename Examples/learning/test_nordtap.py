"""The library and the stand-in device agree."""

from __future__ import annotations

import contextlib
import io
import json
import unittest
from types import SimpleNamespace
from unittest import mock

import device
import nordtap
import recordings
from nordtap import NordTap, NordTapError, frames
from nordtap.__main__ import main as cli


class HIDException(Exception):
    """As in the module `hid`."""


class FakeHIDDevice:
    """As `hid.Device`, with a stand-in behind it and a clock that only waiting moves."""

    def __init__(self, stand_in: device.Device) -> None:
        self.stand_in = stand_in
        self.written: list[bytes] = []
        self.waiting: list[bytes] = []
        self.now = 0.0
        self.is_silent = False
        self.is_unplugged = False
        self.is_closed = False

    def write(self, data: bytes) -> int:
        if self.is_unplugged:
            raise HIDException("unplugged")
        self.written.append(data)
        if not self.is_silent:
            self.waiting += self.stand_in.answer(data)
        return len(data)

    def read(self, size: int, timeout: int) -> bytes:
        if self.waiting:
            return self.waiting.pop(0)[:size]
        self.now += timeout / 1000
        return b""

    def close(self) -> None:
        self.is_closed = True


class NordTapTestCase(unittest.TestCase):
    def setUp(self) -> None:
        self.device = device.Device()
        self.usb = FakeHIDDevice(self.device)
        self.open_device = mock.Mock(return_value=self.usb)
        hid = SimpleNamespace(Device=self.open_device, HIDException=HIDException)
        for patch in (
            mock.patch.dict("sys.modules", {"hid": hid}),
            mock.patch("nordtap.time.monotonic", lambda: self.usb.now),
        ):
            patch.start()
            self.addCleanup(patch.stop)


class WireTests(NordTapTestCase):
    def test_identities_agree(self) -> None:
        NordTap.open()
        self.open_device.assert_called_once_with(device.VENDOR_ID, device.PRODUCT_ID)

    def test_checksum_has_the_catalogue_s_check_value(self) -> None:
        self.assertEqual(device.crc16(b"123456789"), 0x29B1)
        self.assertEqual(frames._checksum(b"123456789"), b"\x29\xB1")

    def test_version_query_and_its_answer(self) -> None:
        query = frames.command(frames.VERSION, 0)
        self.assertEqual(query, bytes.fromhex("215a 000100 ffad").ljust(64, b"\xFF"))
        answer = bytes.fromhex("22a5 008109 4e543220312e342e32 0de3").ljust(64, b"\x00")
        self.assertEqual(self.device.answer(query), [answer])

    def test_pay_and_its_reply(self) -> None:
        self.assertEqual(NordTap.open().pay("TRUEMONEY", "12.50", "A1", 900), "SUCCESS")
        report = self.usb.written[-1]
        expected = "215a 011011 c10103 c204000004e2 c3024131 c4020384 38be"
        self.assertEqual(report, bytes.fromhex(expected).ljust(64, b"\xFF"))
        self.assertEqual(self.device.answer(report), [bytes.fromhex("22a5 019002 9000 0b49").ljust(64, b"\x00")])

    def test_cancel(self) -> None:
        till = NordTap.open()
        till.pay("ALIPAY_PLUS", order_id="A1")
        self.assertEqual(till.cancel(), "SUCCESS")
        self.assertEqual(self.usb.written[-1], bytes.fromhex("215a 021f00 b1b1").ljust(64, b"\xFF"))

    def test_fields_that_are_none_are_left_out(self) -> None:
        NordTap.open().pay("SEVEN_11", expiry=None)
        self.assertEqual(self.usb.written[-1][2:8].hex(), "011003c10107")

    def test_expiry_is_900_by_default(self) -> None:
        NordTap.open().pay("SEVEN_11")
        self.assertEqual(self.usb.written[-1][8:12].hex(), "c4020384")

    def test_sequence_wraps_past_the_version_query_s(self) -> None:
        till = NordTap.open()
        for _ in range(256):
            till.cancel()
        self.assertEqual([report[2] for report in self.usb.written], [0, *range(1, 256), 1])


class ResultTests(NordTapTestCase):
    def test_results_of_the_device(self) -> None:
        till = NordTap.open()
        self.assertEqual(till.cancel(), "PROCESS_FAIL")
        self.assertEqual(till.pay("ALIPAY_CN", "0.00"), "PARAM_ILLEGAL")
        self.assertEqual(till.pay("ALIPAY_CN", "1", "A1"), "SUCCESS")
        self.assertEqual(till.cancel("A2"), "PROCESS_FAIL")
        self.device.nfc_broken = True
        self.assertEqual(till.cancel("A1"), "UNKNOWN_EXCEPTION")

    def test_values_without_a_place_are_refused_with_nothing_sent(self) -> None:
        till = NordTap.open()
        for fields in (
            {"method": "Test"},
            {"method": "TRUEMONEY", "amount": "12,50"},
            {"method": "TRUEMONEY", "amount": "123456.78"},
            {"method": "TRUEMONEY", "amount": 12.5},
            {"method": "TRUEMONEY", "order_id": ""},
            {"method": "TRUEMONEY", "order_id": "seventeen letters"},
            {"method": "TRUEMONEY", "order_id": "\u00c51"},
            {"method": "TRUEMONEY", "expiry": 65_536},
            {"method": "TRUEMONEY", "expiry": -1},
        ):
            with self.subTest(fields):
                self.assertEqual(till.pay(**fields), "PARAM_ILLEGAL")
        self.assertEqual(till.cancel("seventeen letters"), "PARAM_ILLEGAL")
        self.assertEqual(len(self.usb.written), 1)

    def test_no_reply_within_ten_seconds(self) -> None:
        till = NordTap.open()
        self.usb.is_silent = True
        self.assertEqual(till.cancel(), "UNKNOWN_EXCEPTION")
        self.assertEqual(self.usb.now, 10.0)

    def test_unplugged(self) -> None:
        till = NordTap.open()
        self.usb.is_unplugged = True
        self.assertEqual(till.cancel(), "DEVICE_DISCONNECTED")

    def test_replies_that_are_not_the_command_s_are_skipped(self) -> None:
        till = NordTap.open()
        till.pay("TRUEMONEY")
        self.usb.waiting = self.device.answer(frames.command(frames.CANCEL, 9))
        damaged = bytearray(self.device.answer(frames.command(frames.CANCEL, 2))[0])
        damaged[5] ^= 1
        self.usb.waiting.append(bytes(damaged))
        self.assertEqual(till.pay("TRUEMONEY"), "SUCCESS")

    def test_damaged_commands_are_not_answered(self) -> None:
        report = frames.command(frames.PAY, 1, frames.pay_records("TRUEMONEY", "1.00", "A1", 900))
        for position in range(5 + report[4] + 2):
            damaged = bytearray(report)
            damaged[position] ^= 0x40
            self.assertEqual(self.device.answer(bytes(damaged)), [], f"byte {position}")


class OpeningTests(NordTapTestCase):
    def assert_refused(self, result: str) -> None:
        with self.assertRaises(NordTapError) as caught:
            NordTap.open()
        self.assertEqual(caught.exception.result, result)

    def test_no_device(self) -> None:
        self.open_device.side_effect = HIDException("unable to open device")
        self.assert_refused("DEVICE_DISCONNECTED")

    def test_other_firmware(self) -> None:
        self.device.firmware = "NT2 1.5.0"
        self.assert_refused("UNKNOWN_EXCEPTION")
        self.assertTrue(self.usb.is_closed)

    def test_no_version(self) -> None:
        self.usb.is_silent = True
        self.assert_refused("UNKNOWN_EXCEPTION")


class CommandLineTests(NordTapTestCase):
    def run_cli(self, *arguments: str) -> tuple[int, str, str]:
        output, errors = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
            status = cli(list(arguments))
        return status, output.getvalue(), errors.getvalue()

    def test_pay_then_cancel(self) -> None:
        pay = ("pay", "--method", "TRUEMONEY", "--amount", "12.50", "--order", "A1", "--expiry", "900")
        self.assertEqual(self.run_cli(*pay), (0, "SUCCESS\n", ""))
        self.assertEqual(self.run_cli("cancel", "--order", "A1"), (0, "SUCCESS\n", ""))
        self.assertEqual(self.run_cli("cancel"), (1, "PROCESS_FAIL\n", ""))
        self.assertTrue(self.usb.is_closed)

    def test_no_device(self) -> None:
        self.open_device.side_effect = HIDException("unable to open device")
        expected = "nordtap-cli: no NordTap at 4e54:0212: unable to open device\n"
        self.assertEqual(self.run_cli("cancel"), (1, "DEVICE_DISCONNECTED\n", expected))


class RecordingTests(unittest.TestCase):
    def test_samples_are_few_and_cover_methods_and_results(self) -> None:
        samples = recordings.samples(device.Device())
        self.assertLessEqual(len(samples), 20)
        self.assertEqual({s.get("paymentMethod") for s in samples}, {None, *recordings.METHODS})
        self.assertEqual({s["result"] for s in samples}, set(frames._RESULTS.values()))

    def test_each_report_holds_its_label(self) -> None:
        for sample in recordings.samples(device.Device()) + recordings.fresh(device.Device(), 7):
            report = bytes.fromhex(sample["reports"][0])
            expected = {}
            if "paymentMethod" in sample:
                code = device.METHOD_CODES[recordings.METHODS.index(sample["paymentMethod"])]
                expected[0xC1] = bytes([code])
            if "amount" in sample:
                expected[0xC2] = int(sample["amount"].replace(".", "")).to_bytes(4, "big")
            if "orderId" in sample:
                expected[0xC3] = sample["orderId"].encode()
            if "expiryTime" in sample:
                expected[0xC4] = sample["expiryTime"].to_bytes(2, "big")
            records = device.parse_records(report[5 : 5 + report[4]])
            self.assertEqual(records, expected, sample)
            self.assertEqual(report[3], {"pay": 0x10, "cancel": 0x1F}[sample["command"]])

    def test_fresh_ones_depend_on_the_seed_alone(self) -> None:
        first, again, other = (recordings.fresh(device.Device(), seed) for seed in (1, 1, 2))
        self.assertEqual(first, again)
        self.assertNotEqual(first, other)
        self.assertEqual(len(first), 200)
        self.assertEqual({s["result"] for s in first}, set(frames._RESULTS.values()))
        self.assertEqual({len(s["orderId"]) for s in first if "orderId" in s}, set(range(1, 17)))

    def test_session_begins_with_the_version_query(self) -> None:
        session = json.loads(json.dumps(device.session()))
        exchanges, commands = session["exchanges"], session["commands"]
        self.assertEqual(exchanges[0]["out"], [frames.command(frames.VERSION, 0).hex()])
        self.assertEqual(len(exchanges), len(commands) + 1)
        samples = recordings.samples(device.Device())
        self.assertEqual(exchanges[1:], [{"out": s["reports"], "in": s["replies"]} for s in samples])
        self.assertEqual(session["vendorID"], nordtap.VENDOR_ID)


if __name__ == "__main__":
    unittest.main()

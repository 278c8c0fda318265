using System;

namespace BluetapLib
{
    /// <summary>
    /// The `reference` wire format of bluetap: 64-byte unnumbered HID reports, integers little-endian.
    /// </summary>
    /// <remarks>
    /// Command report, host to device:
    ///      0      marker 0xB7
    ///      1      command: 0x01 pay, 0x02 cancel
    ///      2..3   sequence number
    ///      4..15  PaymentMethod, ASCII, NUL-padded; zero in a cancel
    ///     16..23  Amount, likewise; all NUL when not given
    ///     24..39  OrderId, likewise; all NUL when not given
    ///     40..43  ExpiryTime, int32 seconds; the smallest int32 when not given; zero in a cancel
    ///     44..59  zero
    ///     60..63  CRC-32 of bytes 0..59
    /// Reply report, device to host:
    ///      0      marker 0xB7
    ///      1      command | 0x80
    ///      2..3   sequence number of the command
    ///      4      result
    ///      5..59  zero
    ///     60..63  CRC-32 of bytes 0..59
    /// </remarks>
    internal static class ReferenceFormat
    {
        internal const int ReportLength = 64;

        private const byte Marker = 0xB7;
        private const byte Pay = 0x01;
        private const byte Cancel = 0x02;
        private const byte Reply = 0x80;
        private const int ChecksumOffset = 60;
        private const int ExpiryNotGiven = int.MinValue;

        internal static byte[] EncodePay(PayCommand command, ushort sequence)
        {
            byte[] report = Begin(Pay, sequence);
            if (command.PaymentMethod == null)
            {
                throw new IllegalParameterException("PaymentMethod is mandatory");
            }
            PutText(report, 4, 12, "PaymentMethod", command.PaymentMethod);
            PutText(report, 16, 8, "Amount", command.Amount);
            PutText(report, 24, 16, "OrderId", command.OrderId);
            if (command.ExpiryTime == ExpiryNotGiven)
            {
                throw new IllegalParameterException("the smallest int32 would arrive as an ExpiryTime not given");
            }
            PutUInt32(report, 40, unchecked((uint)(command.ExpiryTime ?? ExpiryNotGiven)));
            PutUInt32(report, ChecksumOffset, Checksum(report));
            return report;
        }

        internal static byte[] EncodeCancel(CancelCommand command, ushort sequence)
        {
            byte[] report = Begin(Cancel, sequence);
            PutText(report, 24, 16, "OrderId", command.OrderId);
            PutUInt32(report, ChecksumOffset, Checksum(report));
            return report;
        }

        /// <summary>
        /// The result that a reply gives for the command report; null if it is no valid reply to that one.
        /// </summary>
        internal static ResultCode? DecodeReply(byte[] reply, int length, byte[] command)
        {
            if (length != ReportLength || GetUInt32(reply, ChecksumOffset) != Checksum(reply))
            {
                return null;
            }
            if (reply[0] != Marker || reply[1] != (command[1] | Reply)
                || reply[2] != command[2] || reply[3] != command[3])
            {
                return null;
            }
            switch (reply[4])
            {
                case 0: return ResultCode.SUCCESS;
                case 1: return ResultCode.PARAM_ILLEGAL;
                case 2: return ResultCode.PROCESS_FAIL;
                case 4: return ResultCode.DEVICE_DISCONNECTED;
                default: return ResultCode.UNKNOWN_EXCEPTION;
            }
        }

        private static byte[] Begin(byte command, ushort sequence)
        {
            byte[] report = new byte[ReportLength];
            report[0] = Marker;
            report[1] = command;
            report[2] = (byte)(sequence & 0xFF);
            report[3] = (byte)(sequence >> 8);
            return report;
        }

        private static void PutText(byte[] report, int offset, int length, string name, string text)
        {
            if (text == null)
            {
                return;
            }
            if (text.Length > length)
            {
                throw new IllegalParameterException(name + " has more than " + length + " characters");
            }
            for (int i = 0; i < text.Length; i++)
            {
                // A NUL inside the text would read as its end.
                if (text[i] == 0 || text[i] > 0x7F)
                {
                    throw new IllegalParameterException(name + " has characters beyond ASCII");
                }
                report[offset + i] = (byte)text[i];
            }
        }

        // Not BitConverter: that one follows the machine's byte order.
        private static void PutUInt32(byte[] report, int offset, uint value)
        {
            for (int i = 0; i < 4; i++)
            {
                report[offset + i] = (byte)((value >> (8 * i)) & 0xFF);
            }
        }

        private static uint GetUInt32(byte[] report, int offset)
        {
            uint value = 0;
            for (int i = 0; i < 4; i++)
            {
                value |= (uint)report[offset + i] << (8 * i);
            }
            return value;
        }

        // CRC-32 of IEEE 802.3, as zlib's. 60 bytes a command need no table.
        private static uint Checksum(byte[] report)
        {
            uint remainder = 0xFFFFFFFF;
            for (int i = 0; i < ChecksumOffset; i++)
            {
                remainder ^= report[i];
                for (int bit = 0; bit < 8; bit++)
                {
                    remainder = (remainder & 1) != 0 ? (remainder >> 1) ^ 0xEDB88320 : remainder >> 1;
                }
            }
            return ~remainder;
        }
    }
}

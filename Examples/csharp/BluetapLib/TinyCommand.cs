using System;
using System.Diagnostics;

namespace BluetapLib
{
    /// <summary>Sends commands to a BlueTap device.</summary>
    /// <remarks>
    /// A connection is made for each command, so that a device may be unplugged and plugged in again between two.
    /// </remarks>
    public class TinyCommand
    {
        // Enough for an emulated device on a machine that is busy; a real one takes milliseconds.
        private const int MillisecondsToReply = 10000;

        // hidapi is not thread-safe, and a second reader of the same device would take replies away.
        private static readonly object Lock = new object();

        // It starts anywhere, so that two programs in turn do not take each other's replies for theirs.
        private static ushort sequence = (ushort)new Random().Next(ushort.MaxValue + 1);

        /// <summary>Asks the device for an NFC link.</summary>
        public ResultCode SendPayCommand(PayCommand payCommand)
        {
            return Send(number => ReferenceFormat.EncodePay(payCommand, number));
        }

        /// <summary>Asks the device to disable its NFC link.</summary>
        public ResultCode SendCancelCommand(CancelCommand cancelCommand)
        {
            return Send(number => ReferenceFormat.EncodeCancel(cancelCommand, number));
        }

        private static ResultCode Send(Func<ushort, byte[]> encode)
        {
            try
            {
                lock (Lock)
                {
                    byte[] report = encode(unchecked(sequence++));
                    using (Device device = new Device())
                    {
                        device.Write(report);
                        return AwaitReply(device, report);
                    }
                }
            }
            catch (IllegalParameterException)
            {
                return ResultCode.PARAM_ILLEGAL;
            }
            catch (DisconnectedException)
            {
                return ResultCode.DEVICE_DISCONNECTED;
            }
            catch (WriteFailedException)
            {
                return ResultCode.PROCESS_FAIL;
            }
            catch (Exception exception)
            {
                // The result code hides the cause.
                Console.Error.WriteLine("BluetapLib: " + exception);
                return ResultCode.UNKNOWN_EXCEPTION;
            }
        }

        private static ResultCode AwaitReply(Device device, byte[] report)
        {
            byte[] reply = new byte[ReferenceFormat.ReportLength];
            Stopwatch elapsed = Stopwatch.StartNew();
            while (elapsed.ElapsedMilliseconds < MillisecondsToReply)
            {
                int length = device.Read(reply, MillisecondsToReply - (int)elapsed.ElapsedMilliseconds);
                ResultCode? result = ReferenceFormat.DecodeReply(reply, length, report);
                if (result != null)
                {
                    return result.Value;
                }
            }
            return ResultCode.PROCESS_FAIL;
        }
    }
}

using System;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace BluetapLib
{
    /// <summary>An open HID device.</summary>
    internal sealed class Device : IDisposable
    {
        // pid.codes' id for testing. bluetap's reference device has it.
        private const string DefaultUsbId = "1209:0001";
        private const int InterruptedCall = 4; // EINTR

        private IntPtr handle;

        internal Device()
        {
            ushort vendor, product;
            ReadUsbId(out vendor, out product);
            // Does nothing when it was done before.
            HidApi.Init();
            handle = HidApi.Open(vendor, product, IntPtr.Zero);
            if (handle == IntPtr.Zero)
            {
                throw new DisconnectedException();
            }
        }

        public void Dispose()
        {
            if (handle != IntPtr.Zero)
            {
                HidApi.Close(handle);
                handle = IntPtr.Zero;
            }
        }

        internal void Write(byte[] report)
        {
            // A report without a number is preceded by 0.
            byte[] numbered = new byte[1 + report.Length];
            report.CopyTo(numbered, 1);
            if (HidApi.Write(handle, numbered, (UIntPtr)numbered.Length) < numbered.Length)
            {
                throw new WriteFailedException();
            }
        }

        /// <summary>Puts the next report into the buffer.</summary>
        /// <returns>Its length; 0 if there is none in time.</returns>
        internal int Read(byte[] buffer, int milliseconds)
        {
            int length = HidApi.ReadTimeout(handle, buffer, (UIntPtr)buffer.Length, milliseconds);
            if (length >= 0)
            {
                return length;
            }
            // Mono stops threads by a signal when it collects garbage. The device is still there then.
            if (Marshal.GetLastWin32Error() == InterruptedCall)
            {
                return 0;
            }
            throw new DisconnectedException();
        }

        /// <summary>Vendor and product id: BLUETAP_USB_ID if set, else bluetap's own.</summary>
        private static void ReadUsbId(out ushort vendor, out ushort product)
        {
            string text = Environment.GetEnvironmentVariable("BLUETAP_USB_ID");
            if (string.IsNullOrEmpty(text))
            {
                text = DefaultUsbId;
            }
            if (!Regex.IsMatch(text, @"\A[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}\z"))
            {
                throw new FormatException("BLUETAP_USB_ID must be VVVV:PPPP in hexadecimal, not " + text);
            }
            vendor = ushort.Parse(text.Substring(0, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            product = ushort.Parse(text.Substring(5), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        }
    }
}

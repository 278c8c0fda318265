using System;
using System.Runtime.InteropServices;

namespace BluetapLib
{
    /// <summary>The functions of hidapi that are needed.</summary>
    internal static class HidApi
    {
        private const string Library = "libhidapi-hidraw.so.0";

        [DllImport(Library, EntryPoint = "hid_init", CallingConvention = CallingConvention.Cdecl)]
        internal static extern int Init();

        // The serial number is a wchar_t string, of 4 bytes a character on Linux. Only null is passed.
        [DllImport(Library, EntryPoint = "hid_open", CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr Open(ushort vendor, ushort product, IntPtr serialNumber);

        [DllImport(Library, EntryPoint = "hid_write", CallingConvention = CallingConvention.Cdecl)]
        internal static extern int Write(IntPtr device, byte[] data, UIntPtr length);

        [DllImport(Library, EntryPoint = "hid_read_timeout", CallingConvention = CallingConvention.Cdecl,
            SetLastError = true)]
        internal static extern int ReadTimeout(IntPtr device, byte[] data, UIntPtr length, int milliseconds);

        [DllImport(Library, EntryPoint = "hid_close", CallingConvention = CallingConvention.Cdecl)]
        internal static extern void Close(IntPtr device);
    }
}

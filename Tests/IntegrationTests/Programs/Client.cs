// The smallest POS in C#: finds the device, sends the pay report given in hexadecimal, prints the reply.
using System;
using System.Runtime.InteropServices;
using System.Text;

static class Client
{
    private const string Library = "libhidapi-hidraw.so.0";

    [StructLayout(LayoutKind.Sequential)]
    private struct DeviceInfo
    {
        public IntPtr Path;
        public ushort VendorId;
        public ushort ProductId;
        public IntPtr SerialNumber;
        public ushort ReleaseNumber;
        public IntPtr ManufacturerString;
        public IntPtr ProductString;
        public ushort UsagePage;
        public ushort Usage;
        public int InterfaceNumber;
        public IntPtr Next;
        public int BusType;
    }

    [DllImport(Library)] private static extern IntPtr hid_enumerate(ushort vendorId, ushort productId);
    [DllImport(Library)] private static extern void hid_free_enumeration(IntPtr list);
    [DllImport(Library)] private static extern IntPtr hid_open(ushort vendorId, ushort productId, IntPtr serialNumber);
    [DllImport(Library)] private static extern int hid_write(IntPtr device, byte[] data, UIntPtr length);
    [DllImport(Library)] private static extern int hid_read(IntPtr device, byte[] data, UIntPtr length);
    [DllImport(Library)] private static extern void hid_close(IntPtr device);

    // wchar_t has 4 bytes on Linux.
    private static string WideString(IntPtr text)
    {
        var result = new StringBuilder();
        for (int offset = 0; Marshal.ReadInt32(text, offset) != 0; offset += 4)
            result.Append(char.ConvertFromUtf32(Marshal.ReadInt32(text, offset)));
        return result.ToString();
    }

    private static void Check(bool condition, string what)
    {
        if (!condition) throw new Exception("not so: " + what);
    }

    private static void Main(string[] arguments)
    {
        var packet = new byte[65];
        for (int index = 0; index < 64; index++)
            packet[1 + index] = Convert.ToByte(arguments[0].Substring(2 * index, 2), 16);

        IntPtr list = hid_enumerate(0, 0);
        Check(list != IntPtr.Zero, "there is a device");
        var found = (DeviceInfo)Marshal.PtrToStructure(list, typeof(DeviceInfo));
        Check(found.Next == IntPtr.Zero, "there is one device");
        Console.WriteLine("{0:x4}:{1:x4} {2:x4}", found.VendorId, found.ProductId, found.ReleaseNumber);
        Console.WriteLine("{0}|{1}|{2}", WideString(found.ManufacturerString), WideString(found.ProductString),
            WideString(found.SerialNumber));
        Console.WriteLine("usage {0:x4}:{1:x4} interface {2}", found.UsagePage, found.Usage, found.InterfaceNumber);
        Console.WriteLine("bus {0}", found.BusType);
        hid_free_enumeration(list);

        IntPtr device = hid_open(found.VendorId, found.ProductId, IntPtr.Zero);
        Check(device != IntPtr.Zero, "the device opens");
        Check(hid_write(device, packet, (UIntPtr)65) == 65, "the report is written");
        var reply = new byte[64];
        Check(hid_read(device, reply, (UIntPtr)64) == 64, "there is a reply");
        Console.WriteLine(BitConverter.ToString(reply).Replace("-", "").ToLowerInvariant());
        hid_close(device);
    }
}

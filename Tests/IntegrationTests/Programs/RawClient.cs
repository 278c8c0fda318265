// A POS in C# that calls the C library and libudev itself, as HidSharp does: finds the device, sends the pay report given in
// hexadecimal, prints the reply.
using System;
using System.Runtime.InteropServices;

static class RawClient
{
    private const string LibC = "libc", LibUdev = "libudev.so.1";
    private const int ReadWrite = 2, NonBlocking = 0x800;
    private const short PollIn = 1;

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor { public int Descriptor; public short Events; public short Returned; }

    [DllImport(LibC, SetLastError = true)] private static extern int open(string path, int flags);
    [DllImport(LibC, SetLastError = true)] private static extern int close(int descriptor);
    [DllImport(LibC, SetLastError = true)] private static extern IntPtr read(int descriptor, byte[] buffer, UIntPtr count);
    [DllImport(LibC, SetLastError = true)] private static extern IntPtr write(int descriptor, byte[] buffer, UIntPtr count);
    [DllImport(LibC, SetLastError = true)] private static extern int ioctl(int descriptor, UIntPtr request, byte[] argument);
    [DllImport(LibC, SetLastError = true)] private static extern int poll(ref PollDescriptor descriptors, uint count, int timeout);
    [DllImport(LibUdev)] private static extern IntPtr udev_new();
    [DllImport(LibUdev)] private static extern IntPtr udev_enumerate_new(IntPtr udev);
    [DllImport(LibUdev)] private static extern int udev_enumerate_add_match_subsystem(IntPtr enumerate, string subsystem);
    [DllImport(LibUdev)] private static extern int udev_enumerate_scan_devices(IntPtr enumerate);
    [DllImport(LibUdev)] private static extern IntPtr udev_enumerate_get_list_entry(IntPtr enumerate);
    [DllImport(LibUdev)] private static extern IntPtr udev_list_entry_get_next(IntPtr entry);
    [DllImport(LibUdev)] private static extern IntPtr udev_list_entry_get_name(IntPtr entry);
    [DllImport(LibUdev)] private static extern IntPtr udev_device_new_from_syspath(IntPtr udev, string path);
    [DllImport(LibUdev)] private static extern IntPtr udev_device_get_devnode(IntPtr device);
    [DllImport(LibUdev)] private static extern IntPtr udev_device_get_parent_with_subsystem_devtype(
        IntPtr device, string subsystem, string type);
    [DllImport(LibUdev)] private static extern IntPtr udev_device_get_sysattr_value(IntPtr device, string name);

    private static string Text(IntPtr text) { return Marshal.PtrToStringAnsi(text); }

    private static void Check(bool condition, string what)
    {
        if (!condition) throw new Exception("not so: " + what);
    }

    private static void Main(string[] arguments)
    {
        var packet = new byte[65];
        for (int index = 0; index < 64; index++)
            packet[1 + index] = Convert.ToByte(arguments[0].Substring(2 * index, 2), 16);

        IntPtr udev = udev_new(), enumerate = udev_enumerate_new(udev);
        udev_enumerate_add_match_subsystem(enumerate, "hidraw");
        udev_enumerate_scan_devices(enumerate);
        IntPtr entry = udev_enumerate_get_list_entry(enumerate);
        Check(entry != IntPtr.Zero && udev_list_entry_get_next(entry) == IntPtr.Zero, "there is one device");
        IntPtr device = udev_device_new_from_syspath(udev, Text(udev_list_entry_get_name(entry)));
        IntPtr usb = udev_device_get_parent_with_subsystem_devtype(device, "usb", "usb_device");
        Check(usb != IntPtr.Zero, "it is a USB device's");
        Console.WriteLine("{0}:{1} {2}", Text(udev_device_get_sysattr_value(usb, "idVendor")),
            Text(udev_device_get_sysattr_value(usb, "idProduct")), Text(udev_device_get_sysattr_value(usb, "bcdDevice")));
        Console.WriteLine("{0}|{1}|{2}", Text(udev_device_get_sysattr_value(usb, "manufacturer")),
            Text(udev_device_get_sysattr_value(usb, "product")), Text(udev_device_get_sysattr_value(usb, "serial")));

        int node = open(Text(udev_device_get_devnode(device)), ReadWrite | NonBlocking);
        Check(node >= 0, "the node opens");
        var size = new byte[4];
        Check(ioctl(node, (UIntPtr)0x80044801, size) == 0 && BitConverter.ToInt32(size, 0) == 27, "it has its descriptor");
        Check((long)write(node, packet, (UIntPtr)65) == 65, "the report is written");
        var wanted = new PollDescriptor { Descriptor = node, Events = PollIn };
        Check(poll(ref wanted, 1, 30000) == 1, "there is a reply");
        var reply = new byte[65];
        Check((long)read(node, reply, (UIntPtr)65) == 64, "it is read");
        Console.WriteLine(BitConverter.ToString(reply, 0, 64).Replace("-", "").ToLowerInvariant());
        close(node);
    }
}

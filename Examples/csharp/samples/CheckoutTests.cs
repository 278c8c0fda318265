// How a POS is tested with an emulated BlueTap. The class is as xUnit wants it: a device for each test, made in the
// constructor and disposed of after it. Program runs it without xUnit, which Debian does not have.
using System;
using System.Linq;
using System.Reflection;
using BluetapLib;
using BluetapTesting;

public sealed class CheckoutTests : IDisposable
{
    private readonly BluetapDevice device = new BluetapDevice();

    public void Dispose() { device.Dispose(); }

    public void ACustomerWhoPays()
    {
        Equal(ResultCode.SUCCESS, Pay("A1"));
        Equal("linkReady", device.State);
        Equal("linkTapped paymentSucceeded", string.Join(" ", device.Tap("Alice")));
    }

    public void NobodyComes()
    {
        Equal(ResultCode.SUCCESS, Pay("A1"));
        Equal("linkExpired", string.Join(" ", device.Advance(TimeSpan.FromMinutes(15))));
        Equal("idle", device.State);
    }

    public void ACableThatIsPulledInACommand()
    {
        device.Fault("unplug", "\"on\":\"pay\",\"replug\":3");
        Equal(ResultCode.DEVICE_DISCONNECTED, Pay("A1"));
        device.Advance(TimeSpan.FromSeconds(3));
        Equal(ResultCode.SUCCESS, Pay("A2"));
    }

    private static ResultCode Pay(string order)
    {
        return new TinyCommand().SendPayCommand(new PayCommand { PaymentMethod = PaymentMethod.TRUEMONEY.ToString(), OrderId = order });
    }

    private static void Equal<T>(T expected, T actual)
    {
        if (!Equals(expected, actual)) { throw new Exception("expected " + expected + ", got " + actual); }
    }
}

public static class Program
{
    public static int Main()
    {
        var failures = 0;
        var tests = typeof(CheckoutTests).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly);
        foreach (var test in tests.Where(method => method.Name != "Dispose"))
        {
            using (var instance = new CheckoutTests())
            {
                try
                {
                    test.Invoke(instance, null);
                    Console.WriteLine("passed " + test.Name);
                }
                catch (TargetInvocationException error)
                {
                    failures++;
                    Console.WriteLine("FAILED " + test.Name + ": " + error.InnerException.Message);
                }
            }
        }
        return failures == 0 ? 0 : 1;
    }
}

namespace BluetapLib
{
    /// <summary>Asks the device for an NFC link.</summary>
    public class PayCommand
    {
        /// <summary>At most 12 characters. Any text may be sent; the device refuses what it does not know.</summary>
        public string PaymentMethod { get; set; }

        /// <summary>At most 8 characters, or null.</summary>
        public string Amount { get; set; }

        /// <summary>At most 16 characters, or null.</summary>
        public string OrderId { get; set; }

        /// <summary>Seconds. The device takes 900 when it is null.</summary>
        public int? ExpiryTime { get; set; }
    }
}

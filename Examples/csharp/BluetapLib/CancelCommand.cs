namespace BluetapLib
{
    /// <summary>Asks the device to disable its NFC link.</summary>
    public class CancelCommand
    {
        /// <summary>At most 16 characters. When it is null, whatever is pending is meant.</summary>
        public string OrderId { get; set; }
    }
}

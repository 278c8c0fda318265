/// Reasons that events give, where a program that reads them must tell them from others.
public enum EventReason {
    /// Of `paymentFailed`: somebody has paid the link before.
    public static let paidAlready = "the link is paid already"
    /// Of `tapMissed`: the customer came for a link that has been replaced.
    public static let anothersLink = "the link is another customer's by now"
    /// Of `tapMissed`: a fault.
    public static let deadTag = "the device's NFC side is dead"
}

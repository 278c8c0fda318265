/// A card that a reader finds, whatever brings them together.
public protocol ContactlessCard: AnyObject, Sendable {
    /// What the reader learns when it finds the card.
    var answerToReset: [UInt8] { get }
    /// Whether there is a card for readers to find.
    var isPresent: Bool { get }
    /// Returns once ``isPresent`` is that, or when the task is cancelled.
    func waitForPresence(_ isPresent: Bool) async
    /// The reader's field goes on, or off and on again: nothing is selected.
    func reset()
    /// The answer to an APDU; empty where the card does not answer.
    func respond(to command: [UInt8]) -> [UInt8]
}

public import BlueTap
internal import Synchronization

/// A request that was refused for its signature.
public struct RefusedRequest: Hashable, Sendable {
    /// From 1.
    public internal(set) var number = 0
    public let time: Instant
    /// Path and query; of the legacy gateway the service or method.
    public let target: String
    /// Who it says that it is of: a Client-Id, a partner or an app.
    public let client: String
    /// What it calls its payment; nil where it names none.
    public let requestID: String?
    public let diagnosis: SignatureDiagnosis

    init(time: Instant, target: String, client: String, requestID: String?, _ diagnosis: SignatureDiagnosis) {
        self.time = time
        self.target = String(target.prefix(512))
        self.client = String(client.prefix(128))
        self.requestID = requestID.map { String($0.prefix(128)) }
        self.diagnosis = diagnosis
    }
}

/// The newest requests that were refused for their signatures.
public final class RefusedRequests: Sendable {
    /// Most that are kept.
    public static let capacity = 100

    private let state = Mutex((requests: [RefusedRequest](), last: 0))

    public init() {}

    /// The oldest first.
    public var all: [RefusedRequest] { state.withLock { $0.requests } }

    func add(_ request: RefusedRequest) {
        state.withLock { state in
            state.last += 1
            var request = request
            request.number = state.last
            state.requests.append(request)
            if state.requests.count > Self.capacity { state.requests.removeFirst() }
        }
    }
}

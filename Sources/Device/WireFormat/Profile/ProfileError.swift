public import Essentials

/// A profile that cannot be compiled: the key that is at fault, and why.
public struct ProfileError: ReportableError, Hashable {
    public enum Code: String, Sendable {
        case notValid = "profile-not-valid"
    }

    public let code = Code.notValid
    /// From the profile's root: names of keys, and positions in lists from 0.
    public let path: [PathStep]
    public let reason: String

    public enum PathStep: Hashable, Sendable {
        case key(String)
        case index(Int)
    }

    public init(at path: [PathStep], _ reason: String) {
        self.path = path
        self.reason = reason
    }
}

extension ProfileError {
    public var problem: String {
        var place = ""
        for step in path {
            switch step {
            case .key(let name): place += place.isEmpty ? name : ".\(name)"
            case .index(let index): place += "[\(index)]"
            }
        }
        return "\(place): \(reason)"
    }
}

internal import Glibc

/// Where sockets are when nobody says where: `$XDG_RUNTIME_DIR/bluetap`, `/run/bluetap` for root, else
/// `/tmp/bluetap-UID`. The drop-in libhidapi has the same rule.
struct RuntimeDirectory {
    let path: String

    init(environment: [String: String], userID: UInt32 = geteuid()) {
        if let directory = environment["XDG_RUNTIME_DIR"], !directory.isEmpty {
            path = "\(directory)/bluetap"
        } else {
            path = userID == 0 ? "/run/bluetap" : "/tmp/bluetap-\(userID)"
        }
    }

    var controlSocket: String { "\(path)/control.sock" }
    var loopbackSocket: String { "\(path)/loopback.sock" }

    /// Makes the directory, for its owner alone; refuses one that is somebody else's.
    func make() throws(CommandError) {
        if mkdir(path, 0o700) == 0 { return }
        guard errno == EEXIST else {
            throw CommandError("the directory \(path) cannot be made: \(String(cString: strerror(errno)))")
        }
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid() else {
            throw CommandError("\(path) is not a directory of yours: remove it, or set XDG_RUNTIME_DIR")
        }
    }
}

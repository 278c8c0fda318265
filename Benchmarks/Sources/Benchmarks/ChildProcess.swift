internal import Glibc

/// A program that runs beside this one, with its standard output at hand; ended when it is no longer needed.
///
/// Spawned and read without Foundation or tasks, so that what is timed is the child.
struct ChildProcess: ~Copyable {
    let processID: pid_t
    private let output: CInt

    /// - Parameter processor: the one processor on which the child may run; nil leaves the choice to the kernel.
    init(_ path: String, _ arguments: [String], processor: Int? = nil) throws(BenchmarkError) {
        var path = path
        var arguments = arguments
        if let processor {
            arguments = ["--cpu-list", String(processor), path] + arguments
            path = "/usr/bin/taskset"
        }
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { throw BenchmarkError("no pipe can be made: \(String(cString: strerror(errno)))") }
        let (reading, writing) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, writing, STDOUT_FILENO)
        var strings: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) }
        strings.append(nil)
        defer { for string in strings { free(string) } }
        var processID = pid_t()
        let failure = posix_spawn(&processID, path, &actions, nil, strings, environ)
        close(writing)
        guard failure == 0 else {
            close(reading)
            throw BenchmarkError("\(path) cannot be started: \(String(cString: strerror(failure)))")
        }
        self.processID = processID
        output = reading
    }

    deinit {
        kill(processID, SIGTERM)
        var status: CInt = 0
        waitpid(processID, &status, 0)
        close(output)
    }

    /// Waits for the line that says that the child is ready.
    func waitForLine() throws(BenchmarkError) {
        var byte: UInt8 = 0
        while read(output, &byte, 1) == 1 {
            if byte == UInt8(ascii: "\n") { return }
        }
        throw BenchmarkError("process \(processID) ended before it was ready")
    }

    /// All that the child prints until it ends.
    func readToEnd() throws(BenchmarkError) -> [UInt8] {
        var all: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(output, &chunk, chunk.count)
            guard count >= 0 else { throw BenchmarkError("process \(processID) cannot be read") }
            if count == 0 { return all }
            all += chunk[..<count]
        }
    }
}

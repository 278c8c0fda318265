internal import Glibc

/// A library that is built with this program, for programs that it starts.
enum SharedLibrary {
    /// Where it is, as an absolute path: beside the program, or where packages put it.
    ///
    /// - Parameter remedy: what else can be done where it is nowhere, beside building it.
    static func locate(_ fileName: String, else remedy: String? = nil) throws(CommandError) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let executable = String(decoding: buffer[..<max(0, length)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let directory = executable.split(separator: "/").dropLast().map { "/\($0)" }.joined()
        let places = ["\(directory)/\(fileName)", "\(directory)/../lib/bluetap/\(fileName)"]
        guard let found = places.first(where: { access($0, R_OK) == 0 }) else {
            let name = fileName.contains("hidapi") ? "the drop-in \(fileName)" : fileName
            throw CommandError(
                "\(name) is neither at \(places.joined(separator: " nor at ")): build it with `swift build`"
                    + (remedy.map { ", \($0)" } ?? ""))
        }
        return found
    }
}

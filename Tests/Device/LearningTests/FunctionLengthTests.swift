import Foundation
import Testing

@Suite("Functions that can be read at once")
struct FunctionLengthTests {
    /// The functions, initialisers and computed properties of a source file that are longer than that: where, and how long.
    ///
    /// The formatter puts a declaration's closing brace in the column in which the declaration begins.
    static func tooLong(_ source: String, most: Int) -> [String] {
        let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
        let begin = /^(?<indent> *)(?:[@a-z]+(?:\(.*?\))? )*(?:func |init[?(<]|deinit |subscript|var .*\{$)/
        return lines.enumerated().compactMap { number, line in
            guard let match = line.prefixMatch(of: begin) else { return nil }
            let indent = match.output.indent
            // What ends in its own line has no brace below.
            guard let last = line.last, "{(,".contains(last) else { return nil }
            let rest = lines[(number + 1)...]
            guard let end = rest.firstIndex(where: { $0 == indent + "}" }) else { return nil }
            let count = end - number + 1
            return count > most ? "line \(number + 1) has \(count) lines: \(line.trimming(while: { $0 == " " }))" : nil
        }
    }

    @Test(
        "no function of learning and of the wire format has more than 80 lines", arguments: ["Learning", "WireFormat"])
    func lengths(target: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../Sources/Device")
        let folder = root.appending(path: target).standardizedFileURL
        let files =
            FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?
            .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" } ?? []
        try #require(files.count > 10, "\(folder.path())")
        for file in files {
            let long = Self.tooLong(try String(contentsOf: file, encoding: .utf8), most: 80)
            #expect(long.isEmpty, "\(file.lastPathComponent)")
        }
    }

    @Test("a function of one line too many is found")
    func found() {
        let body = String(repeating: "        work()\n", count: 9)
        let source = "struct A {\n    private static func long(\n        _ a: Int\n    ) {\n" + body + "    }\n}\n"
        #expect(Self.tooLong(source, most: 13).isEmpty)
        #expect(Self.tooLong(source, most: 12) == ["line 2 has 13 lines: private static func long("])
    }
}

extension Substring {
    fileprivate func trimming(while isTrimmed: (Character) -> Bool) -> Substring { drop(while: isTrimmed) }
}

internal import CLibYAML

/// Reads YAML, and with it JSON, by libyaml.
///
/// Files are hostile: nesting and what aliases unfold to are bounded while reading, so that whoever walks the result
/// needs no bounds of its own.
struct NodeParser: ~Copyable {
    private static let maximumDepth = 64
    private static let maximumSize = 200_000

    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let file: String
    private let input: [UInt8]
    private var anchors: [String: Node] = [:]
    private var depth = 0

    init(_ input: [UInt8], file: String) throws(DocumentError) {
        self.file = file
        self.input = input
        parser = .allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            throw DocumentError(whole: file, "there is no memory to read it")
        }
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    /// The file's one document.
    mutating func parse() throws(DocumentError) -> Node {
        let result: Result<Node, DocumentError> = input.withUnsafeBufferPointer { bytes in
            yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
            return Result { () throws(DocumentError) in try parseDocument() }
        }
        return try result.get()
    }

    private mutating func parseDocument() throws(DocumentError) -> Node {
        var event = try nextEvent()
        while event.type == YAML_STREAM_START_EVENT || event.type == YAML_DOCUMENT_START_EVENT {
            event = try nextEvent()
        }
        guard event.type != YAML_STREAM_END_EVENT else { throw DocumentError(whole: file, "the file is empty") }
        let node = try parseNode(event)
        event = try nextEvent()
        if event.type == YAML_DOCUMENT_END_EVENT { event = try nextEvent() }
        guard event.type == YAML_STREAM_END_EVENT else {
            throw error(event, "a second document begins here; a file has one")
        }
        return node
    }

    private mutating func parseNode(_ event: Event) throws(DocumentError) -> Node {
        let node: Node
        switch event.type {
        case YAML_SCALAR_EVENT:
            node = Node(.scalar(event.text, isPlain: event.isPlain), line: event.line, column: event.column)
        case YAML_SEQUENCE_START_EVENT:
            try enter(event)
            var items: [Node] = []
            var size = 1
            while case let next = try nextEvent(), next.type != YAML_SEQUENCE_END_EVENT {
                items.append(try parseNode(next))
                size += items[items.count - 1].size
                try check(size, next)
            }
            depth -= 1
            node = Node(.list(items), line: event.line, column: event.column)
        case YAML_MAPPING_START_EVENT:
            try enter(event)
            var members: [(key: Node, value: Node)] = []
            var names: Set<String> = []
            var size = 1
            while case let next = try nextEvent(), next.type != YAML_MAPPING_END_EVENT {
                let key = try parseNode(next)
                guard let name = key.text else { throw error(next, "a key must be text") }
                guard names.insert(name).inserted else {
                    throw error(next, "the key \"\(name.prefix(40))\" is there twice")
                }
                let value = try parseNode(try nextEvent())
                members.append((key, value))
                size += key.size + value.size
                try check(size, next)
            }
            depth -= 1
            node = Node(.mapping(members), line: event.line, column: event.column)
        case YAML_ALIAS_EVENT:
            guard let target = anchors[event.anchor ?? ""] else {
                throw error(event, "the alias *\(event.anchor ?? "") stands before its anchor")
            }
            return target
        default:
            throw error(event, "a value is missing")
        }
        if let anchor = event.anchor { anchors[anchor] = node }
        return node
    }

    private mutating func enter(_ event: Event) throws(DocumentError) {
        depth += 1
        if depth > Self.maximumDepth { throw error(event, "nested too deeply: more than \(Self.maximumDepth) levels") }
    }

    private func check(_ size: Int, _ event: Event) throws(DocumentError) {
        if size > Self.maximumSize { throw error(event, "the file unfolds to more than \(Self.maximumSize) values") }
    }

    private func error(_ event: Event, _ reason: String) -> DocumentError {
        DocumentError(file: file, line: event.line, column: event.column, key: "", reason: reason)
    }

    // MARK: libyaml's events

    private struct Event {
        let type: yaml_event_type_t
        let line: Int
        let column: Int
        var text = ""
        var isPlain = false
        var anchor: String?
    }

    private func nextEvent() throws(DocumentError) -> Event {
        var raw = yaml_event_t()
        guard yaml_parser_parse(parser, &raw) == 1 else {
            let problem = parser.pointee.problem.map { String(cString: $0) } ?? "cannot be read"
            let context = parser.pointee.context.map { " (\(String(cString: $0)))" } ?? ""
            let mark = parser.pointee.problem_mark
            throw DocumentError(
                file: file, line: mark.line + 1, column: mark.column + 1, key: "", reason: problem + context)
        }
        defer { yaml_event_delete(&raw) }
        var event = Event(type: raw.type, line: raw.start_mark.line + 1, column: raw.start_mark.column + 1)
        switch raw.type {
        case YAML_SCALAR_EVENT:
            let scalar = raw.data.scalar
            event.text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            event.isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE
            event.anchor = text(scalar.anchor)
        case YAML_SEQUENCE_START_EVENT: event.anchor = text(raw.data.sequence_start.anchor)
        case YAML_MAPPING_START_EVENT: event.anchor = text(raw.data.mapping_start.anchor)
        case YAML_ALIAS_EVENT: event.anchor = text(raw.data.alias.anchor)
        default: break
        }
        return event
    }

    private func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }
}

/// The report descriptors that a host read of a device, and whose they are.
struct SeenReportDescriptors {
    private struct Answer {
        /// The one that the request named.
        let interface: UInt8
        var bytes: ArraySlice<UInt8>
    }

    /// More than any device has.
    private static let capacity = 64

    /// In the order of the requests.
    private var answers: [Answer] = []

    /// Hosts may read a descriptor's beginning first, and may read it again.
    mutating func receive(interface: UInt8, _ bytes: ArraySlice<UInt8>) {
        if let index = answers.firstIndex(where: {
            $0.interface == interface && ($0.bytes.starts(with: bytes) || bytes.starts(with: $0.bytes))
        }) {
            if bytes.count > answers[index].bytes.count { answers[index].bytes = bytes }
        } else if answers.count < Self.capacity {
            answers.append(Answer(interface: interface, bytes: bytes))
        }
    }

    mutating func merge(_ later: SeenReportDescriptors) {
        for answer in later.answers { receive(interface: answer.interface, answer.bytes) }
    }

    /// The interfaces that requests named.
    var interfaces: [UInt8] { Set(answers.map(\.interface)).sorted() }

    /// Those of these interfaces, by their numbers; a part where no more was read.
    ///
    /// Windows names interface 0 in all of its requests: there, lengths tell them apart, which the HID descriptors give.
    func assigned(to interfaces: [HIDInterface]) -> [UInt8: [UInt8]] {
        var assigned: [UInt8: [UInt8]] = [:]
        var rest = answers
        func assign(_ fits: (HIDInterface, Answer) -> Bool) {
            for interface in interfaces where assigned[interface.number] == nil {
                guard let index = rest.firstIndex(where: { fits(interface, $0) }) else { continue }
                assigned[interface.number] = Array(rest.remove(at: index).bytes)
            }
        }
        assign { $1.interface == $0.number && $1.bytes.count == $0.reportDescriptorLength }
        assign { $1.interface == 0 && $1.bytes.count == $0.reportDescriptorLength }
        assign { $1.interface == $0.number && $1.bytes.count >= $0.reportDescriptorLength ?? 0 }
        assign { $1.interface == $0.number }
        return assigned
    }
}

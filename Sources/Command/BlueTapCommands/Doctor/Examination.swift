internal import Essentials
internal import GadgetTransport
internal import HID
internal import UHIDTransport
internal import USBIPTransport

/// Whether this machine can do one transport.
struct Examination {
    private enum Finding {
        /// It works, in this way.
        case works(String)
        case fails(TransportError)
    }

    private let transport: DeviceOptions.TransportName
    private let finding: Finding

    init(_ transport: DeviceOptions.TransportName) {
        self.transport = transport
        do throws(TransportError) {
            switch transport {
            case .loopback: finding = .works(try Self.loopback())
            case .uhid: finding = .works(try Self.uhid())
            case .gadget: finding = .works(try Self.gadget())
            case .usbip: finding = .works(try USBIPTransport.examine())
            }
        } catch {
            finding = .fails(error)
        }
    }

    var works: Bool {
        switch finding {
        case .works: true
        case .fails: false
        }
    }

    var text: String {
        let name = transport.rawValue + String(repeating: " ", count: max(0, 9 - transport.rawValue.count))
        switch finding {
        case .works(let detail): return "\(name) works: \(detail)"
        case .fails(let error): return "\(name) does not work: \(error)"
        }
    }

    var json: JSONValue {
        var members: [String: JSONValue] = ["transport": .text(transport.rawValue), "works": .bool(works)]
        switch finding {
        case .works(let detail): members["detail"] = .text(detail)
        case .fails(let error):
            members["problem"] = .text(error.problem)
            members["remedy"] = error.remedy.map(JSONValue.text)
        }
        return .object(members)
    }

    private static func loopback() throws(TransportError) -> String {
        do throws(CommandError) {
            let library = try HIDAPIDropIn.locate()
            try RuntimeDirectory(environment: Environment.all).make()
            return "for programs that `bluetap run` starts, or that load \(library) as their libhidapi"
        } catch {
            throw TransportError(error.description)
        }
    }

    private static func uhid() throws(TransportError) -> String {
        try UHIDTransport.check()
        return "\(UHIDTransport.devicePath) can be opened"
    }

    private static func gadget() throws(TransportError) -> String {
        let controllers = USBDeviceController.all()
        // Without a controller this says so.
        if controllers.count < 2 {
            let gadget = Gadget(controller: try .find(named: nil))
            try gadget.check()
            return "at the USB device controller \(gadget.controller.name)"
        }
        var free: [String] = []
        var failure: TransportError?
        for controller in controllers {
            do throws(TransportError) {
                try Gadget(controller: controller).check()
                free.append(controller.name)
            } catch {
                failure = error
            }
        }
        if free.isEmpty, let failure { throw failure }
        return "with --udc and one of these USB device controllers: \(free.joined(separator: ", "))"
    }
}

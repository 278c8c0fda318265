internal import HID

#if Gadget
    internal import CUSBGX

    extension Gadget {
        /// Whether libusbgx can be used: it reads all gadgets of the machine, and gives up at the first function that it does
        /// not know, with several lines on standard error.
        static func checkLibrary(_ tree: GadgetTree) throws(TransportError) {
            for gadget in tree.names {
                for function in tree.functions(of: gadget)
                where usbg_lookup_function_type(String(function.prefix { $0 != "." })) < 0 {
                    throw TransportError(
                        "the gadget \"\(gadget)\" has the function \"\(function)\", which libusbgx cannot read",
                        remedy: "remove that gadget while bluetap starts")
                }
            }
        }

        /// Makes the gadget, unbound, in configfs through libusbgx.
        func configure(_ description: HIDDescription) throws(TransportError) {
            let library = try USBGX(controller.paths)
            var gadget: OpaquePointer?
            try library.check(
                usbg_create_gadget_vid_pid(
                    library.state, name, description.vendorID, description.productID, &gadget),
                "make the gadget \(name)")
            try library.check(usbg_set_gadget_device_bcd_usb(gadget, 0x0200), "set bcdUSB")
            try library.check(usbg_set_gadget_device_bcd_device(gadget, description.release), "set bcdDevice")
            try library.check(
                usbg_set_gadget_manufacturer(gadget, LANG_US_ENG, description.manufacturer), "set the manufacturer")
            try library.check(usbg_set_gadget_product(gadget, LANG_US_ENG, description.product), "set the product")
            try library.check(
                usbg_set_gadget_serial_number(gadget, LANG_US_ENG, description.serialNumber), "set the serial number")

            var function: OpaquePointer?
            let creation = usbg_create_function(gadget, USBG_F_HID, Self.functionInstance, nil, &function)
            guard creation == USBG_SUCCESS.rawValue else {
                throw TransportError(
                    "the kernel makes no HID function (\(library.describe(creation)))",
                    remedy: "sudo modprobe usb_f_hid")
            }
            try configure(usbg_to_hid_function(function), description, library)

            var config: OpaquePointer?
            try library.check(usbg_create_config(gadget, 1, nil, nil, nil, &config), "make the configuration")
            // Bus powered, in units of 2 mA: what every port gives. Source: USB 2.0, table 9-10.
            try library.check(usbg_set_config_bm_attrs(config, 0x80), "set bmAttributes")
            try library.check(usbg_set_config_max_power(config, 100), "set bMaxPower")
            try library.check(
                usbg_set_config_string(config, LANG_US_ENG, description.product), "name the configuration")
            try library.check(usbg_add_config_function(config, Self.function, function), "add the HID function")
        }

        /// One attribute at a time: usbg_f_hid_set_attrs of libusbgx 0.2.0 reads past its argument.
        private func configure(
            _ function: OpaquePointer?, _ description: HIDDescription, _ library: borrowing USBGX
        ) throws(TransportError) {
            try library.check(usbg_f_hid_set_protocol(function, 0), "set the HID protocol")
            try library.check(usbg_f_hid_set_subclass(function, 0), "set the HID subclass")
            let size = description.reports.largestSize(of: .input, .output)
            try library.check(usbg_f_hid_set_report_length(function, UInt32(size)), "set the report length")
            var descriptor = description.reportDescriptor.map(CChar.init(bitPattern:))
            try library.check(
                usbg_f_hid_set_report_desc_raw(function, &descriptor, UInt32(descriptor.count)),
                "set the report descriptor")
        }
    }

    /// A session with libusbgx.
    private struct USBGX: ~Copyable {
        let state: OpaquePointer

        init(_ paths: GadgetPaths) throws(TransportError) {
            var state: OpaquePointer?
            let result = usbg_init(paths.configFS, &state)
            guard result == USBG_SUCCESS.rawValue, let state else {
                throw TransportError(
                    "libusbgx cannot read the machine's gadgets: \(Self.describe(result))",
                    remedy: "look at what stands in \(paths.gadgets)")
            }
            self.state = state
        }

        deinit { usbg_cleanup(state) }

        func check(_ result: CInt, _ what: String) throws(TransportError) {
            guard result == USBG_SUCCESS.rawValue else {
                throw TransportError(
                    "libusbgx cannot \(what): \(describe(result))", remedy: "see dmesg for the kernel's reason")
            }
        }

        func describe(_ result: CInt) -> String { Self.describe(result) }

        private static func describe(_ result: CInt) -> String {
            let error = usbg_error(result)
            return "\(String(cString: usbg_strerror(error))), \(String(cString: usbg_error_name(error)))"
        }
    }
#else
    extension Gadget {
        static func checkLibrary(_ tree: GadgetTree) throws(TransportError) {
            throw TransportError(
                "this bluetap was built without libusbgx", remedy: "build it with the package trait Gadget, the default"
            )
        }

        func configure(_ description: HIDDescription) throws(TransportError) {
            try Self.checkLibrary(tree)
        }
    }
#endif

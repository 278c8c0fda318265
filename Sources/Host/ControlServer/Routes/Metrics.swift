internal import BlueTap
internal import Emulator

/// Counters for Prometheus. Source: Prometheus text exposition format 0.0.4.
enum Metrics {
    static func text(of emulator: Emulator, subscribers: Int) -> String {
        let devices = emulator.devices.map { ($0.id, $0.catchUp()) }
        var text = ""

        family("bluetap_commands_total", "counter", "Commands answered, by kind and result.", &text)
        for (id, status) in devices {
            for command in Command.Kind.allCases {
                for result in ResultCode.allCases {
                    let count = status.tally.replies(to: command, result)
                    text +=
                        "bluetap_commands_total{device=\"\(id)\",command=\"\(command.rawValue)\",result=\"\(result.rawValue)\"} \(count)\n"
                }
            }
        }

        family(
            "bluetap_command_duration_seconds", "histogram",
            "What a report keeps the device busy, its reply's sending included; not what faults add.", &text)
        for (id, status) in devices {
            var sum: UInt64 = 0
            for (index, count) in status.tally.durations.enumerated() {
                sum += count
                let bound = index < EventTally.bounds.count ? "\(Double(EventTally.bounds[index]) / 1e9)" : "+Inf"
                text += "bluetap_command_duration_seconds_bucket{device=\"\(id)\",le=\"\(bound)\"} \(sum)\n"
            }
            text +=
                "bluetap_command_duration_seconds_sum{device=\"\(id)\"} \(Double(status.tally.totalDuration) / 1e9)\n"
            text += "bluetap_command_duration_seconds_count{device=\"\(id)\"} \(sum)\n"
        }

        let endings: [(String, Event.Kind)] = [
            ("expired", .linkExpired), ("cancelled", .linkCancelled), ("replaced", .linkReplaced), ("lost", .linkLost),
        ]
        family("bluetap_links_ended_total", "counter", "Links that are dead, by what ended them.", &text)
        for (id, status) in devices {
            for (ending, kind) in endings {
                text +=
                    "bluetap_links_ended_total{device=\"\(id)\",ending=\"\(ending)\"} \(status.tally.count(of: kind))\n"
            }
        }

        let counters: [(String, String, Event.Kind)] = [
            ("bluetap_links_total", "Links made.", .linkReady),
            ("bluetap_faults_fired_total", "Faults that fired.", .faultFired),
            ("bluetap_malformed_reports_total", "Reports that are no command.", .reportMalformed),
            ("bluetap_payments_succeeded_total", "Payments that a wallet made.", .paymentSucceeded),
            ("bluetap_payments_failed_total", "Payments that a wallet did not make.", .paymentFailed),
        ]
        for (name, help, kind) in counters {
            family(name, "counter", help, &text)
            for (id, status) in devices { text += "\(name){device=\"\(id)\"} \(status.tally.count(of: kind))\n" }
        }

        family("bluetap_device_state", "gauge", "1 for the state in which a device is.", &text)
        for (id, status) in devices {
            for state in Device.State.allCases {
                text +=
                    "bluetap_device_state{device=\"\(id)\",state=\"\(state.rawValue)\"} \(status.state == state ? 1 : 0)\n"
            }
        }
        family("bluetap_journal_incomplete", "gauge", "1 where the journal lacks events.", &text)
        for (id, status) in devices {
            text += "bluetap_journal_incomplete{device=\"\(id)\"} \(status.journalFailure == nil ? 0 : 1)\n"
        }
        family("bluetap_subscribers", "gauge", "Clients that follow or wait for events.", &text)
        text += "bluetap_subscribers \(subscribers)\n"
        return text
    }

    private static func family(_ name: String, _ type: String, _ help: String, _ text: inout String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }
}

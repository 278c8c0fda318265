internal import ArgumentParser
internal import BlueTap
internal import Documents
internal import Learning
internal import ProfileFiles
internal import WireFormat

struct ProfileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile", abstract: "What devices look like on the wire.",
        subcommands: [
            ListCommand.self, ShowCommand.self, CheckCommand.self, LearnCommand.self, ProbeCommand.self,
            SchemaCommand.self,
        ])

    struct ListCommand: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List the built-in profiles.")

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            for name in ProfileLibrary.names {
                let summary = try ProfileLibrary.profile(name).profile.summary ?? ""
                emit(
                    json
                        ? JSONText.object([("name", .text(name)), ("summary", .text(summary))]) : "\(name)  \(summary)")
            }
        }
    }

    struct ShowCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Print a profile, to read or to make one's own of.")

        @Argument(help: "A built-in profile; with --explain or --json also a file.")
        var name: String

        @Flag(help: "Print JSON, without the comments.")
        var json = false

        @Flag(help: "Say in words what its layers are: how messages are cut, and what stands where in them.")
        var explain = false

        func run() throws {
            if explain {
                for line in try ProfileLibrary.profile(name).profile.layerLines { emit(line.printable) }
                return
            }
            if json { return emit(try ProfileLibrary.profile(name).json) }
            guard let text = ProfileLibrary.text(of: name) else {
                throw CommandError(
                    "there is no built-in profile \"\(name)\": there is \(ProfileLibrary.names.joined(separator: ", "))"
                )
            }
            emit(text.dropLast())
        }
    }

    struct CheckCommand: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "check", abstract: "Check a profile file.")

        @Argument(help: ArgumentHelp("The file.", valueName: "file"))
        var file: String

        @Option(
            help: ArgumentHelp(
                "Prove the profile against samples as well: each command read and written, each reply made, byte by byte.",
                valueName: "file"))
        var samples: [String] = []

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            let profile = try ProfileFile(path: file)
            var all: [Sample] = []
            for file in samples { all += try SampleFile(path: file).samples }
            let proofs = all.map { SampleProof($0, codec: profile.codec) }
            let wrong = proofs.filter { !$0.differences.isEmpty }
            let unknown = proofs.reduce(0) { $0 + $1.unknownBytes }
            let isGood = wrong.isEmpty && unknown == 0 && profile.profile.draft == nil
            if json {
                let differences = wrong.flatMap { proof in
                    proof.differences.map { JSONValue.text("\(proof.sample.name): \($0)") }
                }
                emit(
                    JSONText.object([
                        ("file", .text(file)), ("profile", .text(profile.profile.name)), ("ok", .bool(isGood)),
                        ("draft", profile.profile.draft.map { .text($0) }),
                        ("samples", samples.isEmpty ? nil : .integer(Int64(all.count))),
                        ("replies", samples.isEmpty ? nil : .integer(Int64(proofs.count(where: \.isReplyProved)))),
                        ("unknownBytes", samples.isEmpty ? nil : .integer(Int64(unknown))),
                        ("differences", samples.isEmpty ? nil : .list(differences)),
                        ("places", samples.isEmpty ? nil : .list(all.map { Self.places($0, profile.codec) })),
                    ]))
            } else {
                for proof in wrong {
                    for line in proof.differences.flatMap({ "\(proof.sample.name): \($0)".split(separator: "\n") }) {
                        emit(String(line).printable)
                    }
                }
                if isGood {
                    emit(
                        "\(file): profile \(profile.profile.name) is good"
                            + (samples.isEmpty ? "" : ", and right in all \(all.count) samples" + Self.limits(proofs)))
                }
            }
            if !wrong.isEmpty {
                throw CommandError("the profile is wrong in \(wrong.count) of \(all.count) samples")
            }
            if unknown > 0 {
                throw CommandError(
                    "\(unknown) bytes of the samples are in fields that nothing explains: a host may reject what stands there; learn again from more samples"
                )
            }
            if let reason = profile.profile.draft {
                throw CommandError(
                    "\(file) is a draft, which is not right in all of its samples: \(reason.printable); learn again from more samples"
                )
            }
        }

        /// Which byte of a command's reports is which field's; null where it cannot be read.
        private static func places(_ sample: Sample, _ codec: Codec) -> JSONValue {
            guard let anatomy = try? codec.anatomy(ofCommand: sample.command.kind, sample.reports) else { return .null }
            return .list(
                anatomy.reports.map { report in
                    .list(
                        report.map { field in
                            .object([
                                "name": .text(field.name), "from": .integer(Int64(field.range.lowerBound)),
                                "to": .integer(Int64(field.range.upperBound)),
                            ])
                        })
                })
        }

        /// What was not compared.
        private static func limits(_ proofs: [SampleProof]) -> String {
            let replies = proofs.count(where: \.isReplyProved)
            return replies == proofs.count ? "" : " (\(proofs.count - replies) have no reply whose result they say)"
        }
    }

    struct SchemaCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "schema", abstract: "Print the JSON Schema of profile files, for editors.")

        func run() {
            emit(ProfileFile.schemaText.dropLast())
        }
    }
}

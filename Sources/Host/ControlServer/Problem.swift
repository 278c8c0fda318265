internal import ControlAPI
internal import Emulator
internal import Essentials
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Sandbox
internal import SandboxFaults

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// A refusal of the control API, as RFC 9457 has it.
struct Problem: HTTPResponseError {
    let code: ProblemCode
    /// One line that says what to do.
    let detail: String

    var status: HTTPResponse.Status { HTTPResponse.Status(code: code.status) }

    init(_ code: ProblemCode, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    func response(from request: Request, context: some RequestContext) throws -> Response {
        let body = try JSONEncoder.control.encode(
            ProblemDetails(status: status.code, title: status.reasonPhrase, detail: detail, code: code.rawValue))
        return Response(
            status: status, headers: [.contentType: "application/problem+json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}

extension Problem {
    /// What the errors of those who do the work are to a client; nil: they are none of its.
    init?(_ error: any Error) {
        switch error {
        case let error as EmulatorError: self.init(ProblemCode(error.code), "\(error)")
        case let error as SandboxError: self.init(ProblemCode(error.code), "\(error)")
        case let error as SandboxFaultError: self.init(.notValid, "\(error)")
        case let error as LedgerError: self.init(ProblemCode(error.code), "\(error)")
        default: return nil
        }
    }
}

extension ProblemCode {
    fileprivate init(_ code: EmulatorError.Code) {
        self =
            switch code {
            case .notValid: .notValid
            case .notEncodable: .notEncodable
            case .notAttached: .notAttached
            case .noCable: .noCable
            case .transportCannot: .transportCannot
            case .limitReached: .limitReached
            case .storage: .failed
            }
    }

    fileprivate init(_ code: SandboxError.Code) {
        self =
            switch code {
            case .notValid: .notValid
            case .noSuchPhone: .noSuchPhone
            case .limitReached: .limitReached
            case .paymentRefuses: .paymentRefuses
            case .requestDiffers: .requestDiffers
            }
    }

    fileprivate init(_ code: LedgerError.Code) {
        self =
            switch code {
            case .unknownPayment: .noSuchPayment
            case .noAuthorization: .noAuthorization
            case .storage, .format: .failed
            }
    }
}

/// Turns every error of the routes into a problem.
struct ProblemMiddleware<Context: RequestContext>: RouterMiddleware {
    @concurrent func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let problem as Problem {
            throw problem
        } catch let error as HTTPError {
            switch error.status.code {
            case 404:
                throw Problem(
                    .noSuchRoute, "there is no \(request.method.rawValue) \(request.uri.path) in the control API")
            case 413: throw Problem(.tooLarge, error.body ?? "the body is too large")
            case 500...: throw Problem(.failed, error.body ?? "the device failed")
            default: throw Problem(.badRequest, error.body ?? "the request cannot be read")
            }
        } catch {
            throw Problem(error) ?? error
        }
    }
}

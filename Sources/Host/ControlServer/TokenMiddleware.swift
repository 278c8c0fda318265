internal import ControlAPI
internal import HTTPTypes
internal import Hummingbird

/// Lets in only those who know the token. Source: RFC 6750.
struct TokenMiddleware<Context: RequestContext>: RouterMiddleware {
    let token: String

    @concurrent func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        let given = request.headers[.authorization] ?? ""
        guard Self.isEqual(given, "Bearer \(token)") else {
            throw Problem(.noToken, "give the token: Authorization: Bearer TOKEN (bluetap: BLUETAP_TOKEN)")
        }
        return try await next(request, context)
    }

    /// Takes as long for texts that differ early as for those that differ late, so that nobody finds the token byte by byte.
    static func isEqual(_ given: String, _ wanted: String) -> Bool {
        let (given, wanted) = (Array(given.utf8), Array(wanted.utf8))
        var difference = UInt8(given.count == wanted.count ? 0 : 1)
        for (index, byte) in wanted.enumerated() { difference |= byte ^ (index < given.count ? given[index] : 0) }
        return difference == 0
    }
}

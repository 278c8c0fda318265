internal import ControlAPI
internal import HTTPTypes
internal import Hummingbird

/// Keeps web pages of other sites from driving a device: a browser names the page's origin, and the name by which it
/// reached this server must be this machine's, unless a token keeps strangers out.
struct SameOriginMiddleware<Context: RequestContext>: RouterMiddleware {
    /// Whether any name of this machine will do.
    let acceptsAnyHost: Bool

    @concurrent func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        let authority = request.head.authority ?? ""
        if let origin = request.headers[.origin], origin != "http://\(authority)" {
            throw Problem(.otherOrigin, "a page of another origin may not drive a device")
        }
        guard acceptsAnyHost || isLocal(authority) else {
            throw Problem(.otherOrigin, "the Host must be localhost, 127.0.0.1 or [::1]")
        }
        return try await next(request, context)
    }

    private func isLocal(_ authority: String) -> Bool {
        ["localhost", "127.0.0.1", "[::1]"].contains { authority == $0 || authority.hasPrefix("\($0):") }
    }
}

internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// The web page: one document, its style and its program, all of it in this binary.
enum PageRoutes {
    private static let files: [(path: RouterPath, type: String, bytes: [UInt8])] = [
        ("/", "text/html; charset=utf-8", PackageResources.page_html),
        ("page.css", "text/css; charset=utf-8", PackageResources.page_css),
        ("page.js", "text/javascript; charset=utf-8", PackageResources.page_js),
        ("icon.svg", "image/svg+xml", PackageResources.icon_svg),
    ]

    /// Nothing from elsewhere, nothing inline, in nobody's frame.
    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; "
        + "form-action 'none'; frame-ancestors 'none'"

    static func add(to router: Router<BasicRequestContext>) {
        for file in files {
            let answer: @Sendable (Request, BasicRequestContext) -> Response = { request, _ in
                var headers: HTTPFields = [
                    .contentType: file.type, .contentSecurityPolicy: policy, .xContentTypeOptions: "nosniff",
                    // The page belongs to this very program.
                    .cacheControl: "no-store",
                ]
                if let name = HTTPField.Name("Referrer-Policy") { headers[name] = "no-referrer" }
                return Response(
                    status: .ok, headers: headers,
                    body: request.method == .head
                        ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: file.bytes)))
            }
            router.get(file.path, use: answer)
            router.head(file.path, use: answer)
        }
    }
}

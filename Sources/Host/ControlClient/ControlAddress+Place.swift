internal import ControlAPI
internal import HTTPExchange

extension ControlAddress {
    var place: HTTPExchange.Place {
        switch self {
        case .unix(let path): .unix(path: path)
        case .tcp(let host, let port): .tcp(host: host, port: port)
        }
    }
}

internal import Glibc

/// The terminal that standard output is, where it is one.
enum Terminal {
    /// In characters; nil where there is none, or nobody knows.
    static var size: (columns: Int, rows: Int)? {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Whether it shows colours and moves its cursor, and nobody minds. Source: no-color.org.
    static var hasColours: Bool {
        isatty(STDOUT_FILENO) == 1 && Environment["NO_COLOR"].map(\.isEmpty) ?? true && Environment["TERM"] != "dumb"
    }
}

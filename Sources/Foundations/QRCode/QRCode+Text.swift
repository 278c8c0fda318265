extension QRCode {
    /// How a terminal shows it.
    public enum TextStyle: Sendable {
        /// Black on white, whatever the terminal's colours are, by ANSI escapes.
        case coloured
        /// Without colours, for light text on a dark background.
        case lightOnDark
        /// Without colours, for dark text on a light background.
        case darkOnLight
    }

    /// Lines of half blocks, two rows of modules a line.
    public func lines(_ style: TextStyle) -> [String] {
        let columns = -Self.margin..<size + Self.margin
        return stride(from: -Self.margin, to: size + Self.margin, by: 2).map { row in
            var line = style == .coloured ? "\u{1B}[30;47m" : ""
            for column in columns {
                // Below the last row an odd one is drawn as light as the margin.
                let upper = isDark(column: column, row: row) != (style == .lightOnDark)
                let lower = isDark(column: column, row: row + 1) != (style == .lightOnDark)
                line += upper ? (lower ? "█" : "▀") : lower ? "▄" : " "
            }
            return line + (style == .coloured ? "\u{1B}[0m" : "")
        }
    }
}

extension String {
    /// The text as a field of a table, as RFC 4180 has it: in quotes if it holds a comma, a quote or the end of a line.
    var csvField: String {
        contains { $0 == "," || $0 == "\"" || $0.isNewline } ? "\"\(replacing("\"", with: "\"\""))\"" : self
    }
}

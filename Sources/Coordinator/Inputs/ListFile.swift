internal import Formats
internal import Foundation
internal import Machine

/// A text file of rows and columns that names images: as spreadsheets and people write them (RFC 4180, and what else there is).
///
/// Text is UTF-8, with a byte order mark or without, with line ends of any kind. The separator is what the first line shows: a comma, a
/// tab or a semicolon, or what a line `sep=;` says. Empty lines and lines that begin with `#` do not count; a first line that names
/// columns is a header.
struct ListFile {
    /// One line that counts, without the header.
    struct Row {
        /// Of its first character in the file, from 1 on.
        let line: Int
        /// In the order of the columns that were asked for; without the empty ones at the end.
        let fields: [String]
    }

    let path: String
    let rows: [Row]

    /// The largest list that is read, in bytes.
    private static let bytesMax = 256 << 20

    /// - Parameters:
    ///   - columns: all that a row may have, in their order where there is no header.
    ///   - required: so many of them, from the first on, are in every row, and in a header.
    ///   - skipsOthers: whether other columns are left out; otherwise they are refused.
    /// - Throws: an I/O error for a file that cannot be read; bad input for what is no text, for other columns, and for no rows at all.
    init(_ path: String, columns: [String], required: Int, skipsOthers: Bool = false) throws(CoordinatorError) {
        self.path = path
        let text = try Self.text(of: path)
        let shape = Shape(columns: columns, required: required, folder: FilePath(path))
        var rows: [SeparatedRow]
        do {
            rows = try SeparatedRow.all(in: text, separator: shape.separator(of: text))
        } catch {
            throw CoordinatorError(.badInput, "\(path): line \(error.line): expected the end of a quoted field, found none")
        }
        // The line `sep=;`, split at its end.
        if rows.first?.fields.first?.lowercased() == "sep=" { rows.removeFirst() }
        var order: [Int?]?
        if let header = rows.first?.fields.map({ $0.lowercased() }), shape.isHeader(header) {
            if !skipsOthers, let other = header.first(where: { !$0.isEmpty && !columns.contains($0) }) {
                throw CoordinatorError(
                    .badInput, "\(path): expected the columns \(columns.joined(separator: ", ")), found \(other.quotedForMessage)"
                )
            }
            order = columns.map(header.firstIndex)
            rows.removeFirst()
        }
        let placed = rows.map { row in
            let fields =
                order?.map { place in place.flatMap { $0 < row.fields.count ? row.fields[$0] : nil } ?? "" } ?? row.fields
            return Row(line: row.line, fields: Array(fields.reversed().drop(while: \.isEmpty).reversed()))
        }
        self.rows = placed
        let expected = "\(columns.prefix(required).joined(separator: ","))"
        guard !rows.isEmpty else { throw CoordinatorError(.badInput, "\(path): expected lines \(expected), found none") }
        for row in placed {
            let counts = required...(skipsOthers ? Int.max : columns.count)
            guard counts.contains(row.fields.count), row.fields.prefix(required).allSatisfy({ !$0.isEmpty }) else {
                let full = columns.count > required ? " or \(columns.joined(separator: ","))" : ""
                let count = row.fields.count(where: { !$0.isEmpty })
                throw CoordinatorError(
                    .badInput,
                    "\(path): line \(row.line): expected \(expected)\(full), found \(count) field\(count == 1 ? "" : "s")")
            }
        }
    }

    /// The path that a field names, as on a command line; relative ones lie in the list's folder.
    func located(_ field: String) -> String { InputPaths.listed(field, in: FilePath(path)) }

    /// - Throws: an I/O error for a file that cannot be read; bad input for what is no UTF-8, by the name of what it is.
    private static func text(of path: String) throws(CoordinatorError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw CoordinatorError(.inputOutput, "\(path): \(SystemReason.last)") }
        defer { close(descriptor) }
        let bytes: Data
        do {
            bytes = try FileHandle(fileDescriptor: descriptor, closeOnDealloc: false).readBytes(upTo: bytesMax + 1)
        } catch {
            let reason = FileSystem.isFolder(path) ? "expected a list of images, found a folder" : "cannot be read"
            throw CoordinatorError(.inputOutput, "\(path): \(reason)")
        }
        guard bytes.count <= bytesMax else {
            throw CoordinatorError(.badInput, "\(path): expected a list of at most \(bytesMax >> 20) MiB, found more")
        }
        let kind: String? =
            if bytes.starts(with: [0xFF, 0xFE, 0, 0]) || bytes.starts(with: [0, 0, 0xFE, 0xFF]) {
                "UTF-32"
            } else if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
                "UTF-16"
            } else {
                bytes.contains(0) ? "zero bytes (UTF-16, or no text)" : nil
            }
        if let kind {
            throw CoordinatorError(.badInput, "\(path): expected UTF-8 text, found \(kind); save it as UTF-8")
        }
        let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes
        guard let text = String(validating: content, as: UTF8.self) else {
            let lines = content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let line = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0
            throw CoordinatorError(
                .badInput,
                "\(path): line \(line + 1): expected UTF-8 text, found bytes that are none (Latin-1 or Windows-1252?); save it as UTF-8"
            )
        }
        return text
    }
}

/// What the first line of a list shows of the others.
private struct Shape {
    let columns: [String]
    let required: Int
    let folder: FilePath

    /// Whether a row names the columns.
    func isHeader(_ fields: [String]) -> Bool { columns.prefix(required).allSatisfy(fields.contains) }

    /// The separator in a line such as `sep=;`, which spreadsheets write; nil for another line.
    static func statedSeparator(_ line: String) -> Character? {
        line.count == 5 && line.lowercased().hasPrefix("sep=") ? line.last : nil
    }

    /// The separator of a text: what its first line says, or splits into the columns. Names with semicolons in them are rarer than tables
    /// with them, but a file that is there is a name.
    func separator(of text: String) -> Character {
        let first = text.split(whereSeparator: \.isNewline).first { line in
            let start = line.drop(while: \.isWhitespace).first
            return start != nil && start != "#"
        }
        guard let first else { return "," }
        let line = String(first).trimmingCharacters(in: .whitespaces)
        if let stated = Self.statedSeparator(line) { return stated }
        let candidates = (["\t", ",", ";"] as [Character]).map { separator in
            (separator: separator, fields: (try? SeparatedRow.all(in: String(first), separator: separator).first?.fields) ?? [])
        }
        if let header = candidates.first(where: { isHeader($0.fields.map { $0.lowercased() }) && $0.fields.count > 1 }) {
            return header.separator
        }
        let fitting = candidates.filter {
            required == 1 ? $0.fields.count > 1 : (required...columns.count).contains($0.fields.count)
        }
        func isThere(_ name: String) -> Bool {
            RemoteImage.isURL(name) || FileSystem.kind(of: InputPaths.listed(name, in: folder)) != "nothing"
        }
        if required == 1 {
            guard let one = fitting.first else { return "," }
            return one.separator == ";" && isThere(line) ? "," : one.separator
        }
        return (fitting.count > 1 ? fitting.first { $0.fields.prefix(required).allSatisfy(isThere) } : nil)?.separator
            ?? fitting.first?.separator ?? ","
    }
}

/// One row of a text with separators.
struct SeparatedRow: Equatable {
    /// Where it begins, from 1 on.
    let line: Int
    /// Those in double quotes as they are, the others without white space around them.
    let fields: [String]

    /// A quoted field that does not end, by the line on which it begins.
    struct OpenQuote: Error {
        let line: Int
    }

    /// The rows of a text that count: neither empty, nor comments, which begin with `#`.
    static func all(in text: String, separator: Character) throws(OpenQuote) -> [SeparatedRow] {
        var parser = Parser(separator: separator)
        for character in text { parser.take(character) }
        return try parser.end()
    }

    /// Where in a text one is.
    private struct Parser {
        let separator: Character
        private var rows: [SeparatedRow] = []
        private var fields: [String] = []
        private var field = ""
        private var line = 1
        private var start = (row: 1, field: 1)
        private var place = Place.plain

        private enum Place { case plain, quoted, quoteInQuoted, afterQuoted, comment }

        init(separator: Character) { self.separator = separator }

        mutating func take(_ character: Character) {
            if place == .quoteInQuoted {
                if character == "\"" {
                    field.append(character)
                    place = .quoted
                    return
                }
                place = .afterQuoted
            }
            if place == .quoted {
                if character == "\"" { place = .quoteInQuoted } else { field.append(character) }
            } else if character.isNewline {
                endRow()
            } else if place == .comment {
                return
            } else if character == separator {
                endField()
            } else if place == .afterQuoted {
                if !character.isWhitespace { field.append(character) }
            } else if field.allSatisfy(\.isWhitespace), character == "\"" {
                (field, place, start.field) = ("", .quoted, line)
            } else if fields.isEmpty, field.allSatisfy(\.isWhitespace), character == "#" {
                place = .comment
            } else {
                field.append(character)
            }
            if character.isNewline { line += 1 }
            if place == .plain, fields.isEmpty, field.isEmpty { start.row = line }
        }

        mutating func end() throws(OpenQuote) -> [SeparatedRow] {
            if place == .quoted { throw OpenQuote(line: start.field) }
            endRow()
            return rows
        }

        private mutating func endField() {
            fields.append(place == .plain ? field.trimmingCharacters(in: .whitespaces) : field)
            (field, place) = ("", .plain)
        }

        private mutating func endRow() {
            if place != .comment { endField() }
            if !fields.allSatisfy(\.isEmpty) { rows.append(SeparatedRow(line: start.row, fields: fields)) }
            (fields, field, place) = ([], "", .plain)
        }
    }
}

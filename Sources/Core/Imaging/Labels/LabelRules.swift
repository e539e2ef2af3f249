/// What a user says of the label images of a command: `--ignore-label` and `--colours`.
package struct LabelRules: Codable, Hashable, Sendable {
    /// A colour and its label.
    package struct Listed: Codable, Hashable, Sendable {
        package var colour: RGBColour
        /// 0 for unlabelled.
        package var label: UInt16
    }

    /// Labels that are read as unlabelled, ascending; also numbers that no label can have, such as −1 and 4294967295.
    package private(set) var ignoredLabels: [Int] = []
    /// Colours that are read as unlabelled, ascending.
    package private(set) var ignoredColours: [RGBColour] = []
    /// The labels of colours; empty where they are found out.
    package private(set) var listed: [Listed] = []

    /// Of annotations: whether coordinates without a frame of their own are of pixel centres, so that 0.5 is added.
    package var isCentred = false
    /// Of annotations: the width of lines that state none, in pixels.
    package var strokeWidth = Self.usualStrokeWidth

    /// What is drawn where nothing is said.
    package static let usualStrokeWidth = 8.0

    /// No rules: colours are found out, and nothing is ignored.
    package static let none = LabelRules()

    package init() {}

    /// - Parameters:
    ///   - ignored: each a list of numbers or colours with commas between them: `255,-1`, `#E0E0C0`.
    ///   - colours: such as `#FF0000=1,#00FF00=2`; nil where they are found out.
    package init(ignoring ignored: [String], colours: String?) throws(LabelRulesError) {
        var (numbers, unlabelled) = (Set<Int>(), Set<RGBColour>())
        for text in ignored.flatMap({ $0.split(separator: ",", omittingEmptySubsequences: false) }) {
            let word = Self.trimmed(text)
            if let colour = RGBColour(hex: word) {
                unlabelled.insert(colour)
            } else if let number = Int(word) {
                numbers.insert(number)
            } else {
                throw LabelRulesError(reason: "--ignore-label: expected a whole number or a colour #RRGGBB, found \"\(word)\"")
            }
        }
        (ignoredLabels, ignoredColours) = (numbers.sorted(), unlabelled.sorted())
        guard let colours else { return }
        for text in colours.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = text.split(separator: "=", maxSplits: 1).map(Self.trimmed)
            guard parts.count == 2, let colour = RGBColour(hex: parts[0]), let label = UInt16(parts[1]) else {
                throw LabelRulesError(
                    reason: "--colours: expected #RRGGBB=LABEL with labels from 0 to 65535, found \"\(Self.trimmed(text))\"")
            }
            guard !listed.contains(where: { $0.colour == colour }) else {
                throw LabelRulesError(reason: "--colours: expected each colour once, found \(colour.hex) twice")
            }
            guard label == 0 || LabelValue(colour) != .unlabelled else {
                throw LabelRulesError(
                    reason: "--colours: expected no class in black, which is unlabelled, found \(colour.hex)=\(label)")
            }
            listed.append(Listed(colour: colour, label: label))
        }
        guard listed.contains(where: { $0.label > 0 }) else {
            throw LabelRulesError(reason: "--colours: expected a label above 0, found none")
        }
    }

    /// The rules by the names of their options; empty without any.
    package var parameters: [String: String] {
        var texts: [String: String] = [:]
        let ignored = ignoredLabels.map(String.init) + ignoredColours.map(\.hex)
        if !ignored.isEmpty { texts["ignore-label"] = ignored.joined(separator: ",") }
        if isCentred { texts["centred"] = "yes" }
        if strokeWidth != Self.usualStrokeWidth { texts["stroke-width"] = "\(strokeWidth)" }
        if !listed.isEmpty { texts["colours"] = listed.map { "\($0.colour.hex)=\($0.label)" }.joined(separator: ",") }
        return texts
    }

    /// Whether only greys are listed: then grey levels of 8 bits are looked up like colours.
    var listsGreysOnly: Bool { !listed.isEmpty && listed.allSatisfy { LabelValue($0.colour).isGrey } }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}

/// Why rules cannot be read; `description` is one line.
package struct LabelRulesError: Error, Equatable, CustomStringConvertible {
    let reason: String
    package var description: String { reason }
}

internal import Formats
internal import Foundation

/// A pattern for names of files: `*`, `?`, `[…]` and `\` as in a shell. Letters are equal in whatever Unicode form they are written.
struct NamePattern {
    private enum Part {
        case one(Character)
        case any
        case run
        case set(Set<Character>, [ClosedRange<Character>], classes: [@Sendable (Character) -> Bool], isInverted: Bool)
    }

    private let parts: [Part]
    /// Whether names that begin with a dot are meant, too.
    private let takesHidden: Bool

    /// Whether a text could be a pattern.
    static func isPattern(_ text: some StringProtocol) -> Bool { text.contains { "*?[".contains($0) } }

    init(_ text: some StringProtocol) {
        var parts: [Part] = []
        var rest = Array(text)[...]
        while let character = rest.popFirst() {
            switch character {
            case "*": parts.append(.run)
            case "?": parts.append(.any)
            case "\\": parts.append(.one(rest.popFirst() ?? character))
            case "[": parts.append(Self.set(&rest) ?? .one(character))
            default: parts.append(.one(character))
            }
        }
        self.parts = parts
        takesHidden = text.hasPrefix(".") || text.hasPrefix("\\.")
    }

    /// Whether the whole name fits.
    func matches(_ name: String) -> Bool {
        guard takesHidden || !name.hasPrefix(".") else { return false }
        let name = Array(name)
        // Where the last `*` stands, and how much of the name it has taken: the only place to go back to.
        var (part, position) = (0, 0)
        var back: (part: Int, position: Int)?
        while position < name.count || part < parts.count {
            if part < parts.count {
                if case .run = parts[part] {
                    back = (part, position)
                    part += 1
                    continue
                }
                if position < name.count, Self.fits(name[position], parts[part]) {
                    (part, position) = (part + 1, position + 1)
                    continue
                }
            }
            guard let last = back, last.position < name.count else { return false }
            back = (last.part, last.position + 1)
            (part, position) = (last.part + 1, last.position + 1)
        }
        return true
    }

    private static func fits(_ character: Character, _ part: Part) -> Bool {
        switch part {
        case .one(let one): character == one
        case .any, .run: true
        case .set(let set, let ranges, let classes, let isInverted):
            (set.contains(character) || ranges.contains { $0.contains(character) } || classes.contains { $0(character) })
                != isInverted
        }
    }

    /// What follows `[`; nil, with `rest` as it was, if it is no set.
    private static func set(_ rest: inout ArraySlice<Character>) -> Part? {
        var ahead = rest
        var isInverted = false
        if let first = ahead.first, "!^".contains(first) {
            isInverted = true
            ahead.removeFirst()
        }
        var (set, ranges): (Set<Character>, [ClosedRange<Character>]) = ([], [])
        var classes: [@Sendable (Character) -> Bool] = []
        var isFirst = true
        while let character = ahead.popFirst() {
            if character == "]", !isFirst {
                rest = ahead
                return .set(set, ranges, classes: classes, isInverted: isInverted)
            }
            isFirst = false
            if character == "[", ahead.first == ":", let named = namedClass(&ahead) {
                classes.append(named)
                continue
            }
            let low = character == "\\" ? ahead.popFirst() ?? character : character
            if ahead.first == "-", let high = ahead.dropFirst().first, high != "]" {
                ahead.removeFirst(2)
                if low <= high { ranges.append(low...high) }
            } else {
                set.insert(low)
            }
        }
        return nil
    }

    /// A class such as `[:digit:]`, of which the first `[` was read.
    private static func namedClass(_ rest: inout ArraySlice<Character>) -> (@Sendable (Character) -> Bool)? {
        let known: [(String, @Sendable (Character) -> Bool)] = [
            ("digit", { $0.isASCII && $0.isNumber }), ("alpha", { $0.isLetter }), ("alnum", { $0.isLetter || $0.isNumber }),
            ("upper", { $0.isUppercase }), ("lower", { $0.isLowercase }), ("space", { $0.isWhitespace }),
            ("punct", { $0.isPunctuation || $0.isSymbol }), ("xdigit", { $0.isASCII && $0.isHexDigit }),
        ]
        for (name, test) in known where rest.starts(with: ":\(name):]") {
            rest.removeFirst(name.count + 3)
            return test
        }
        return nil
    }
}

extension NamePattern {
    /// The files that a pattern stands for, without order. What is there under the name that the pattern begins with is a name: `run[1]/*.png`
    /// are the files in the folder `run[1]`.
    static func files(of pattern: String) -> [String] {
        var places = [pattern.hasPrefix("/") ? "/" : ""]
        for name in pattern.split(separator: "/").map(String.init) {
            places = places.flatMap { place in
                let literal = FilePath.join(place, name)
                if !isPattern(name) || FileSystem.kind(of: literal) != "nothing" { return [FileSystem.located(literal)] }
                let names = (try? FileManager.default.contentsOfDirectory(atPath: place.isEmpty ? "." : place)) ?? []
                let pattern = NamePattern(name)
                return names.filter(pattern.matches).map { FilePath.join(place, $0) }
            }
        }
        return places.filter { FileSystem.kind(of: $0) != "nothing" }
    }
}

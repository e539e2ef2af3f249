package import Imaging
internal import Protocol

/// The channels of an image that are to be used, as people write them: names, positions from 0 on, and ranges such as `5-8`, with
/// commas between them.
package struct ChannelChoice: Codable, Hashable, Sendable {
    private let items: [String]

    /// - Throws: a usage error for a text without an item.
    package init(_ text: String) throws(CoordinatorError) {
        items = text.split(separator: ",", omittingEmptySubsequences: false).map { item in
            String(item.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        }
        guard items.allSatisfy({ !$0.isEmpty }) else {
            throw CoordinatorError(.usage, "--channels: expected names or numbers such as 0,3,5-8, found \"\(text)\"")
        }
    }

    /// The positions of the channels in an image. What is the name of a channel is no number.
    ///
    /// - Throws: bad input for a channel that the image does not have, for one that is named twice, and for too many.
    package func positions(in contents: ImageContents, of path: String) throws(CoordinatorError) -> [Int] {
        var positions: [Int] = []
        for item in items {
            let named = contents.channelNames.indices.filter { contents.channelNames[$0] == item }
            if named.count > 1 {
                throw CoordinatorError(
                    .badInput, "--channels: \(path): expected one channel \"\(item)\", found \(named.count); take their numbers")
            }
            if let range = named.first.map({ $0...$0 }) ?? Self.range(item, contents.channels) {
                positions += range
            } else {
                let names = contents.channelNames.isEmpty ? "" : " (\(contents.channelNames.joined(separator: ", ")))"
                throw CoordinatorError(
                    .badInput,
                    "--channels: \(path): expected channels from 0 to \(contents.channels - 1)\(names), found \"\(item)\"")
            }
        }
        guard Set(positions).count == positions.count else {
            throw CoordinatorError(.usage, "--channels: expected each channel once, found \(items.joined(separator: ","))")
        }
        guard positions.count <= ImageInfo.channelsMax else {
            throw CoordinatorError(
                .usage, "--channels: expected at most \(ImageInfo.channelsMax) channels at once, found \(positions.count)")
        }
        return positions
    }

    /// The positions that a number or two numbers mean; nil if there are no such channels.
    private static func range(_ item: String, _ count: Int) -> ClosedRange<Int>? {
        let ends = item.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1] else { return nil }
        guard first >= 0, first <= last, last < count else { return nil }
        return first...last
    }
}

extension ModelChannels {
    /// The channels of the first training image.
    ///
    /// - Parameter chosen: positions of those that are used; nil for all.
    /// - Returns: nil where all channels are used and have no names: nothing is to be remembered.
    init?(of contents: ImageContents, chosen: [Int]?) {
        let positions = chosen ?? Array(0..<contents.channels)
        let names = contents.uniqueChannelNames.map { names in positions.map { names[$0] } }
        guard chosen != nil || names != nil else { return nil }
        self.init(positions: positions, names: names)
    }

    /// Which channels of another image are these, and what is said of it.
    ///
    /// By name where the image has all the names; otherwise by position.
    /// - Returns: nil positions for all channels as they are stored.
    func matched(in contents: ImageContents) -> (positions: [Int]?, note: ImageNote?) {
        let all = Array(0..<contents.channels)
        func selection(_ positions: [Int]) -> [Int]? { positions == all ? nil : positions }
        let isPositional = positions.allSatisfy(all.contains)
        let byPosition = selection(isPositional ? positions : all)
        guard let names, let own = contents.uniqueChannelNames else { return (byPosition, nil) }
        let found = names.compactMap { own.firstIndex(of: $0) }
        if found.count == names.count {
            let note = ImageNote(
                .channels,
                "its channels \(own.joined(separator: ", ")) are used in the model's order: \(names.joined(separator: ", "))")
            return (selection(found), found == positions ? nil : note)
        }
        let taken = (byPosition ?? all).map { own[$0] }
        return (
            byPosition,
            ImageNote(
                .channels,
                "its channels \(taken.joined(separator: ", ")) are taken for \(names.joined(separator: ", ")) by their position")
        )
    }
}

extension ImageContents {
    /// The names of the channels, if all have one and none has another's.
    var uniqueChannelNames: [String]? {
        channelNames.count == channels && Set(channelNames).count == channels ? channelNames : nil
    }
}

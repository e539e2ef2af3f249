internal import Imaging

/// The header of an object of an HDF5 file: its messages, as ranges of the file.
struct HDF5Header {
    /// The kinds of messages that are read.
    enum Kind: Int {
        case dataspace = 0x01
        case linkInfo = 0x02
        case datatype = 0x03
        case fillValue = 0x05
        case externalFiles = 0x07
        case layout = 0x08
        case filters = 0x0B
        case attribute = 0x0C
        case continuation = 0x10
        case symbolTable = 0x11
    }

    private struct Message {
        let kind: Kind
        /// The content is elsewhere: in another object, or in a table of shared messages.
        let isShared: Bool
        let range: Range<Int>
    }

    private static let messagesMax = 1 << 10
    private static let sharedFlag = 2

    private let bytes: [UInt8]
    private let path: String
    private var messages: [Message] = []

    /// Reads the header at an address, with its continuations.
    ///
    /// - Throws: `ImageError.corrupt` for damage, `.unsupported` for a header of another version than 1.
    /// - Complexity: O(`messagesMax`).
    init(_ bytes: [UInt8], path: String, at address: Int) throws(ImageError) {
        (self.bytes, self.path) = (bytes, path)
        var start = try HDF5Cursor(bytes, path: path, at: address)
        try start.expect(version: 1, of: "an object header")
        // Counts of messages and of references are not needed.
        try start.skip(7)
        var blocks = [(start.position + 8, try start.number(4))]
        var messageCount = 0
        while let (offset, count) = blocks.popLast() {
            var block = try HDF5Cursor(bytes, path: path, at: offset, count: count)
            // What is too short for a message is a gap.
            while block.remaining >= 8 {
                messageCount += 1
                guard messageCount <= Self.messagesMax else { throw block.damaged("at most \(Self.messagesMax) messages") }
                let (kind, size, flags) = (try block.number(2), try block.number(2), try block.number(1))
                try block.skip(3)
                let range = try block.range(size)
                guard let kind = Kind(rawValue: kind) else { continue }
                if kind == .continuation {
                    var content = try HDF5Cursor(bytes, path: path, at: range.lowerBound, count: range.count)
                    blocks.append((try content.number(8), try content.number(8)))
                } else {
                    messages.append(Message(kind: kind, isShared: flags & Self.sharedFlag != 0, range: range))
                }
            }
        }
    }

    func has(_ kind: Kind) -> Bool { messages.contains { $0.kind == kind } }

    /// The content of the first message of a kind; nil if there is none.
    ///
    /// - Throws: `ImageError.unsupported` for a content that is elsewhere.
    func content(_ kind: Kind) throws(ImageError) -> HDF5Cursor? {
        guard let message = messages.first(where: { $0.kind == kind }) else { return nil }
        return try content(of: message)
    }

    /// The contents of all messages of a kind, in their order.
    func contents(_ kind: Kind) throws(ImageError) -> [HDF5Cursor] {
        var contents: [HDF5Cursor] = []
        for message in messages where message.kind == kind { contents.append(try content(of: message)) }
        return contents
    }

    private func content(of message: Message) throws(ImageError) -> HDF5Cursor {
        guard !message.isShared else {
            throw .unsupported(path: path, reason: "expected messages in their own headers, found a shared \(message.kind)")
        }
        return try HDF5Cursor(bytes, path: path, at: message.range.lowerBound, count: message.range.count)
    }
}

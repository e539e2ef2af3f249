@testable import Compression
@testable import Formats
import Foundation
@testable import Imaging

/// An OME-Zarr image made for one test: every element is a function of its position.
struct HandmadeZarr {
    enum Packing: String, CaseIterable, Sendable {
        case raw, zlib, gzip, zstd, blosc
    }

    enum Sharding: Sendable {
        case none
        case end([Int])
        case start([Int])
    }

    var version = 2
    var axes = ["y", "x"]
    var shape = [7, 9]
    var chunks = [4, 5]
    var type = SampleType.uint8
    /// What is stored, where it is not what is read.
    var stored: ElementType?
    var isBigEndian = false
    var isNested = true
    /// Whether the metadata of version 2 say what separates the numbers of a key.
    var saysSeparator = true
    /// The dimensions from the one that changes slowest on, as `transpose` lists them; of version 2 only the reverse order.
    var order: [Int]?
    /// A transposition before the codec of shards.
    var shardOrder: [Int]?
    var packing = Packing.raw
    var hasChecksum = false
    var sharding = Sharding.none
    var fillValue = 0
    /// The fill value as JSON, where it is not the number.
    var fillText: String?
    /// Whether the chunk at a position is left out.
    var isMissing: @Sendable ([Int]) -> Bool = { _ in false }

    /// The element at a position.
    func value(_ position: [Int]) -> Int {
        let value = zip(position.reversed(), [1, 16, 1031, 77, 5]).map { $0 * $1 }.reduce(3, +)
        return element == .bool ? value % 2 : value * (element.byteCount >= 4 ? 40_009 : 1)
    }

    /// What is stored.
    var element: ElementType { stored ?? ElementType.allCases.first { $0.rawValue == type.rawValue } ?? .uint8 }

    /// The bytes of a value of the type that is read, the lowest first.
    private func bytes(_ value: Int) -> [UInt8] {
        if element == .bool { return [value == 0 ? 0 : 255] }
        if type.isFloat { return Bytes.little(Float(value).bitPattern) }
        return Array(Bytes.little(value).prefix(type.byteCount))
    }

    /// The bytes of a value of the type that is stored, the lowest first.
    private func storedBytes(_ value: Int) -> [UInt8] {
        switch element {
        case .float16: return Bytes.little(Bytes.half(value))
        case .float64: return Bytes.little(Double(value).bitPattern)
        case .float32: return Bytes.little(Float(value).bitPattern)
        default: return Array(Bytes.little(value).prefix(element.byteCount))
        }
    }

    /// The pixels that a reader must see: channels interleaved, index 0 of time and depth.
    ///
    /// - Parameter channels: those that are chosen; nil for all.
    func pixels(_ window: PixelRect, channels chosen: [Int]? = nil) -> PixelBuffer {
        let channelAxis = axes.firstIndex(of: "c")
        let channels = chosen ?? Array(0..<(channelAxis.map { shape[$0] } ?? 1))
        var bytes: [UInt8] = []
        for row in window.y..<window.endY {
            for column in window.x..<window.endX {
                for channel in channels {
                    var position = [Int](repeating: 0, count: shape.count)
                    position[rowAxis] = row
                    position[columnAxis] = column
                    if let channelAxis { position[channelAxis] = channel }
                    let isMissing = isMissing(zip(position, chunks).map { $0 / $1 })
                    bytes += self.bytes(isMissing ? fillValue : value(position))
                }
            }
        }
        return PixelBuffer(
            width: window.width, height: window.height, channels: channels.count, sampleType: type, bytes: bytes)
    }

    private var rowAxis: Int { axes.firstIndex(of: "y") ?? shape.count - 2 }
    private var columnAxis: Int { axes.firstIndex(of: "x") ?? shape.count - 1 }

    var whole: PixelRect { PixelRect(x: 0, y: 0, width: shape[columnAxis], height: shape[rowAxis]) }

    // MARK: Writing

    /// Writes the image into the folder `name` and returns its path.
    @discardableResult
    func write(to scratch: ScratchFolder, _ name: String = "image.zarr") throws -> String {
        try scratch.makeFolder("\(name)/0")
        for (key, bytes) in try values {
            if let slash = key.lastIndex(of: "/") { try scratch.makeFolder("\(name)/\(key[..<slash])") }
            _ = try scratch.write(bytes, to: "\(name)/\(key)")
        }
        return scratch.path(name)
    }

    /// The files of the image's folder, documents first.
    var values: [(key: String, bytes: [UInt8])] {
        get throws {
            let chunks = try storedValues().map { position, stored in
                let numbers = (version == 3 ? ["c"] : []) + position.map(String.init)
                return (key: "0/" + numbers.joined(separator: isNested ? "/" : "."), bytes: stored)
            }
            return documents.sorted { $0.key < $1.key }.map { ($0.key, Array($0.value.utf8)) } + chunks
        }
    }

    /// The metadata, by its place in the image's folder.
    var documents: [String: String] {
        let types = ["t": "time", "c": "channel", "z": "space", "y": "space", "x": "space"]
        let axes = axes.map { "{\"name\": \"\($0)\", \"type\": \"\(types[$0] ?? "space")\"}" }.joined(separator: ", ")
        let image = "{\"axes\": [\(axes)], \"datasets\": [{\"path\": \"0\"}]\(version == 2 ? ", \"version\": \"0.4\"" : "")}"
        if version == 2 {
            return [".zgroup": "{\"zarr_format\": 2}", ".zattrs": "{\"multiscales\": [\(image)]}", "0/.zarray": array2]
        }
        return [
            "zarr.json": """
            {"zarr_format": 3, "node_type": "group", "attributes": {"ome": {"version": "0.5", "multiscales": [\(image)]}}}
            """, "0/zarr.json": array3,
        ]
    }

    private var array2: String {
        let compressor = packing == .raw ? "null" : "{\"id\": \"\(packing.rawValue)\"}"
        let dtype = "\(element.byteCount == 1 ? "|" : isBigEndian ? ">" : "<")\(element.rawValue.prefix(1))\(element.byteCount)"
        let separator = saysSeparator ? ", \"dimension_separator\": \"\(isNested ? "/" : ".")\"" : ""
        return """
            {"zarr_format": 2, "shape": \(shape), "chunks": \(chunks), "dtype": "\(dtype)", "compressor": \(compressor), \
            "fill_value": \(fillText ?? "\(fillValue)"), "order": "\(order == nil ? "C" : "F")", "filters": null\(separator)}
            """
    }

    private var array3: String {
        var steps = order.map { ["{\"name\": \"transpose\", \"configuration\": {\"order\": \($0)}}"] } ?? []
        steps += ["{\"name\": \"bytes\", \"configuration\": {\"endian\": \"\(isBigEndian ? "big" : "little")\"}}"]
        if packing != .raw { steps.append("{\"name\": \"\(packing.rawValue)\", \"configuration\": {}}") }
        if hasChecksum { steps.append("{\"name\": \"crc32c\"}") }
        var codecs = steps.joined(separator: ", ")
        var grid = chunks
        if let (shard, place) = shard {
            grid = shard
            let before = shardOrder.map { "{\"name\": \"transpose\", \"configuration\": {\"order\": \($0)}}, " } ?? ""
            let inner = shardOrder.map { order in order.map { chunks[$0] } } ?? chunks
            codecs = """
                \(before){"name": "sharding_indexed", "configuration": {"chunk_shape": \(inner), "codecs": [\(codecs)], "index_codecs": \
                [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}], "index_location": "\(place)"}}
                """
        }
        return """
            {"zarr_format": 3, "node_type": "array", "shape": \(shape), "data_type": "\(element.rawValue)", "chunk_grid": {"name": \
            "regular", "configuration": {"chunk_shape": \(grid)}}, "chunk_key_encoding": {"name": "default", "configuration": \
            {"separator": "\(isNested ? "/" : ".")"}}, "fill_value": \(fillText ?? "\(fillValue)"), "codecs": [\(codecs)], "attributes": {}}
            """
    }

    private var shard: (shape: [Int], place: String)? {
        switch sharding {
        case .none: nil
        case .end(let shape): (shape, "end")
        case .start(let shape): (shape, "start")
        }
    }

    /// The values of the store, by the positions of chunks or shards.
    private func storedValues() throws -> [(position: [Int], bytes: [UInt8])] {
        guard let (shard, place) = shard else {
            return try Self.positions(grid(chunks)).compactMap { position in
                isMissing(position) ? nil : (position, try chunk(position))
            }
        }
        let inner = zip(shard, chunks).map { $0 / $1 }
        return try Self.positions(grid(shard)).map { position in
            let indexByteCount = 16 * inner.reduce(1, *) + 4
            var content: [UInt8] = []
            var index: [UInt8] = []
            for offset in Self.positions(inner, shardOrder) {
                let chunkPosition = zip(zip(position, inner).map(*), offset).map(+)
                let isOutside = zip(chunkPosition, grid(chunks)).contains { $0 >= $1 }
                if isOutside || isMissing(chunkPosition) {
                    index += [UInt8](repeating: 255, count: 16)
                } else {
                    let bytes = try chunk(chunkPosition)
                    let start = content.count + (place == "start" ? indexByteCount : 0)
                    for number in [start, bytes.count] { index += Bytes.little(UInt64(number)) }
                    content += bytes
                }
            }
            index += Bytes.little(Bytes.crc32c(index))
            return (position, place == "start" ? index + content : content + index)
        }
    }

    private func grid(_ lengths: [Int]) -> [Int] { zip(shape, lengths).map { ($0 - 1) / $1 + 1 } }

    private func chunk(_ position: [Int]) throws -> [UInt8] {
        let origin = zip(position, chunks).map(*)
        var bytes: [UInt8] = []
        let outer = shardOrder ?? Array(shape.indices)
        for offset in Self.positions(chunks, order.map { order in order.map { outer[$0] } } ?? outer) {
            let element = storedBytes(value(zip(origin, offset).map(+)))
            bytes += isBigEndian ? element.reversed() : element
        }
        let packed = try Bytes.packed(bytes, packing)
        return hasChecksum ? packed + Bytes.little(Bytes.crc32c(packed)) : packed
    }

    /// All positions in a grid, in an order of dimensions from the one that changes slowest on; nil for that of the grid.
    private static func positions(_ lengths: [Int], _ order: [Int]? = nil) -> [[Int]] {
        let order = order ?? Array(lengths.indices)
        let found = order.reduce([[]]) { positions, dimension in
            positions.flatMap { position in (0..<lengths[dimension]).map { position + [$0] } }
        }
        return found.map { place in
            var position = place
            for (index, dimension) in order.enumerated() { position[dimension] = place[index] }
            return position
        }
    }
}

/// Stored forms of bytes, made by the letter of their formats, without compression where that is allowed.
enum Bytes {
    static func packed(_ bytes: [UInt8], _ packing: HandmadeZarr.Packing) throws -> [UInt8] {
        switch packing {
        case .raw: return bytes
        case .zlib: return try Zlib.compress(bytes)
        case .gzip:
            // The same deflate stream, between another header and trailer.
            let deflated = try Zlib.compress(bytes).dropFirst(2).dropLast(4)
            let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
            return header + deflated + little(crc(bytes, polynomial: 0xEDB8_8320)) + little(UInt32(bytes.count))
        case .zstd: return zstd(claimed: bytes.count, block: bytes, isLast: true)
        case .blosc: return blosc(claimed: bytes.count, content: bytes)
        }
    }

    /// A frame of one segment that says its size in four bytes, with one raw block.
    static func zstd(claimed: Int, block: [UInt8], isLast: Bool) -> [UInt8] {
        [0x28, 0xB5, 0x2F, 0xFD, 0xA0] + little(UInt32(claimed)) + little(UInt32(block.count << 3 | (isLast ? 1 : 0))).prefix(3)
            + block
    }

    /// A block that is a plain copy.
    static func blosc(claimed: Int, content: [UInt8]) -> [UInt8] {
        let blockByteCount = UInt32(max(1, min(claimed, content.count)))
        return [2, 1, 2, 1] + little(UInt32(claimed)) + little(blockByteCount) + little(UInt32(16 + content.count)) + content
    }

    /// A whole number from 0 to 2048 as a float of 16 bits.
    static func half(_ value: Int) -> UInt16 {
        guard value > 0 else { return 0 }
        let exponent = Int.bitWidth - 1 - value.leadingZeroBitCount
        return UInt16(exponent + 15) << 10 | UInt16(((value << 10) >> exponent) & 1023)
    }

    static func crc32c(_ bytes: [UInt8]) -> UInt32 { crc(bytes, polynomial: 0x82F6_3B78) }

    static func crc(_ bytes: [UInt8], polynomial: UInt32) -> UInt32 {
        ~bytes.reduce(~0 as UInt32) { remainder, byte in
            (0..<8).reduce(remainder ^ UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 1 ? polynomial : 0) }
        }
    }

    static func little(_ number: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: number.littleEndian, Array.init) }
}

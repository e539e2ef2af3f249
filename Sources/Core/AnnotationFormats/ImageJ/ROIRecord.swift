internal import Annotations
internal import Foundation
internal import Imaging

/// The bytes of one region of ImageJ, as its `RoiDecoder` understands them: a header of 64 bytes, coordinates, a second header, name and properties.
/// Numbers are big-endian.
struct ROIRecord {
    /// The kinds of regions, by their numbers.
    enum Kind: Int {
        case polygon, rectangle, oval, line, freeline, polyline, none, freehand, traced, angle, point
    }

    /// Where the fields of the first header are.
    enum Field {
        static let version = 4
        static let kind = 6
        /// top, left, bottom, right
        static let bounds = 8
        static let count = 16
        /// Four numbers with fractions: the ends of a line, or the box of a rectangle; the count of points beyond 65,535 as a whole number.
        static let numbers = 18
        static let strokeWidth = 34
        static let shapeCount = 36
        static let strokeColour = 40
        static let fillColour = 44
        static let subtype = 48
        static let options = 50
        static let aspectRatio = 52
        static let position = 56
        static let secondHeader = 60
        static let coordinates = 64
    }

    /// Where the fields of the second header are.
    enum SecondField {
        static let channel = 4
        static let depth = 8
        static let time = 12
        static let nameOffset = 16
        static let nameLength = 20
        static let group = 30
        static let strokeWidth = 36
        static let propertiesOffset = 40
        static let propertiesLength = 44
        static let byteCount = 64
    }

    static let subpixelOption = 128
    static let drawOffsetOption = 256

    let path: String
    private let bytes: [UInt8]
    let kind: Kind
    let name: String?
    let properties: [String: String]
    let plane: AnnotationPlane?
    /// The group, if it has one.
    private let group: Int
    private let second: Int?

    /// - Throws: `ImageError` for what is no region, or cut off.
    init(_ bytes: [UInt8], path: String) throws(ImageError) {
        (self.bytes, self.path) = (bytes, path)
        guard bytes.starts(with: "Iout".utf8), bytes.count >= Field.coordinates else {
            throw .corruptAnnotations(path, "expected a region of ImageJ of at least 64 bytes, found \(bytes.count) bytes")
        }
        guard let kind = Kind(rawValue: Int(bytes[Field.kind])) else {
            throw .corruptAnnotations(path, "expected a kind of region 0…10, found \(bytes[Field.kind])")
        }
        self.kind = kind
        let number = { (offset: Int) in Self.word(bytes, offset) }
        let offset = number(Field.secondHeader) ?? 0
        let isThere = offset >= Field.coordinates && offset <= bytes.count - 52
        second = isThere ? offset : nil
        guard isThere else {
            (name, properties, group) = (nil, [:], 0)
            plane = Self.plane(0, 0, 0, number(Field.position) ?? 0)
            return
        }
        group = Int(bytes[offset + SecondField.group])
        name = Self.text(bytes, number(offset + SecondField.nameOffset) ?? 0, number(offset + SecondField.nameLength) ?? 0)
        let list = Self.text(
            bytes, number(offset + SecondField.propertiesOffset) ?? 0, number(offset + SecondField.propertiesLength) ?? 0)
        properties = Self.properties(list ?? "")
        plane = Self.plane(
            number(offset + SecondField.channel) ?? 0, number(offset + SecondField.depth) ?? 0,
            number(offset + SecondField.time) ?? 0,
            number(Field.position) ?? 0)
    }

    // MARK: What it says

    /// The number of its class, if the file states it.
    var number: Int? {
        if let number = properties["classNumber"].flatMap({ Int($0) }), (1...AnnotationLimits.classMax).contains(number) {
            return number
        }
        return group > 0 ? group : nil
    }

    var className: String? { properties["class"] }

    /// The colour of its line, otherwise that of its inside.
    var colour: RGBColour? {
        let values = [Field.strokeColour, Field.fillColour].compactMap { Self.word(bytes, $0) }
        return values.first { $0 != 0 }.map { RGBColour(packed: UInt32(truncatingIfNeeded: $0)) }
    }

    private var options: Int { Self.half(bytes, Field.options) ?? 0 }
    var isSubpixel: Bool { options & Self.subpixelOption != 0 && version >= 222 }
    /// Whether the coordinates of a line are of pixel centres.
    var isCentred: Bool { options & Self.drawOffsetOption != 0 }
    var version: Int { Self.half(bytes, Field.version) ?? 0 }
    var subtype: Int { Self.half(bytes, Field.subtype) ?? 0 }
    var isShape: Bool { shapeCount > 0 }
    private var shapeCount: Int { Self.word(bytes, Field.shapeCount) ?? 0 }

    /// The width of its line; nil if it has none.
    var strokeWidth: Double? {
        let exact = second.flatMap { Self.float(bytes, $0 + SecondField.strokeWidth) } ?? 0
        let width = exact > 0 ? exact : Double(Self.half(bytes, Field.strokeWidth) ?? 0)
        return width > 0 && width.isFinite ? width : nil
    }

    /// left, top, right, bottom
    var bounds: (left: Int, top: Int, right: Int, bottom: Int) {
        let side = { (index: Int) in Int(Int16(truncatingIfNeeded: Self.half(bytes, Field.bounds + 2 * index) ?? 0)) }
        return (side(1), side(0), side(3), side(2))
    }

    /// The four numbers with fractions of the first header.
    var numbers: [Double] { (0..<4).map { Self.float(bytes, Field.numbers + 4 * $0) ?? 0 } }

    var aspectRatio: Double { Self.float(bytes, Field.aspectRatio) ?? 0 }

    /// The points of a polygon, line or group of points.
    func points() throws(ImageError) -> [AnnotationPoint] {
        let short = Self.half(bytes, Field.count) ?? 0
        let count = short > 0 ? short : Self.word(bytes, Field.numbers) ?? 0
        let start = Field.coordinates
        // Whole numbers of two bytes, then, if there are fractions, numbers of four.
        let byteCount = isSubpixel ? 12 : 4
        guard count >= 0, count <= (bytes.count - start) / byteCount else {
            throw .corruptAnnotations(path, "expected \(count) points, found \(bytes.count - start) bytes of coordinates")
        }
        let box = bounds
        return (0..<count).map { index in
            guard isSubpixel else {
                let (x, y) = (Self.half(bytes, start + 2 * index) ?? 0, Self.half(bytes, start + 2 * (count + index)) ?? 0)
                let signed = { (value: Int) in max(0, Int(Int16(truncatingIfNeeded: value))) }
                return AnnotationPoint(x: Double(box.left + signed(x)), y: Double(box.top + signed(y)))
            }
            let base = start + 4 * count
            return AnnotationPoint(
                x: Self.float(bytes, base + 4 * index) ?? 0, y: Self.float(bytes, base + 4 * (count + index)) ?? 0)
        }
    }

    /// The path of a composite region.
    func shapePath() throws(ImageError) -> AnnotationPath {
        guard shapeCount <= (bytes.count - Field.coordinates) / 4 else {
            throw .corruptAnnotations(
                path, "expected \(shapeCount) numbers of a shape, found \((bytes.count - Field.coordinates) / 4)")
        }
        var elements: [AnnotationPath.Element] = []
        var index = 0
        func take(_ count: Int) throws(ImageError) -> [AnnotationPoint] {
            guard index + 2 * count <= shapeCount else {
                throw .corruptAnnotations(path, "expected \(2 * count) coordinates of a segment, found the end of the shape")
            }
            defer { index += 2 * count }
            return (0..<count).map { point in
                let at = Field.coordinates + 4 * (index + 2 * point)
                return AnnotationPoint(x: Self.float(bytes, at) ?? 0, y: Self.float(bytes, at + 4) ?? 0)
            }
        }
        while index < shapeCount {
            let segment = Self.float(bytes, Field.coordinates + 4 * index) ?? -1
            index += 1
            switch segment {
            case 0: elements.append(.move(try take(1)[0]))
            case 1: elements.append(.line(try take(1)[0]))
            case 2:
                let points = try take(2)
                elements.append(.quadratic(points[0], to: points[1]))
            case 3:
                let points = try take(3)
                elements.append(.cubic(points[0], points[1], to: points[2]))
            case 4: elements.append(.close)
            default: throw .corruptAnnotations(path, "expected a segment 0…4, found \(segment)")
            }
            guard elements.count > 1 || segment == 0 else {
                throw .corruptAnnotations(path, "expected a shape that begins with a move, found segment \(Int(segment))")
            }
        }
        return AnnotationPath(elements)
    }

    // MARK: Bytes

    private static func half(_ bytes: [UInt8], _ offset: Int) -> Int? {
        guard offset >= 0, offset <= bytes.count - 2 else { return nil }
        return Int(bytes[offset]) << 8 | Int(bytes[offset + 1])
    }

    /// A signed number of 32 bits.
    private static func word(_ bytes: [UInt8], _ offset: Int) -> Int? {
        guard offset >= 0, offset <= bytes.count - 4 else { return nil }
        return Int(Int32(truncatingIfNeeded: bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }))
    }

    /// A number with a fraction; one that is not finite is beyond all limits, and refused later.
    private static func float(_ bytes: [UInt8], _ offset: Int) -> Double? {
        word(bytes, offset).map { Double(Float(bitPattern: UInt32(truncatingIfNeeded: $0))) }
    }

    /// A text of 16-bit units; nil for an empty one, and where it is not in the file.
    private static func text(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> String? {
        guard count > 0, offset >= Field.coordinates, offset <= bytes.count, count <= (bytes.count - offset) / 2 else {
            return nil
        }
        return String(decoding: (0..<count).map { UInt16(half(bytes, offset + 2 * $0) ?? 0) }, as: UTF16.self)
    }

    /// Lines of `key: value`.
    private static func properties(_ text: String) -> [String: String] {
        var properties: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            if !value.isEmpty { properties[String(line[..<colon])] = value }
        }
        return properties
    }

    /// Positions count from 1; 0 is all. A plain position in a stack is one in depth.
    private static func plane(_ channel: Int, _ depth: Int, _ time: Int, _ position: Int) -> AnnotationPlane? {
        let index = { (position: Int) in position > 0 ? position - 1 : nil }
        let isStated = channel > 0 || depth > 0 || time > 0
        let plane = AnnotationPlane(z: index(isStated ? depth : position), time: index(time), channel: index(channel))
        return plane == AnnotationPlane() ? nil : plane
    }
}

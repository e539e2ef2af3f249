package import Annotations
internal import Formats
package import Imaging

extension ImageJROI {
    /// A ZIP archive of regions, as the ROI manager reads it. Curves become lines that run at most 0.01 pixels beside them; raster patches are
    /// composite regions along their pixels. Numbers with fractions have 24 bits.
    package static func write(_ document: AnnotationDocument, _ writing: AnnotationWriting) throws(ImageError) -> [UInt8]? {
        let classes = Dictionary(document.classes.map { ($0.number, $0) }) { one, _ in one }
        let colours = ClassColours(document)
        var entries: [ZipFile.Entry] = []
        for annotation in document.annotations {
            guard annotation.shape.isBounded else {
                throw .unsupported(path: name, reason: "expected coordinates of ±1e9, found others")
            }
            for var region in try ROIEncoder.regions(of: annotation.shape) {
                region.name = annotation.name
                region.plane = annotation.plane
                if let number = annotation.classNumber {
                    region.group = number < 256 ? number : 0
                    region.colour = colours[number]
                    let name = classes[number]?.name.map { $0.split(whereSeparator: \.isNewline).joined(separator: " ") }
                    region.properties += [("class", name), ("classNumber", "\(number)")].compactMap { key, value in
                        value.map { (key, $0) }
                    }
                }
                if let image = annotation.image { region.properties.append(("image", image)) }
                entries.append(ZipFile.Entry(name: "\((entries.count + 1).padded(to: 6)).roi", bytes: region.encoded))
            }
        }
        return try ZipFile(entries).encoded(path: name)
    }
}

/// One region of ImageJ to be written.
struct ROIEncoder {
    private enum Content {
        /// A rectangle or oval.
        case box(x: Double, y: Double, width: Double, height: Double)
        case points([AnnotationPoint])
        case rings([[AnnotationPoint]])
    }

    private let kind: ROIRecord.Kind
    private let content: Content
    private var strokeWidth = 0.0
    var name: String?
    var plane: AnnotationPlane?
    var group = 0
    var colour: RGBColour?
    var properties: [(key: String, value: String)] = []

    private init(_ kind: ROIRecord.Kind, _ content: Content) { (self.kind, self.content) = (kind, content) }

    /// The regions that stand for a shape.
    ///
    /// - Throws: `ImageError.unsupported` for a stroke of too many points.
    static func regions(of shape: AnnotationShape) throws(ImageError) -> [ROIEncoder] {
        switch shape {
        case .stroke(let path, let width):
            return try path.lines(of: ImageJROI.name).filter { $0.points.count >= 2 }.map { line in
                var region = ROIEncoder(line.points.count == 2 && !line.isClosed ? .line : .polyline, .points(line.points))
                region.strokeWidth = width
                if line.isClosed { region.properties.append(("closed", "1")) }
                return region
            }
        case .area(let polygons): return areas(polygons)
        case .rectangle(let x, let y, let width, let height):
            return [ROIEncoder(.rectangle, .box(x: x, y: y, width: width, height: height))]
        case .ellipse(let x, let y, let width, let height):
            return [ROIEncoder(.oval, .box(x: x, y: y, width: width, height: height))]
        case .points(let points): return points.isEmpty ? [] : [ROIEncoder(.point, .points(points))]
        case .raster(let patch): return areas(PatchOutline.polygons(of: patch))
        }
    }

    private static func areas(_ polygons: [AnnotationPolygon]) -> [ROIEncoder] {
        if polygons.isEmpty { return [] }
        if polygons.count == 1, polygons[0].holes.isEmpty { return [ROIEncoder(.polygon, .points(polygons[0].exterior))] }
        return [ROIEncoder(.rectangle, .rings(polygons.flatMap { [$0.exterior] + $0.holes }))]
    }

    // MARK: Bytes

    var encoded: [UInt8] {
        var header = [UInt8](repeating: 0, count: ROIRecord.Field.coordinates)
        header.replaceSubrange(0..<4, with: "Iout".utf8)
        header.put(half: 228, at: ROIRecord.Field.version)
        header[ROIRecord.Field.kind] = UInt8(kind.rawValue)
        header.put(half: Int(min(32767, strokeWidth.rounded(.up))), at: ROIRecord.Field.strokeWidth)
        if let colour { header.put(word: Int(0xFF00_0000 | colour.packed), at: ROIRecord.Field.strokeColour) }
        var body: [UInt8] = []
        switch content {
        case .box(let x, let y, let width, let height): put(x, y, width, height, into: &header)
        case .points(let points): put(points, into: &header, &body)
        case .rings(let rings):
            putBounds(rings.joined().map { $0 }, into: &header)
            for ring in rings {
                for (index, point) in ring.enumerated() {
                    [index == 0 ? 0 : 1, point.x, point.y].forEach { body.append(float: $0) }
                }
                body.append(float: 4)
            }
            header.put(word: body.count / 4, at: ROIRecord.Field.shapeCount)
        }
        let offset = header.count + body.count
        header.put(word: offset, at: ROIRecord.Field.secondHeader)
        return header + body + tail(at: offset)
    }

    private func put(_ x: Double, _ y: Double, _ width: Double, _ height: Double, into header: inout [UInt8]) {
        let corners = [AnnotationPoint(x: x, y: y), AnnotationPoint(x: x + width, y: y + height)]
        putBounds(corners, into: &header)
        guard !corners.allSatisfy(\.isShort) else { return }
        header.put(half: ROIRecord.subpixelOption, at: ROIRecord.Field.options)
        for (index, value) in [x, y, width, height].enumerated() {
            header.put(float: value, at: ROIRecord.Field.numbers + 4 * index)
        }
    }

    private func put(_ points: [AnnotationPoint], into header: inout [UInt8], _ body: inout [UInt8]) {
        putBounds(points, into: &header)
        if kind == .line {
            for (index, value) in points.flatMap({ [$0.x, $0.y] }).enumerated() {
                header.put(float: value, at: ROIRecord.Field.numbers + 4 * index)
            }
            return
        }
        header.put(half: points.count < 65536 ? points.count : 0, at: ROIRecord.Field.count)
        if points.count >= 65536 { header.put(word: points.count, at: ROIRecord.Field.numbers) }
        let (left, top) = (points.map(\.x).min() ?? 0, points.map(\.y).min() ?? 0)
        let whole = { (value: Double) in Int(min(32767, max(0, value.rounded(.down)))) }
        for point in points { body.append(half: whole(point.x - left.rounded(.down))) }
        for point in points { body.append(half: whole(point.y - top.rounded(.down))) }
        guard !points.allSatisfy(\.isShort) else { return }
        header.put(half: ROIRecord.subpixelOption, at: ROIRecord.Field.options)
        for point in points { body.append(float: point.x) }
        for point in points { body.append(float: point.y) }
    }

    private func putBounds(_ points: [AnnotationPoint], into header: inout [UInt8]) {
        let (xs, ys) = (points.map(\.x), points.map(\.y))
        let sides = [ys.min()?.rounded(.down), xs.min()?.rounded(.down), ys.max()?.rounded(.up), xs.max()?.rounded(.up)]
        for (index, side) in sides.enumerated() {
            header.put(half: Int(min(32767, max(-32768, side ?? 0))), at: ROIRecord.Field.bounds + 2 * index)
        }
    }

    /// The second header, the name and the properties.
    private func tail(at offset: Int) -> [UInt8] {
        var second = [UInt8](repeating: 0, count: ROIRecord.SecondField.byteCount)
        for (index, at) in [
            (plane?.channel, ROIRecord.SecondField.channel), (plane?.z, ROIRecord.SecondField.depth),
            (plane?.time, ROIRecord.SecondField.time),
        ] {
            if let index { second.put(word: min(index, Int(Int32.max) - 1) + 1, at: at) }
        }
        second[ROIRecord.SecondField.group] = UInt8(group)
        if strokeWidth > 0 { second.put(float: strokeWidth, at: ROIRecord.SecondField.strokeWidth) }
        let name = Array((name ?? "").utf16)
        let list = Array(properties.map { "\($0.key): \($0.value)\n" }.joined().utf16)
        let start = offset + second.count
        if !name.isEmpty {
            second.put(word: start, at: ROIRecord.SecondField.nameOffset)
            second.put(word: name.count, at: ROIRecord.SecondField.nameLength)
        }
        if !list.isEmpty {
            second.put(word: start + 2 * name.count, at: ROIRecord.SecondField.propertiesOffset)
            second.put(word: list.count, at: ROIRecord.SecondField.propertiesLength)
        }
        for unit in name + list { second.append(half: Int(unit)) }
        return second
    }
}

extension AnnotationPoint {
    /// Whether the point can be given in whole numbers of 16 bits.
    fileprivate var isShort: Bool {
        [x, y].allSatisfy { $0 == $0.rounded() && (0...32767).contains($0) }
    }
}

/// Big-endian numbers.
extension [UInt8] {
    fileprivate mutating func put(half value: Int, at offset: Int) {
        self[offset] = UInt8(truncatingIfNeeded: value >> 8)
        self[offset + 1] = UInt8(truncatingIfNeeded: value)
    }

    fileprivate mutating func put(word value: Int, at offset: Int) {
        put(half: value >> 16, at: offset)
        put(half: value, at: offset + 2)
    }

    fileprivate mutating func put(float value: Double, at offset: Int) { put(word: Int(Float(value).bitPattern), at: offset) }

    fileprivate mutating func append(half value: Int) {
        append(UInt8(truncatingIfNeeded: value >> 8))
        append(UInt8(truncatingIfNeeded: value))
    }

    fileprivate mutating func append(float value: Double) {
        let bits = Int(Float(value).bitPattern)
        append(half: bits >> 16)
        append(half: bits)
    }
}

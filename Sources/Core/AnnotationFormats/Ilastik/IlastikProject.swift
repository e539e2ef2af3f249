internal import Annotations
package import Imaging

/// Projects of ilastik's pixel classification: their label sets alone. What is stored of Python's objects beside them is never looked at.
///
/// `PixelClassification/LabelSets/labelsNNN` holds the labels of image NNN in blocks, each with the place of its corner in `blockSlice`. Axes are those
/// of `axistags` where there are as many, otherwise by their number: yx, yxc, zyxc, tzyxc. `LabelNames` and `LabelColors` are the classes.
package enum IlastikProject: AnnotationFormat {
    package static let name = "ilastik project"
    package static let option = "ilastik"
    package static let fileExtensions = ["ilp"]

    static let root = "PixelClassification"
    static let labelSets = "PixelClassification/LabelSets"
    /// Pixels of all blocks of a file.
    private static let pixelsMax = 1 << 28

    package static func recognises(_ content: AnnotationContent) -> Bool {
        guard AnnotationSignature(content.bytes) == .hdf5 else { return false }
        // Why a file cannot be read, reading says.
        return (try? HDF5File(content.bytes, path: content.path).has(labelSets)) ?? true
    }

    package static func read(_ content: AnnotationContent, _ reading: AnnotationReading) throws(ImageError) -> ReadAnnotations {
        let file = try HDF5File(content.bytes, path: content.path)
        var builder = AnnotationBuilder(path: content.path)
        try listClasses(file, &builder)
        let sets = try file.names(in: labelSets)
        var pixelCount = 0
        for set in sets {
            // An image that is not named is the only one.
            let image = sets.count > 1 ? try image(of: set, file) : nil
            let axes = try axes(of: set, file)
            for block in try file.names(in: "\(labelSets)/\(set)") {
                let place = "\(labelSets)/\(set)/\(block)"
                let (shape, values) = try file.bytes(of: place)
                pixelCount += values.count
                guard pixelCount <= pixelsMax else {
                    throw .unsupported(
                        path: content.path, reason: "expected at most \(pixelsMax) labelled pixels, found more")
                }
                let text = try file.attribute("blockSlice", of: place) ?? ""
                guard let slice = slice(text, shape), let block = IlastikBlock(shape, values, at: slice, axes: axes) else {
                    throw .corruptAnnotations(
                        content.path,
                        "\(file.label(place)): expected a block of pixels with its place in blockSlice, found shape \(shape) at \(text.prefix(80))"
                    )
                }
                for (label, plane, patch) in block.patches {
                    var annotation = Annotation(.raster(patch), classNumber: try builder.classNumber(label))
                    (annotation.image, annotation.plane) = (image, plane)
                    try builder.add(annotation)
                }
            }
        }
        return builder.finished()
    }

    private static func listClasses(_ file: HDF5File, _ builder: inout AnnotationBuilder) throws(ImageError) {
        let names = try file.has("\(root)/LabelNames") ? try file.texts(of: "\(root)/LabelNames") : []
        var colours: [Int64] = []
        if try file.has("\(root)/LabelColors") {
            let (shape, values) = try file.integers(of: "\(root)/LabelColors")
            if shape.count == 2, shape[1] >= 3 { colours = (0..<shape[0]).flatMap { values[$0 * shape[1]..<$0 * shape[1] + 3] } }
        }
        for (index, name) in names.enumerated() where index < AnnotationLimits.classMax {
            let values = colours.dropFirst(3 * index).prefix(3).compactMap { UInt8(exactly: $0) }
            let colour = values.count == 3 ? RGBColour(red: values[0], green: values[1], blue: values[2]) : nil
            _ = try builder.classNumber(key: "\u{0}\(index + 1)", name: name, colour: colour, number: index + 1)
        }
    }

    /// Where the project keeps what it knows of the image of a label set.
    private static func infoPlace(of set: String) -> String? {
        Int(set.drop { !$0.isNumber }).map { "Input Data/infos/lane\($0.padded(to: 4))/Raw Data" }
    }

    /// The name of the image's file, without the place inside it.
    private static func image(of set: String, _ file: HDF5File) throws(ImageError) -> String {
        guard let place = infoPlace(of: set), try file.has("\(place)/filePath"),
            let path = try file.texts(of: "\(place)/filePath").first
        else { return set }
        for ending in [".h5/", ".hdf5/", ".ilp/", ".n5/", ".zarr/"] {
            if let range = path.firstRange(of: ending) { return String(path[..<range.upperBound].dropLast()) }
        }
        return path
    }

    /// The letters of the image's axes; empty where they are not known.
    private static func axes(of set: String, _ file: HDF5File) throws(ImageError) -> [Character] {
        guard let place = infoPlace(of: set), try file.has("\(place)/axistags"),
            let text = try file.texts(of: "\(place)/axistags").first,
            let tags = try? JSONParser.parse(Array(text.utf8), path: "axistags")
        else { return [] }
        return (tags["axes"]?.elements ?? []).compactMap { $0["key"]?.string?.first }
    }

    /// `[281:457,412:504,0:1]` as the corner, if it has the shape.
    private static func slice(_ text: String, _ shape: [Int]) -> [Int]? {
        guard text.hasPrefix("["), text.hasSuffix("]") else { return nil }
        let ranges = text.dropFirst().dropLast().split(separator: ",").map { $0.split(separator: ":").compactMap { Int($0) } }
        guard ranges.count == shape.count, ranges.allSatisfy({ $0.count == 2 && (0...1_000_000_000).contains($0[0]) }) else {
            return nil
        }
        let starts = ranges.map { $0[0] }
        let isSame = zip(ranges, shape).allSatisfy { range, side in range[1] == range[0] + side }
        return isSame ? starts : nil
    }
}

/// A block of labels.
struct IlastikBlock {
    private let shape: [Int]
    private let values: [UInt8]
    private let corner: [Int]
    /// The positions of the axes.
    private let (x, y): (Int, Int)
    private let (z, t): (Int?, Int?)

    /// Nil for a block without two axes of pixels, and for one with several channels.
    init?(_ shape: [Int], _ values: [UInt8], at corner: [Int], axes: [Character]) {
        let usual: [Int: [Character]] = [
            2: ["y", "x"], 3: ["y", "x", "c"], 4: ["z", "y", "x", "c"], 5: ["t", "z", "y", "x", "c"],
        ]
        guard let axes = axes.count == shape.count ? axes : usual[shape.count], let x = axes.firstIndex(of: "x"),
            let y = axes.firstIndex(of: "y"), axes.firstIndex(of: "c").map({ shape[$0] <= 1 }) ?? true,
            Set(axes).isSubset(of: ["t", "z", "y", "x", "c"]), Set(axes).count == axes.count,
            corner[x] + shape[x] <= AnnotationLimits.sideMax, corner[y] + shape[y] <= AnnotationLimits.sideMax
        else { return nil }
        (self.shape, self.values, self.corner, self.x, self.y) = (shape, values, corner, x, y)
        (z, t) = (axes.firstIndex(of: "z"), axes.firstIndex(of: "t"))
    }

    /// The pixels of each label, plane by plane.
    var patches: [(label: Int, plane: AnnotationPlane?, patch: RasterPatch)] {
        // How far apart neighbours along each axis are.
        var steps = [Int](repeating: 1, count: shape.count)
        for axis in shape.indices.dropLast().reversed() { steps[axis] = steps[axis + 1] * shape[axis + 1] }
        let (width, height) = (shape[x], shape[y])
        guard !values.isEmpty else { return [] }
        var patches: [(Int, AnnotationPlane?, RasterPatch)] = []
        for time in 0..<(t.map { shape[$0] } ?? 1) {
            for depth in 0..<(z.map { shape[$0] } ?? 1) {
                let base = time * (t.map { steps[$0] } ?? 0) + depth * (z.map { steps[$0] } ?? 0)
                var rows: [Int: [[Range<Int>]]] = [:]
                for row in 0..<height {
                    let start = base + row * steps[y]
                    let step = steps[x]
                    let isMarked = values.withUnsafeBufferPointer { values in
                        stride(from: start, to: start + width * step, by: step).contains { values[$0] != 0 }
                    }
                    guard isMarked else { continue }
                    let line = (0..<width).map { UInt16(values[start + $0 * step]) }
                    for label in Set(line).subtracting([0]) {
                        rows[Int(label), default: [[Range<Int>]](repeating: [], count: height)][row] = line[...].runs(of: label)
                    }
                }
                let plane = AnnotationPlane(z: z.map { corner[$0] + depth }, time: t.map { corner[$0] + time })
                let bounds = PixelRect(x: corner[x], y: corner[y], width: width, height: height)
                for label in rows.keys.sorted() {
                    guard let runs = rows[label] else { continue }
                    patches.append(
                        (label, plane == AnnotationPlane() ? nil : plane, RasterPatch(bounds: bounds, rows: runs).trimmed))
                }
            }
        }
        return patches
    }
}

extension Int {
    /// The number with zeros before it: `0012`.
    func padded(to count: Int) -> String {
        let digits = "\(self)"
        return String(repeating: "0", count: Swift.max(0, count - digits.utf8.count)) + digits
    }
}

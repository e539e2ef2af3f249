package import Annotations
package import Imaging

extension IlastikProject {
    /// The side of a block of labels.
    private static let blockSide = 1024

    /// A project with one label set and the classes, as ilastik and h5py read it: axes yxc, or zyxc where shapes lie on planes.
    ///
    /// - Throws: `ImageError.unsupported` for classes above 255, as ilastik's labels have 8 bits.
    package static func write(_ document: AnnotationDocument, _ writing: AnnotationWriting) throws(ImageError) -> [UInt8]? {
        let (names, colours) = (ClassNames(document), ClassColours(document))
        let last = names.numbers.last ?? 0
        guard last <= 255 else { throw .unsupported(path: name, reason: "expected classes of 1…255, found \(last)") }
        let boxes = document.annotations.map(\.shape.box)
        let width = max(1, writing.width ?? boxes.map(\.endX).max() ?? 1)
        let height = max(1, writing.height ?? boxes.map(\.endY).max() ?? 1)
        let planes = Set(document.annotations.compactMap { $0.plane?.z }).sorted()
        return try HDF5Writer.writing(path: name) { (file) throws(ImageError) in
            for group in [root, labelSets, "\(labelSets)/labels000"] { try file.group(group) }
            try file.write(["0.1"], isScalar: true, to: "\(root)/StorageVersion")
            try file.write((1...max(1, last)).map { names[$0] ?? "Class \($0)" }, to: "\(root)/LabelNames")
            let values = (1...max(1, last)).map { colours[$0] ?? RGBColour.classColour($0 - 1) }
            for list in ["LabelColors", "PmapColors"] {
                try file.write(
                    values.flatMap { [Int64($0.red), Int64($0.green), Int64($0.blue)] }, shape: [values.count, 3],
                    to: "\(root)/\(list)")
            }
            var count = 0
            for plane in planes.isEmpty ? [nil] : planes.map(Optional.some) {
                let drawn = try ShapePixels(
                    document, width: width, height: height, plane: plane.map { AnnotationPlane(z: $0) }, path: name)
                for tile in TileGrid(imageWidth: width, imageHeight: height, tileSide: blockSide, haloPixels: 0).cores
                where drawn.mayHaveLabels(in: tile) {
                    if try write(drawn, tile, plane, count, to: file) { count += 1 }
                }
            }
        }
    }

    /// Writes the labels of a tile, in the box around them, as a block; false if it has none.
    private static func write(
        _ drawn: ShapePixels, _ tile: PixelRect, _ plane: Int?, _ index: Int, to file: HDF5Writer
    ) throws(ImageError) -> Bool {
        var rows: [[UInt8]] = []
        try drawn.forEachRow(in: tile) { _, labels in rows.append(labels.map { UInt8($0) }) }
        let marked = rows.indices.filter { rows[$0].contains { $0 != 0 } }
        let columns = (0..<tile.width).filter { column in marked.contains { rows[$0][column] != 0 } }
        guard let first = marked.first, let last = marked.last, let start = columns.first, let end = columns.last else {
            return false
        }
        let depth = plane.map { [$0..<$0 + 1] } ?? []
        let ranges = depth + [tile.y + first..<tile.y + last + 1, tile.x + start..<tile.x + end + 1, 0..<1]
        try file.write(
            rows[first...last].flatMap { $0[start...end] }, shape: ranges.map(\.count),
            to: "\(labelSets)/labels000/block\(index.padded(to: 4))",
            attribute: ("blockSlice", "[\(ranges.map { "\($0.lowerBound):\($0.upperBound)" }.joined(separator: ","))]"))
        return true
    }
}

extension TileGrid {
    /// The pixels of each tile, row by row.
    fileprivate var cores: some Sequence<PixelRect> {
        (0..<count).lazy.map { index in tile(row: index / columns, column: index % columns).core }
    }
}

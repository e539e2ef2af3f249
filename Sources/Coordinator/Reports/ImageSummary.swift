internal import Foundation
package import Imaging

/// What `coppice info` says of an image.
package struct ImageSummary {
    package let image: ImageInput
    package let source: ImageSource
    package let contents: ImageContents

    package init(image: ImageInput, source: ImageSource, contents: ImageContents) {
        self.image = image
        self.source = source
        self.contents = contents
    }

    /// Sides of the tiles that `coppice segment` takes for large images.
    private static let tileSide = 1024
    /// The halo of the default features, in pixels.
    private static let haloPixels = 64

    package var lines: [String] {
        let info = source.info
        let channels = image.selection.channels == nil ? contents.channels : info.channels
        let size =
            "\(image): \(info.width)×\(info.height) pixels, \(channels) channel\(channels == 1 ? "" : "s"), "
            + info.sampleType.rawValue
        let storage: String
        switch source {
        case .rows: storage = "rows, decoded from the top to the bottom"
        case .windows(let reader):
            storage = "tiles of \(reader.chunkWidth)×\(reader.chunkHeight) pixels, of which windows are read"
        }
        let grid = TileGrid(
            imageWidth: info.width, imageHeight: info.height, tileSide: Self.tileSide, haloPixels: Self.haloPixels)
        let window = grid.tile(row: min(1, grid.rows - 1), column: min(1, grid.columns - 1)).window
        let windowBytes = window.area * info.channels * info.sampleType.byteCount
        return [size] + contentLines + [
            "stored as \(storage)",
            "segmented as \(grid.count) tile\(grid.count == 1 ? "" : "s") of up to \(Self.tileSide)×\(Self.tileSide); "
                + "\(Self.megabytes(info.height * info.rowByteCount)) decoded, \(Self.megabytes(windowBytes)) a tile with its halo",
        ]
    }

    /// What there is besides one plane in one resolution.
    private var contentLines: [String] {
        var lines: [String] = []
        if !contents.channelNames.isEmpty { lines.append("channels \(contents.channelNames.joined(separator: ", "))") }
        if contents.pages > 1 {
            let dimensions = [(contents.depth, "in depth"), (contents.times, "time points")].filter { $0.0 > 1 }
            lines.append(
                "\(contents.pages) pages (\(dimensions.map { "\($0.0) \($0.1)" }.joined(separator: " × "))), "
                    + "each segmented by itself (--page, --all-pages)")
        }
        if contents.levels.count > 1 || contents.levels.contains(where: { $0.micronsPerPixel != nil }) {
            let levels = contents.levels.enumerated().map { number, level in
                let size = level.micronsPerPixel.map { " of \(($0 * 1e4).rounded() / 1e4) µm" } ?? ""
                return "\(number): \(level.width)×\(level.height)\(size)"
            }
            lines.append("levels \(levels.joined(separator: ", "))")
        }
        return lines + placeLines + contents.notes.map { "note: \($0.text)" }
    }

    /// Where the pixels lie, as far as the file says it.
    private var placeLines: [String] {
        let metadata = contents.levels.indices.contains(image.selection.level) ? image.metadata : contents.metadata
        var lines: [String] = []
        if let x = metadata.x, let y = metadata.y {
            lines.append("pixels of \(Self.length(abs(x.step), nil)) × \(Self.length(abs(y.step), y.unit))")
            if x.origin != 0 || y.origin != 0 {
                lines.append("first pixel at x \(Self.length(x.origin, x.unit)), y \(Self.length(y.origin, y.unit))")
            }
        }
        if let z = metadata.z, contents.depth > 1 { lines.append("planes \(Self.length(z.step, z.unit)) apart") }
        if let time = metadata.time, contents.times > 1 { lines.append("time points \(Self.length(time.step, time.unit)) apart") }
        if let geo = metadata.geo {
            let turned = geo.affine.map { $0.isUpright ? "" : ", turned" } ?? ", by \(geo.tiepoints.count / 6) points"
            lines.append("georeferenced\(geo.code.map { " in \($0)" } ?? "")\(geo.isGeographic ? ", in degrees" : "")\(turned)")
        }
        return lines
    }

    /// A number with its unit's symbol, in at most ten digits.
    private static func length(_ value: Double, _ unit: String?) -> String {
        let digits = String(format: "%.10g", value)
        return digits + (unit.map { " \(PhysicalUnit($0)?.symbol ?? $0)" } ?? "")
    }

    private static func megabytes(_ count: Int) -> String { "\((Double(count) / 1e5).rounded() / 10) MB" }
}

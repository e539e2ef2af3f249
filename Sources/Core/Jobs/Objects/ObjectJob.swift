internal import Foundation
internal import Imaging
package import Objects
package import Primitives
package import Protocol

/// Find the objects of one tile of a label image, and sum up what is measured of them.
///
/// The window is of labels: one channel of whole numbers from 0 to 65535. What is asked for of its core are the parts of objects that lie
/// in it, which whoever asked joins with those of other tiles.
package struct ObjectJob: WindowJob {
    package static let kind = "objects"

    package var window: WindowDocument
    package var rules: ObjectRules
    /// Column and row of the core's first pixel in the image.
    package var x: Int
    package var y: Int
    package var imageWidth: Int
    package var imageHeight: Int
    /// The core of the image whose values are measured, and of the probabilities of classes.
    package var image: WindowDocument?
    package var probabilities: WindowDocument?
    /// The channel of `probabilities` of each class of the rules.
    package var channels: [Int]?
    /// Whether places where three regions meet are kept in outlines.
    package var marksJunctions: Bool
    /// Whether the pixels of each part are wanted.
    package var wantsRuns: Bool

    /// Side of the largest core.
    package static let sideMax = 1 << 13

    package init(
        rules: ObjectRules, window: WindowDocument, x: Int, y: Int, imageWidth: Int, imageHeight: Int,
        marksJunctions: Bool = false,
        wantsRuns: Bool = false
    ) {
        (self.rules, self.window, self.x, self.y) = (rules, window, x, y)
        (self.imageWidth, self.imageHeight) = (imageWidth, imageHeight)
        (self.marksJunctions, self.wantsRuns) = (marksJunctions, wantsRuns)
    }

    package var blobs: [ContentHash] { [] }

    package struct Output: Codable, Sendable {
        /// uint8 `[part][8 · words]`: `ObjectRecord`, in the order of first pixels.
        package var parts: WireArray
        /// uint8: the hulls and outlines of all parts, as `FragmentDetail` packs them.
        package var details: WireArray
        /// int32: the part of each pixel at the core's top, bottom, left and right side, −1 for none.
        package var borders: WireArray
        /// int32 `[run][4]`: row, first column, the column after the last one, part; in the core.
        package var runs: WireArray?
    }

    package func workspaceBytes(blobs: BlobSet) -> ByteCount {
        // Cells, runs of one pixel, and marks for the perimeter and the outline; with splitting and filling two more sets of runs.
        let area = ByteCount(window.core.width + 2 * rules.haloPixels, window.core.height + 2 * rules.haloPixels, 64)
        let images = [image, probabilities].compactMap(\.self).reduce(ByteCount(0)) { $0 + $1.workspaceBytes }
        return window.workspaceBytes + area + images
    }

    package func run(in slot: SlotWorkspace, blobs: BlobSet) throws(JobError) -> Output {
        try requirePlace()
        let labels = try window.window(in: slot)
        let core = PixelRect(x: x, y: y, width: window.core.width, height: window.core.height)
        let frame = PixelRect(x: x - window.core.x, y: y - window.core.y, width: labels.width, height: labels.height)
        guard frame == core.padded(by: rules.haloPixels, clippedTo: imageWidth, imageHeight) else {
            throw .invalid("window: expected the core and \(rules.haloPixels) pixels around it, found \(frame) around \(core)")
        }
        let objects: TileObjects
        do {
            let cells = try CellWindow(labels, at: frame, ofImage: imageWidth, imageHeight, rules)
            try slot.checkCancellation()
            objects = TileObjects(cells, core: core, rules)
        } catch let error as ObjectError {
            throw .invalid(error.description)
        } catch {
            throw .cancelled
        }
        try slot.checkCancellation()
        let values = try image.map { document throws(JobError) in objects.values(in: try measured(document, "image", in: slot)) }
        let shares = try probabilities.map { document throws(JobError) in
            try probability(objects.values(in: try measured(document, "probabilities", in: slot)), objects.sums)
        }
        return output(objects, values, shares)
    }

    private func requirePlace() throws(JobError) {
        let core = window.core
        guard core.width <= Self.sideMax, core.height <= Self.sideMax, x >= 0, y >= 0, imageWidth <= 1 << 31,
            imageHeight <= 1 << 31,
            x <= imageWidth - core.width, y <= imageHeight - core.height
        else {
            throw .invalid(
                "window.core: expected at most \(Self.sideMax)×\(Self.sideMax) pixels inside \(imageWidth)×\(imageHeight), found \(core) at \(x), \(y)"
            )
        }
        let classes = rules.classes
        guard !classes.isEmpty, classes[0] > 0, zip(classes, classes.dropFirst()).allSatisfy(<) else {
            throw .invalid("rules.classes: expected ascending labels above 0, found \(classes.prefix(20))")
        }
        guard rules.splitDepth.map({ $0 > 0 }) ?? true else {
            throw .invalid("rules.splitDepth: expected a depth above 0, found \(rules.splitDepth ?? 0)")
        }
    }

    /// The pixels of the core in another image.
    private func measured(_ document: WindowDocument, _ name: String, in slot: SlotWorkspace) throws(JobError) -> PixelBuffer {
        let pixels = try document.window(in: slot)
        guard pixels.width == window.core.width, pixels.height == window.core.height else {
            throw .invalid(
                "\(name): expected the \(window.core.width)×\(window.core.height) pixels of the core, found \(pixels.width)×\(pixels.height)"
            )
        }
        return pixels
    }

    /// The sums of the channel of each part's class.
    private func probability(_ sums: [[ValueSums]], _ parts: [FragmentSums]) throws(JobError) -> [ValueSums] {
        guard let channels, channels.count == rules.classes.count else {
            throw .invalid("channels: expected one for each of \(rules.classes.count) classes, found \(channels?.count ?? 0)")
        }
        if let first = sums.first, let wrong = channels.first(where: { !first.indices.contains($0) }) {
            throw .invalid("channels: expected positions below \(first.count), found \(wrong)")
        }
        var found: [ValueSums] = []
        for (part, sums) in zip(parts, sums) {
            guard let place = rules.classes.firstIndex(of: part.value.label) else { continue }
            found.append(sums[channels[place]])
        }
        return found
    }

    private func output(_ objects: TileObjects, _ values: [[ValueSums]]?, _ shares: [ValueSums]?) -> Output {
        let (hulls, outlines) = (objects.hulls(), objects.outlines(marksJunctions: marksJunctions))
        var (words, details) = ([Int64](), [UInt8]())
        for (index, part) in objects.sums.enumerated() {
            let before = details.count
            FragmentDetail.pack(hull: hulls[index], outlines[index], x: x, y: y, into: &details)
            var sums = values?[index] ?? []
            if let shares { sums.append(shares[index]) }
            ObjectRecord.append(part, detailByteCount: details.count - before, sums, to: &words)
        }
        let wordCount = objects.sums.isEmpty ? 0 : words.count / objects.sums.count
        let bytes = words.withUnsafeBytes { Data($0) }
        let borders = objects.borders
        var output = Output(
            parts: WireArray(dtype: .uint8, shape: [objects.sums.count, 8 * wordCount], bytes: bytes, isDeflated: true),
            details: WireArray(details, .uint8, isDeflated: true),
            borders: WireArray(borders.top + borders.bottom + borders.left + borders.right, .int32, isDeflated: true))
        guard wantsRuns else { return output }
        var runs: [Int32] = []
        for row in y..<objects.core.endY {
            for run in objects.components.runs(ofRow: row) {
                runs += [Int32(row - y), run.start - Int32(x), run.end - Int32(x), run.component]
            }
        }
        output.runs = WireArray(runs, .int32, shape: [runs.count / 4, 4], isDeflated: true)
        return output
    }

    package func check(_ output: Output) throws(WireError) {
        let (width, height) = (window.core.width, window.core.height)
        let count = output.parts.shape.first ?? 0
        try output.parts.require(.uint8, [nil, nil], "parts")
        try output.details.require(.uint8, [nil], "details")
        try output.borders.require(.int32, [2 * width + 2 * height], "borders")
        if let bad = output.borders.elements(as: Int32.self).first(where: { $0 < -1 || Int($0) >= count }) {
            throw .invalid("borders: expected parts below \(count), found \(bad)")
        }
        guard (output.runs != nil) == wantsRuns else {
            throw .invalid("runs: expected \(wantsRuns ? "some" : "none"), found otherwise")
        }
        guard let runs = output.runs else { return }
        try runs.require(.int32, [nil, 4], "runs")
        let values = runs.elements(as: Int32.self)
        for place in stride(from: 0, to: values.count, by: 4) {
            let run = values[place..<place + 4].map(Int.init)
            guard run[0] >= 0, run[0] < height, run[1] >= 0, run[1] < run[2], run[2] <= width, run[3] >= 0, run[3] < count else {
                throw .invalid("runs: expected runs inside the core of parts below \(count), found \(run)")
            }
        }
    }
}

internal import CFuzzer
@testable import Formats
internal import FuzzHarness
@testable import Imaging

/// Every input is a file that is read as an image and as a label map: whole, in bands and row by row.
///
/// Label maps are the annotations that Coppice reads; there is no other annotation format yet.
@main
enum ImagesTarget {
    // libFuzzer calls on one thread.
    nonisolated(unsafe) private static let file = MemoryFile()

    static let limits = ImageLimits(heldBytesMax: 64 << 20)
    /// Of larger images only the first rows are read, one by one: four times this many bytes.
    private static let wholeBytesMax = 1 << 22

    static func main() throws {
        try Fuzzing.main(seeds: ImageSeeds.all) { input, count in
            ImagesTarget.test(Fuzzing.bytes(input, count))
            return 0
        }
    }

    private static func test(_ bytes: [UInt8]) {
        file.replaceContent(bytes)
        do throws(ImageError) { try readImage() } catch { Fuzzing.expectOneLine(error.description) }
        do throws(ImageError) { try readLabels() } catch { Fuzzing.expectOneLine(error.description) }
        do throws(ImageError) { try readLast() } catch { Fuzzing.expectOneLine(error.description) }
    }

    /// The last plane of a stack, in the smallest resolution.
    private static func readLast() throws(ImageError) {
        let contents = try ImageFile.contents(path: file.path, limits: limits)
        precondition(contents.pages >= 1 && !contents.levels.isEmpty, "\(contents)")
        let selection = ImageSelection(page: contents.pages - 1, level: contents.levels.count - 1)
        guard selection != .first else { return }
        let info = try ImageFile.source(path: file.path, selection, limits: limits).info
        guard info.height * info.rowByteCount <= wholeBytesMax else { return }
        _ = try ImageFile.readAll(path: file.path, selection, limits: limits)
    }

    private static func readImage() throws(ImageError) {
        let reader = try ImageFile.open(path: file.path, limits: limits)
        let info = reader.info
        precondition(info.width >= 1 && info.height >= 1 && (1...1024).contains(info.channels), "\(info)")
        guard info.height * info.rowByteCount <= wholeBytesMax else {
            var row = [UInt8](repeating: 0, count: info.rowByteCount)
            for _ in 0..<min(info.height, 4 * wholeBytesMax / info.rowByteCount + 1) {
                try row.withUnsafeMutableBufferPointer { (row) throws(ImageError) in
                    try reader.read(1, into: UnsafeMutableRawBufferPointer(row))
                }
            }
            return
        }
        let whole = try ImageFile.readAll(path: file.path, limits: limits)
        let band = BandReader(reader)
        let step = 1 + info.height / 3
        for start in stride(from: 0, to: info.height, by: step) {
            let rows = start..<min(info.height, start + step)
            try band.advance(to: rows)
            let window = band.window(PixelRect(x: 0, y: start, width: info.width, height: rows.count))
            let slice = whole.bytes[rows.lowerBound * info.rowByteCount..<rows.upperBound * info.rowByteCount]
            precondition(window.bytes.elementsEqual(slice), "rows \(rows) differ from the whole image's")
        }
    }

    private static func readLabels() throws(ImageError) {
        let reader = try ImageFile.openLabels(path: file.path, limits: limits)
        let (width, height) = (reader.width, reader.height)
        guard height * width * 2 <= wholeBytesMax else {
            var row = [UInt16](repeating: 0, count: width)
            for _ in 0..<min(height, 2 * wholeBytesMax / width + 1) {
                try row.withUnsafeMutableBufferPointer { (row) throws(ImageError) in try reader.read(1, into: row) }
            }
            return
        }
        let whole = try ImageFile.readAllLabels(path: file.path, limits: limits)
        precondition(whole.presentLabels.allSatisfy { $0 > 0 })
        let band = LabelBandReader(reader)
        let half = height / 2
        for rows in [0..<half, half..<height] where !rows.isEmpty {
            try band.advance(to: rows)
            let window = band.window(PixelRect(x: 0, y: rows.lowerBound, width: width, height: rows.count))
            precondition(
                window.labels.elementsEqual(whole.labels[rows.lowerBound * width..<rows.upperBound * width]),
                "rows \(rows) differ from the whole map's")
        }
    }
}

/// Puts the checksum of every whole PNG chunk right after a mutation, so that damage gets past the first check.
@_cdecl("LLVMFuzzerCustomMutator")
func mutateImage(_ data: UnsafeMutablePointer<UInt8>, _ count: Int, _ countMax: Int, _ seed: UInt32) -> Int {
    let count = LLVMFuzzerMutate(data, count, countMax)
    // Some damage to checksums is wanted as well.
    guard !seed.isMultiple(of: 16) else { return count }
    let bytes = UnsafeMutableBufferPointer(start: data, count: count)
    var at = 8
    while at + 12 <= count {
        let length = bytes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
        guard at + 12 + length <= count else { break }
        let checksum = HandmadePNG.crc32(Array(bytes[at + 4..<at + 8 + length]))
        for (index, byte) in HandmadePNG.bigEndian(Int(checksum)).enumerated() { bytes[at + 8 + length + index] = byte }
        at += 12 + length
    }
    return count
}

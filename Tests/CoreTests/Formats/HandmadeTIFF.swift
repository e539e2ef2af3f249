/// TIFF files made by the letter of the format: little-endian, uncompressed, one strip an image or square tiles, samples interleaved.
enum HandmadeTIFF {
    struct Image {
        var width: Int
        var height: Int
        var samplesPerPixel = 1
        var bytesPerSample = 1
        var description: String?
        /// Bit 0: a reduced resolution.
        var subfileType = 0
        /// Side of its tiles, a multiple of 16; nil for one strip.
        var tileSide: Int?
        /// Pixels in a centimetre.
        var resolution: Int?
        /// 0: grey levels are counted from white; nil for RGB of three samples, otherwise grey levels from black.
        var photometric: Int?
        var orientation: Int?
        /// 2: signed integers, 3: floats; nil for unsigned integers.
        var sampleFormat: Int?
        /// What samples beyond the colours are: 0 anything, 2 alpha.
        var extraSamples: [Int] = []
        /// GDAL's value for no data.
        var noData: String?
        /// The number of its compression: 1 for none.
        var compression = 1
        /// Chunks as they are stored, in place of `bytes`; empty for what `bytes` are.
        var packed: [[UInt8]] = []
        /// Of each sample; nil for whole bytes.
        var bitsPerSample: Int?
        /// Of each sample, where they differ.
        var bitsOfSamples: [Int] = []
        /// Whether the samples of a pixel lie in chunks of their own.
        var isPlanar = false
        /// Nil for one strip.
        var rowsPerStrip: Int?
        /// Chunks that are left out of the file.
        var missing: Set<Int> = []
        /// More fields, in place of those with the same tags.
        var fields: [Field] = []
        /// `[row][column][sample]`.
        var bytes: [UInt8]
        /// Smaller resolutions, in directories of their own below this one.
        var below: [Image] = []

        /// An image whose values follow from `seed` and their positions.
        init(_ width: Int, _ height: Int, samplesPerPixel: Int = 1, seed: Int, description: String? = nil, subfileType: Int = 0) {
            (self.width, self.height, self.samplesPerPixel) = (width, height, samplesPerPixel)
            (self.description, self.subfileType) = (description, subfileType)
            bytes = (0..<width * height * samplesPerPixel).map { UInt8(truncatingIfNeeded: ($0 + 1) * (2 * seed + 1) + $0 / 7) }
        }

        fileprivate var bits: [Int] {
            bitsOfSamples.isEmpty
                ? [Int](repeating: bitsPerSample ?? 8 * bytesPerSample, count: samplesPerPixel) : bitsOfSamples
        }

        /// What is stored in one piece.
        fileprivate var chunks: [[UInt8]] {
            if !packed.isEmpty { return packed }
            guard let side = tileSide else { return [bytes] }
            let pixel = samplesPerPixel * bytesPerSample
            return (0...(height - 1) / side).flatMap { row in
                (0...(width - 1) / side).map { column in
                    (0..<side).flatMap { y in
                        (0..<side).flatMap { x -> [UInt8] in
                            let (line, place) = (row * side + y, column * side + x)
                            guard line < height, place < width else { return [UInt8](repeating: 0, count: pixel) }
                            return Array(bytes[(line * width + place) * pixel..<(line * width + place + 1) * pixel])
                        }
                    }
                }
            }
        }
    }

    /// One field of a directory.
    struct Field {
        var tag: Int
        /// 2 text, 3 of two bytes, 4 of four, 5 a fraction, 12 a double.
        var type: Int
        var count: Int
        var bytes: [UInt8]

        static func doubles(_ tag: Int, _ values: [Double]) -> Field {
            Field(
                tag: tag, type: 12, count: values.count, bytes: values.flatMap { little(Int(bitPattern: UInt($0.bitPattern)), 8) }
            )
        }

        static func shorts(_ tag: Int, _ values: [Int]) -> Field {
            Field(tag: tag, type: 3, count: values.count, bytes: values.flatMap { little($0, 2) })
        }

        static func fraction(_ tag: Int, _ above: Int, _ below: Int) -> Field {
            Field(tag: tag, type: 5, count: 1, bytes: little(above, 4) + little(below, 4))
        }

        static func text(_ tag: Int, _ text: String) -> Field {
            Field(tag: tag, type: 2, count: text.utf8.count + 1, bytes: Array(text.utf8) + [0])
        }
    }

    /// A file of images one after the other.
    static func file(_ images: [Image]) -> [UInt8] {
        var file: [UInt8] = Array("II".utf8) + little(42, 2) + little(0, 4)
        var link = 4
        for image in images {
            let below = image.below.map { append($0, below: [], to: &file).directory }
            let (directory, next) = append(image, below: below, to: &file)
            file.replaceSubrange(link..<link + 4, with: little(directory, 4))
            link = next
        }
        return file
    }

    /// Appends an image and its directory; returns where the directory is, and where it says which one is next.
    private static func append(_ image: Image, below: [Int], to file: inout [UInt8]) -> (directory: Int, next: Int) {
        func store(_ bytes: [UInt8]) -> Int {
            if file.count % 2 == 1 { file.append(0) }
            defer { file += bytes }
            return file.count
        }
        let chunks = image.chunks.enumerated().map { index, chunk in
            image.missing.contains(index) ? (offset: 0, count: 0) : (offset: store(chunk), count: chunk.count)
        }
        let offsets = Array(chunks.map { little($0.offset, 4) }.joined())
        let counts = Array(chunks.map { little($0.count, 4) }.joined())
        // Tag, type (2 text, 3 of two bytes, 4 of four, 5 a fraction), values.
        var entries: [(tag: Int, type: Int, count: Int, bytes: [UInt8])] = [
            (254, 4, 1, little(image.subfileType, 4)), (256, 4, 1, little(image.width, 4)), (257, 4, 1, little(image.height, 4)),
            (
                258, 3, image.samplesPerPixel,
                Array(image.bits.map { little($0, 2) }.joined())
            ),
            (259, 3, 1, little(image.compression, 2)),
            (262, 3, 1, little(image.photometric ?? (image.samplesPerPixel == 3 ? 2 : 1), 2)),
            (277, 3, 1, little(image.samplesPerPixel, 2)),
        ]
        if let side = image.tileSide {
            entries += [(322, 3, 1, little(side, 2)), (323, 3, 1, little(side, 2))]
            entries += [(324, 4, chunks.count, offsets), (325, 4, chunks.count, counts)]
        } else {
            entries += [(273, 4, chunks.count, offsets), (279, 4, chunks.count, counts)]
            entries.append((278, 4, 1, little(image.rowsPerStrip ?? image.height, 4)))
        }
        if image.isPlanar { entries.append((284, 3, 1, little(2, 2))) }
        if let description = image.description {
            let text = Array(description.utf8) + [0]
            entries.append((270, 2, text.count, text))
        }
        for (tag, value) in [(274, image.orientation), (339, image.sampleFormat)] {
            guard let value else { continue }
            let count = tag == 339 ? image.samplesPerPixel : 1
            entries.append((tag, 3, count, Array((0..<count).map { _ in little(value, 2) }.joined())))
        }
        if !image.extraSamples.isEmpty {
            entries.append((338, 3, image.extraSamples.count, Array(image.extraSamples.map { little($0, 2) }.joined())))
        }
        if let noData = image.noData { entries.append((42113, 2, noData.utf8.count + 1, Array(noData.utf8) + [0])) }
        if let resolution = image.resolution {
            entries.append((282, 5, 1, little(resolution, 4) + little(1, 4)))
            entries.append((283, 5, 1, little(resolution, 4) + little(1, 4)))
            entries.append((296, 3, 1, little(3, 2)))
        }
        if !below.isEmpty { entries.append((330, 4, below.count, Array(below.map { little($0, 4) }.joined()))) }
        entries.removeAll { entry in image.fields.contains { $0.tag == entry.tag } }
        entries += image.fields.map { ($0.tag, $0.type, $0.count, $0.bytes) }
        var table = little(entries.count, 2)
        for entry in entries.sorted(by: { $0.tag < $1.tag }) {
            table += little(entry.tag, 2) + little(entry.type, 2) + little(entry.count, 4)
            table +=
                entry.bytes.count <= 4
                ? entry.bytes + [UInt8](repeating: 0, count: 4 - entry.bytes.count) : little(store(entry.bytes), 4)
        }
        let directory = store(table + little(0, 4))
        return (directory, directory + table.count)
    }

    private static func little(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}

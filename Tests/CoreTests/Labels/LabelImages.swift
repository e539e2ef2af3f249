@testable import Formats
@testable import Imaging

/// Small label images, made sample by sample.
enum LabelImages {
    /// A PNG; `samples` are `[row][column][sample]`.
    static func png(
        _ width: Int, _ samples: [Int], colourType: Int, bitDepth: Int = 8, extra: [[UInt8]] = []
    ) throws -> [UInt8] {
        let perRow = width * [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][colourType, default: 1]
        let rows = stride(from: 0, to: samples.count, by: perRow).map {
            HandmadePNG.packed(Array(samples[$0..<$0 + perRow]), bitDepth: bitDepth)
        }
        return try HandmadePNG.file(
            width: width, height: rows.count, bitDepth: bitDepth, colourType: colourType, rows: rows, extra: extra)
    }

    /// A TIFF of values of any type, little-endian as the machine's are.
    static func tiff<Value: BitwiseCopyable>(
        _ width: Int, _ samples: [Value], perPixel: Int = 1, format: Int? = nil, photometric: Int? = nil, extra: [Int] = []
    ) -> HandmadeTIFF.Image {
        var image = HandmadeTIFF.Image(width, samples.count / perPixel / width, samplesPerPixel: perPixel, seed: 0)
        image.bytesPerSample = MemoryLayout<Value>.size
        (image.sampleFormat, image.photometric, image.extraSamples) = (format, photometric, extra)
        image.bytes = samples.withUnsafeBytes(Array.init)
        return image
    }

    /// Pixels of 8 bits in memory, for surveys.
    static func pixels(
        _ width: Int, _ samples: [UInt8], channels: Int = 1, palette: [RGBColour] = [], path: String = "l"
    ) throws -> LabelPixels {
        let buffer = PixelBuffer(
            width: width, height: samples.count / channels / width, channels: channels, sampleType: .uint8, bytes: samples)
        let rows = BufferedRowReader(buffer.info) { row in
            buffer.cropped(to: PixelRect(x: 0, y: row, width: buffer.width, height: 1))
        }
        return try LabelPixels(rows, palette: palette, opacity: channels.isMultiple(of: 2) ? channels - 1 : nil, path: path)
    }

    /// What a survey of pixels finds.
    static func survey(_ pixels: LabelPixels) throws -> LabelSurvey {
        let surveyor = LabelSurveyor(pixels)
        while true {
            if let survey = try surveyor.step() { return survey }
        }
    }

    /// All labels of a reader.
    static func labels(_ reader: any LabelRowReader) throws -> [Int] {
        var labels = [UInt16](repeating: 9, count: reader.width * reader.height)
        try labels.withUnsafeMutableBufferPointer { try reader.read(reader.height, into: $0) }
        return labels.map(Int.init)
    }
}

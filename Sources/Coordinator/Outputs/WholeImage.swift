internal import Imaging

extension PixelBuffer {
    /// Writes the pixels as a PNG, grey or RGB.
    ///
    /// - Precondition: one or three channels of uint8 or uint16.
    package func write(to path: String) throws {
        precondition(channels == 1 || channels == 3, "\(channels) channels")
        let kind: PixelKind =
            switch (channels, sampleType) {
            case (1, .uint8): .grey8
            case (1, .uint16): .grey16
            case (_, .uint8): .rgb8
            case (_, .uint16): .rgb16
            default: preconditionFailure("pixels of \(sampleType)")
            }
        let png = try MapFile(path: path, width: width, height: height, kind: kind)
        try png.write(PixelRect(x: 0, y: 0, width: width, height: height), bytes)
        try png.seal()
        try png.publish()
    }
}

extension LabelMap {
    /// Writes the labels as a palette PNG in class colours, unlabelled pixels black.
    ///
    /// - Precondition: labels are 0…255.
    package func write(to path: String) throws {
        let largest = Int(labels.max() ?? 0)
        precondition(largest <= 255, "label \(largest)")
        let palette = [RGBColour(red: 0, green: 0, blue: 0)] + (0..<largest).map { RGBColour.classColour($0) }
        let png = try MapFile(path: path, width: width, height: height, kind: .palette8(palette))
        try png.write(PixelRect(x: 0, y: 0, width: width, height: height), labels.map { UInt8($0) })
        try png.seal()
        try png.publish()
    }
}

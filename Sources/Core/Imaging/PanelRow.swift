/// Pictures in one row, from the left to the right, with white columns between them and no border around them.
package struct PanelRow: Sendable {
    /// 8-bit RGB, all of one height; at least one.
    private let panels: [PixelBuffer]
    /// White columns between two panels.
    private let gapPixels: Int

    /// - Precondition: there is a panel, and the gap is ≥ 0.
    /// - Throws: for a panel that is not 8-bit RGB, or of another height than the first.
    package init(_ panels: [PixelBuffer], gapPixels: Int) throws(PanelRowError) {
        precondition(!panels.isEmpty && gapPixels >= 0, "\(panels.count) panels, gap \(gapPixels)")
        let rows = panels[0].height
        for (index, panel) in panels.enumerated() {
            guard panel.channels == 3, panel.sampleType == .uint8 else {
                throw PanelRowError(
                    "panel \(index + 1): expected 3 channels of uint8, found \(panel.channels) of \(panel.sampleType)")
            }
            guard panel.height == rows else {
                throw PanelRowError("panel \(index + 1): expected \(rows) rows, found \(panel.height)")
            }
        }
        self.panels = panels
        self.gapPixels = gapPixels
    }

    /// The row as one picture: 8-bit RGB, all pixels as they are stored.
    ///
    /// - Complexity: O(pixels).
    package func joined() -> PixelBuffer {
        let height = panels[0].height
        let width = panels.reduce(gapPixels * (panels.count - 1)) { $0 + $1.width }
        let gap = [UInt8](repeating: 255, count: 3 * gapPixels)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(3 * width * height)
        for row in 0..<height {
            for (index, panel) in panels.enumerated() {
                if index > 0 { bytes += gap }
                let start = 3 * row * panel.width
                bytes += panel.bytes[start..<start + 3 * panel.width]
            }
        }
        return PixelBuffer(width: width, height: height, channels: 3, sampleType: .uint8, bytes: bytes)
    }
}

/// Why pictures do not fit into one row: one line.
package struct PanelRowError: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

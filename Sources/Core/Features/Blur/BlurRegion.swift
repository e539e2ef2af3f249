internal import Imaging

/// What must be blurred for the features of a core rectangle; window coordinates.
struct BlurRegion {
    /// The pixels whose features are wanted.
    let core: PixelRect
    let windowWidth: Int
    let windowHeight: Int
    /// Blurred pixels that the features read around a pixel.
    let reach: Int

    init(core: PixelRect, windowWidth: Int, windowHeight: Int, reach: Int) {
        (self.core, self.windowWidth, self.windowHeight, self.reach) = (core, windowWidth, windowHeight, reach)
    }

    /// A single pixel: the value of who has not got a region yet.
    init() { self.init(core: PixelRect(x: 0, y: 0, width: 1, height: 1), windowWidth: 1, windowHeight: 1, reach: 0) }

    /// The same core with another reach.
    func with(reach: Int) -> BlurRegion {
        BlurRegion(core: core, windowWidth: windowWidth, windowHeight: windowHeight, reach: reach)
    }

    /// Columns of the window whose blurred values are needed.
    var columns: Range<Int> { max(0, core.x - reach)..<min(windowWidth, core.endX + reach) }

    /// Rows of the window whose blurred values are needed.
    var rows: Range<Int> { max(0, core.y - reach)..<min(windowHeight, core.endY + reach) }

    /// Columns of the window that a horizontal blur of `radius` reads for `columns`.
    func columnsRead(radius: Int) -> Range<Int> {
        max(0, columns.lowerBound - radius)..<min(windowWidth, columns.upperBound + radius)
    }
}

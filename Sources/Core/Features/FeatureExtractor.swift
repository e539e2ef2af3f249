package import Imaging

/// Computes the features of a tile, as float planes, as bins, or of listed pixels only.
///
/// 1. The window's channels are laid out as planes of 16-bit values.
/// 2. Blocks of 32 rows, of one channel after the other, are blurred at every sigma (`GaussianBlur`); the last blurred rows of
///    a block, twice the widest reach of the families, are carried to the next, so that no row is blurred twice.
/// 3. For each sigma, kernels turn the block's rows into the features of every scale, 256 columns at a time; they are handed to a
///    sink that stores or bins them while they are in the first-level cache.
/// 4. Families of named planes read rows that are kept of the blurs (`InputPlanes`); their kernels run once all channels have come.
///
/// The sequence of float operations behind a pixel's value depends on the pixel's distance to the image's border and on nothing else:
/// a tile with its halo gives the same bits as the whole image. The window is treated as if it were the image: it either ends at the
/// image's border or reaches a halo beyond the core.
///
/// Pixels without data count for nothing in the features of others: blurs are normalised (`NormalisedBlur`). The features at such pixels
/// themselves mean nothing.
///
/// An extractor keeps its buffers from call to call (about 10 MB for an RGB tile of 1024² pixels at sigmas up to 16). It is to be used
/// by one thread at a time.
package final class FeatureExtractor {
    private var planar = PlanarWindow()
    private var blur = GaussianBlur()
    private var blurred = BlurredRows()
    private var normalised = NormalisedBlur()
    /// Which pixels of the window have data, if some have none.
    private var validity = ValidityPlane()
    private var isMasked = false
    private var plan: ExtractionPlan?

    /// An extractor without buffers: they grow with the first tile.
    package init() {}

    /// Float planes of a tile: `[feature][row][column]`, row-major, in the order of `spec.names`.
    ///
    /// - Parameters:
    ///   - window: the tile's core with `spec.haloPixels` around it, cut at the image's borders.
    ///   - core: the pixels wanted, in the window's coordinates.
    ///   - planes: room for `featureCount` planes, `planeStride` floats apart.
    ///   - rowStride: floats from row to row; nil if rows follow each other.
    /// - Precondition: `core` lies in the window and is not empty, the channels agree, and the rows of a plane end before the next.
    package func planes(
        of window: PixelBuffer, core: PixelRect, spec: FeatureSpec, into planes: UnsafeMutablePointer<Float>,
        planeStride: Int, rowStride: Int? = nil
    ) {
        Self.check(window, core: core, spec: spec)
        let rowStride = rowStride ?? core.width
        precondition(
            rowStride >= core.width && planeStride >= (core.height - 1) * rowStride + core.width,
            "rows of \(core.width) pixels, \(rowStride) apart; planes of \(core.height) of them, \(planeStride) apart")
        var sink = PlaneSink(target: planes, planeStride: planeStride, rowStride: rowStride)
        load(window)
        extract(core: core, spec: spec, to: &sink)
    }

    /// The same features as bins: `[feature][row][column]`, one byte each, the number of the feature's edges below the value.
    ///
    /// - Precondition: as for `planes`, and `edges` has one list for each feature.
    package func bins(
        of window: PixelBuffer, core: PixelRect, spec: FeatureSpec, edges: BinEdges,
        into planes: UnsafeMutablePointer<UInt8>, planeStride: Int
    ) {
        Self.check(window, core: core, spec: spec)
        precondition(planeStride >= core.area, "planes of \(core.area) pixels, \(planeStride) apart")
        precondition(edges.featureCount == spec.featureCount, "\(spec.featureCount) features, \(edges.featureCount) edge lists")
        load(window)
        edges.withQuantiser { quantiser in
            var sink = BinSink(quantiser: quantiser, target: planes, planeStride: planeStride, width: core.width)
            extract(core: core, spec: spec, to: &sink)
        }
    }

    /// The same bins band by band, from the top to the bottom, in a buffer that they stay in the cache with.
    ///
    /// - Parameters:
    ///   - rowsPerBand: the fewest rows of every band but the last.
    ///   - band: room for `bandByteCount` bytes.
    ///   - body: gets the rows of the core that `band` holds, `[feature][row][column]`, and the bytes from plane to plane.
    /// - Precondition: as for `bins`, and `rowsPerBand` ≥ 1.
    package func binBands(
        of window: PixelBuffer, core: PixelRect, spec: FeatureSpec, edges: BinEdges, rowsPerBand: Int,
        band: UnsafeMutablePointer<UInt8>, _ body: (_ rows: Range<Int>, _ planeStride: Int) -> Void
    ) {
        Self.check(window, core: core, spec: spec)
        precondition(rowsPerBand >= 1, "bands of \(rowsPerBand) rows")
        precondition(edges.featureCount == spec.featureCount, "\(spec.featureCount) features, \(edges.featureCount) edge lists")
        load(window)
        let planeStride = Self.bandRowsMax(rowsPerBand, height: core.height, spec: spec) * core.width
        withoutActuallyEscaping(body) { body in
            edges.withQuantiser { quantiser in
                let bins = BinSink(quantiser: quantiser, target: band, planeStride: planeStride, width: core.width)
                var sink = BandSink(bins: bins, height: core.height, rowsPerBand: rowsPerBand) { body($0, planeStride) }
                extract(core: core, spec: spec, to: &sink)
            }
        }
    }

    /// The bytes of a band for `binBands`.
    package static func bandByteCount(core: PixelRect, spec: FeatureSpec, rowsPerBand: Int) -> Int {
        bandRowsMax(rowsPerBand, height: core.height, spec: spec) * core.width * spec.featureCount
    }

    /// The most rows of a band: a block adds those of a strip, and the last one also those that its reach held back.
    package static func bandRowsMax(_ rowsPerBand: Int, height: Int, spec: FeatureSpec) -> Int {
        min(height, rowsPerBand + Strip.lanes + spec.reachPixels)
    }

    /// The features of listed pixels: `[sample][feature]`, in the order of the list.
    ///
    /// Only rectangles around the pixels are computed.
    /// - Parameter pixels: positions in the core, `row * core.width + column`, strictly ascending.
    /// - Precondition: as for `planes`, and every pixel lies in the core.
    package func samples(
        of window: PixelBuffer, core: PixelRect, at pixels: [Int32], spec: FeatureSpec,
        into samples: UnsafeMutablePointer<Float>
    ) {
        Self.check(window, core: core, spec: spec)
        guard let first = pixels.first, let last = pixels.last else { return }
        precondition(first >= 0 && Int(last) < core.area, "pixels \(first)…\(last) of \(core.area)")
        load(window)
        let listed = ListedPixels(pixels, width: core.width, height: core.height, reach: spec.reachPixels)
        pixels.withUnsafeBufferPointer { pixels in
            listed.rowStarts.withUnsafeBufferPointer { rowStarts in
                guard let pixels = pixels.baseAddress, let rowStarts = rowStarts.baseAddress else { return }
                for part in listed.parts {
                    var sink = SampleSink(
                        pixels: pixels, rowStarts: rowStarts, width: core.width, left: part.x, top: part.y,
                        target: samples, featureCount: spec.featureCount)
                    let partCore = PixelRect(x: core.x + part.x, y: core.y + part.y, width: part.width, height: part.height)
                    extract(core: partCore, spec: spec, to: &sink)
                }
            }
        }
    }

    private static func check(_ window: PixelBuffer, core: PixelRect, spec: FeatureSpec) {
        precondition(window.channels == spec.channels, "\(spec.channels) channels, found \(window.channels)")
        precondition(
            core.width > 0 && core.height > 0 && core.x >= 0 && core.y >= 0 && core.endX <= window.width
                && core.endY <= window.height,
            "core \(core) in a window of \(window.width)×\(window.height)")
    }

    private func load(_ window: PixelBuffer) {
        planar.load(window)
        isMasked = window.validity != nil
        if let mask = window.validity { validity.load(mask, width: window.width, height: window.height) }
    }

    /// Computes all features of `core` from the loaded planes.
    private func extract<Sink: FeatureSink>(core: PixelRect, spec: FeatureSpec, to sink: inout Sink) {
        let region = BlurRegion(
            core: core, windowWidth: planar.width, windowHeight: planar.height, reach: spec.reachPixels)
        var plan = plan.flatMap { $0.spec == spec ? $0 : nil } ?? ExtractionPlan(spec)
        let mask = isMasked ? validity : nil
        plan.prepare(region, mask)
        self.plan = plan
        let scaleSigmas = plan.scales.map(\.sigma)
        let sigmas = isMasked ? NormalisedBlur.sigmas(scaleSigmas, reach: region.reach) : scaleSigmas
        blur.prepare(sigmas: sigmas, region: region)
        blurred.prepare(region: region, planes: spec.channels * spec.sigmas.count)
        if isMasked {
            normalised.prepare(sigmas: sigmas, scaleCount: scaleSigmas.count, region: region, pitch: blurred.pitch)
        }
        let (planar, blur, blurred) = (planar, blur, blurred)
        let block = BlockFeatures(plan: plan, core: core)
        let rows = region.rows
        var nextRow = core.y
        for top in stride(from: rows.lowerBound, to: rows.upperBound, by: Strip.lanes) {
            let count = min(Strip.lanes, rows.upperBound - top)
            let isLast = top + count == rows.upperBound
            let endRow = isLast ? core.endY : max(nextRow, top + count - region.reach)
            let blockRows = blurred.rows(top: top)
            let isNormalised = mask.map { normalised.begin($0, top: top, count: count) } ?? false
            for channel in 0..<spec.channels {
                blur.blurVertically(planar, channel: channel, region: region, top: top, count: count)
                for (scale, use) in plan.scales.enumerated() {
                    let plane = use.position.map { channel * spec.sigmas.count + $0 }
                    if let plane, top > rows.lowerBound { blurred.restoreCarried(plane: plane) }
                    blur.blurHorizontally(
                        scale: scale, region: region, count: count, to: blurred.blurTarget, pitch: blurred.pitch)
                    if isNormalised { normalised.normalise(blurred.blurTarget, scale: scale, of: blur) }
                    if use.isInput { plan.inputs.take(blurred, count: count, channel: channel, sigma: use.sigma) }
                    guard let plane else { continue }
                    blurred.extrapolate(top: top, count: count)
                    if !isLast { blurred.carry(plane: plane) }
                    block.emitScale(plane: plane, rows: nextRow..<endRow, of: blockRows, to: &sink)
                }
            }
            plan.inputs.extrapolate(top: top, count: count)
            block.emitPlanes(rows: nextRow..<endRow, top: top, to: &sink)
            if !isLast { plan.inputs.advance() }
            nextRow = endRow
            sink.endRows(before: endRow - core.y)
        }
    }
}

package import Imaging

/// Computes the features of a tile, as float planes, as bins, or of listed pixels only.
///
/// 1. The window's channels are laid out as planes of 16-bit values.
/// 2. Blocks of 32 rows, of one channel after the other, are blurred at every sigma (`GaussianBlur`); the last blurred rows of
///    a block, twice the widest reach of the families, are carried to the next, so that no row is blurred twice.
/// 3. For each sigma, kernels turn the block's rows into the features of every scale, 256 columns at a time; they are handed to a
///    sink that stores or bins them while they are in the first-level cache.
/// 4. Families of named planes read rows that are kept of the blurs (`InputPlanes`); their kernels run once all channels have come, and
///    lag behind those of every scale where they read more rows below.
///
/// Blurs, kernels and planes that no needed feature is made of are left out (`ExtractionPlan`). What is left has the same bits.
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
    ///   - needed: `[feature]`: whether it is needed; nil for all. Planes of the others stay as they are.
    /// - Precondition: `core` lies in the window and is not empty, the channels agree, and the rows of a plane end before the next.
    package func planes(
        of window: PixelBuffer, core: PixelRect, spec: FeatureSpec, into planes: UnsafeMutablePointer<Float>,
        planeStride: Int, rowStride: Int? = nil, needed: [Bool]? = nil
    ) {
        Self.check(window, core: core, spec: spec)
        let rowStride = rowStride ?? core.width
        precondition(
            rowStride >= core.width && planeStride >= (core.height - 1) * rowStride + core.width,
            "rows of \(core.width) pixels, \(rowStride) apart; planes of \(core.height) of them, \(planeStride) apart")
        var sink = PlaneSink(target: planes, planeStride: planeStride, rowStride: rowStride)
        load(window)
        extract(core: core, spec: spec, needed: needed, to: &sink)
    }

    /// The same features as bins: `[feature][row][column]`, one byte each, the number of the feature's edges below the value.
    ///
    /// - Precondition: as for `planes`, and `edges` has one list for each feature.
    package func bins(
        of window: PixelBuffer, core: PixelRect, spec: FeatureSpec, edges: BinEdges,
        into planes: UnsafeMutablePointer<UInt8>, planeStride: Int, needed: [Bool]? = nil
    ) {
        Self.check(window, core: core, spec: spec)
        precondition(planeStride >= core.area, "planes of \(core.area) pixels, \(planeStride) apart")
        precondition(edges.featureCount == spec.featureCount, "\(spec.featureCount) features, \(edges.featureCount) edge lists")
        load(window)
        edges.withQuantiser { quantiser in
            var sink = BinSink(quantiser: quantiser, target: planes, planeStride: planeStride, width: core.width)
            extract(core: core, spec: spec, needed: needed, to: &sink)
        }
    }

    /// The same bins band by band, from the top to the bottom, in a buffer that they stay in the cache with.
    ///
    /// - Parameters:
    ///   - rowsPerBand: the fewest rows of every band but the last.
    ///   - band: room for `bandByteCount` bytes.
    ///   - needed: `[feature]`: whether it is needed; nil for all. What the band has of the others means nothing.
    ///   - body: gets the rows of the core that `band` holds, `[feature][row][column]`, and the bytes from plane to plane.
    /// - Precondition: as for `bins`, and `rowsPerBand` ≥ 1.
    package func binBands(
        of window: PixelBuffer, core: PixelRect, spec: FeatureSpec, edges: BinEdges, rowsPerBand: Int,
        band: UnsafeMutablePointer<UInt8>, needed: [Bool]? = nil, _ body: (_ rows: Range<Int>, _ planeStride: Int) -> Void
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
                extract(core: core, spec: spec, needed: needed, to: &sink)
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
                    extract(core: partCore, spec: spec, needed: nil, to: &sink)
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

    /// Computes the features of `core` from the loaded planes.
    private func extract<Sink: FeatureSink>(core: PixelRect, spec: FeatureSpec, needed: [Bool]?, to sink: inout Sink) {
        var plan = plan.flatMap { $0.spec == spec && $0.needed == needed ? $0 : nil } ?? ExtractionPlan(spec, needed: needed)
        let region = BlurRegion(
            core: core, windowWidth: planar.width, windowHeight: planar.height, reach: plan.reach)
        let mask = isMasked ? validity : nil
        plan.prepare(region, mask)
        self.plan = plan
        prepareBlurs(plan, region)
        let (planar, blur, blurred) = (planar, blur, blurred)
        let block = BlockFeatures(plan: plan, core: core)
        var wanted = [Range<Int>](repeating: 0..<0, count: plan.scales.count + 1)
        var (nextScaleRow, nextPlaneRow) = (core.y, core.y)
        for top in stride(from: region.rows.lowerBound, to: region.rows.upperBound, by: Strip.lanes) {
            let count = min(Strip.lanes, region.rows.upperBound - top)
            let isLast = top + count == region.rows.upperBound
            func endRow(_ next: Int, lag: Int) -> Int { isLast ? core.endY : min(core.endY, max(next, top + count - lag)) }
            let endScaleRow = endRow(nextScaleRow, lag: plan.scaleReach)
            let endPlaneRow = endRow(nextPlaneRow, lag: plan.reach)
            let blockRows = blurred.rows(top: top)
            let isNormalised = mask.map { normalised.begin($0, top: top, count: count) } ?? false
            for channel in 0..<spec.channels where !plan.uses[channel].isEmpty {
                setRows(&wanted, plan, channel: channel, core: core, top: top, count: count)
                blur.blurVertically(planar, channel: channel, top: top, count: count, rows: wanted)
                for use in plan.uses[channel] {
                    if let plane = use.plane, top > region.rows.lowerBound { blurred.restoreCarried(plane: plane) }
                    let target = blurred.blurTarget(reach: isMasked ? plan.reach : plan.scales[use.scale].reach)
                    blur.blurHorizontally(scale: use.scale, rows: wanted[use.scale], to: target, pitch: blurred.pitch)
                    if isNormalised { normalised.normalise(target, scale: use.scale, of: blur) }
                    if use.isInput { plan.inputs.take(blurred, count: count, channel: channel, sigma: use.sigma) }
                    guard let plane = use.plane else { continue }
                    blurred.extrapolate(top: top, count: count)
                    if !isLast { blurred.carry(plane: plane) }
                    block.emitScale(plane: plane, rows: nextScaleRow..<endScaleRow, of: blockRows, to: &sink)
                }
            }
            plan.inputs.extrapolate(top: top, count: count)
            block.emitPlanes(rows: nextPlaneRow..<endPlaneRow, top: top, to: &sink)
            if !isLast { plan.inputs.advance() }
            (nextScaleRow, nextPlaneRow) = (endScaleRow, endPlaneRow)
            sink.endRows(
                before: endPlaneRow - core.y, earlyFeatures: plan.scaleFeatureCount, before: endScaleRow - core.y)
        }
    }

    /// Sets the blurs and their rows up for a region.
    private func prepareBlurs(_ plan: ExtractionPlan, _ region: BlurRegion) {
        let scaleSigmas = plan.scales.map(\.sigma)
        blurred.prepare(
            region: region.with(reach: plan.scaleReach), planes: plan.scaleSteps.count, lag: plan.scaleReach,
            widestReach: plan.reach)
        guard isMasked else {
            return blur.prepare(sigmas: scaleSigmas, region: region, reaches: plan.scales.map(\.reach))
        }
        // Factors and rows that stand in are made alike for all sigmas: these have one reach.
        let sigmas = NormalisedBlur.sigmas(scaleSigmas, reach: plan.reach)
        blur.prepare(sigmas: sigmas, region: region)
        normalised.prepare(sigmas: sigmas, scaleCount: scaleSigmas.count, region: region, pitch: blurred.pitch)
    }

    /// Sets which rows of a block are wanted of a channel at each scale, and, last, of the Gaussian that stands in beside pixels without
    /// data.
    private func setRows(
        _ wanted: inout [Range<Int>], _ plan: ExtractionPlan, channel: Int, core: PixelRect, top: Int, count: Int
    ) {
        for scale in plan.scales.indices { wanted[scale] = 0..<0 }
        wanted[plan.scales.count] = 0..<count
        for use in plan.uses[channel] {
            let reach = plan.scales[use.scale].reach
            let first = max(0, core.y - reach - top) / Lanes.count * Lanes.count
            wanted[use.scale] = isMasked ? 0..<count : first..<max(first, min(count, core.endY + reach - top))
        }
    }
}

/// The planes that families read besides the spec's scales, with the rows that a block needs of each.
struct InputPlanes {
    /// One plane that is kept.
    private struct Plane {
        let sigma: Double
        /// nil: the mean over all channels.
        let channel: Int?
        /// The widest reach of the families that read it.
        var reach: Int
        var rows = BlurredRows()
    }

    private var planes: [Plane] = []
    private var channels = 1
    /// Positions in `planes` of each family's inputs; nil for those that no needed feature is made of.
    private var positions: [[Int?]] = []

    /// - Parameter families: those of named planes.
    init(_ families: [PlannedFamily], channels: Int) {
        self.channels = channels
        for one in families {
            guard case .planes(let inputs) = one.family.input else { continue }
            let needed = one.inputs
            var ofFamily: [Int?] = []
            for (index, input) in inputs.enumerated() {
                for channel in input.channels(of: channels) {
                    ofFamily.append(
                        needed.contains(index)
                            ? position(sigma: input.sigma, channel: channel, reach: one.family.reachPixels) : nil)
                }
            }
            positions.append(ofFamily)
        }
    }

    /// The Gaussians that the planes are blurred by.
    var sigmas: Set<Double> { Set(planes.map(\.sigma)) }

    /// The blurred pixels that are needed around the core of planes at a sigma.
    func reach(ofSigma sigma: Double) -> Int { planes.filter { $0.sigma == sigma }.map(\.reach).max() ?? 0 }

    /// Whether a plane is made of a channel, blurred at a sigma.
    func reads(channel: Int, sigma: Double) -> Bool {
        planes.contains { $0.sigma == sigma && ($0.channel ?? channel) == channel }
    }

    private mutating func position(sigma: Double, channel: Int?, reach: Int) -> Int {
        if let position = planes.firstIndex(where: { $0.sigma == sigma && $0.channel == channel }) {
            planes[position].reach = max(planes[position].reach, reach)
            return position
        }
        planes.append(Plane(sigma: sigma, channel: channel, reach: reach))
        return planes.count - 1
    }

    /// - Parameter region: of the widest reach of all families.
    mutating func prepare(region: BlurRegion) {
        for position in planes.indices {
            planes[position].rows.prepare(
                region: region.with(reach: planes[position].reach), planes: 0, lag: region.reach, widestReach: region.reach)
        }
    }

    /// Takes the first `count` rows of a block of a channel, blurred at `sigma`. The channels come in their order.
    func take(_ rows: BlurredRows, count: Int, channel: Int, sigma: Double) {
        for plane in planes where plane.sigma == sigma {
            if plane.channel == nil {
                plane.rows.average(rows, count: count, term: channel, of: channels)
            } else if plane.channel == channel {
                plane.rows.average(rows, count: count, term: 0, of: 1)
            }
        }
    }

    /// Continues the block's rows beyond the window, once all channels have come.
    func extrapolate(top: Int, count: Int) {
        for plane in planes { plane.rows.extrapolate(top: top, count: count) }
    }

    /// Keeps the last rows of a full block for the next one.
    func advance() {
        for plane in planes { plane.rows.advance() }
    }

    /// The rows of each input of a family, in the order of its inputs. Those of an input that is not needed are another's.
    func rows(ofFamily family: Int, top: Int) -> [PlaneRows] {
        positions[family].map { planes[$0 ?? 0].rows.rows(top: top) }
    }
}

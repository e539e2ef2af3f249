/// The planes that families read besides the spec's scales, with the rows that a block needs of each.
struct InputPlanes {
    /// One plane that is kept.
    private struct Plane {
        let sigma: Double
        /// nil: the mean over all channels.
        let channel: Int?
        var rows = BlurredRows()
    }

    private var planes: [Plane] = []
    private var channels = 1
    /// Positions in `planes` of each family's inputs.
    private var positions: [[Int]] = []

    init() {}

    /// - Parameter inputs: those of each family.
    init(_ inputs: [[FeatureInput]], channels: Int) {
        self.channels = channels
        positions = inputs.map { inputs in
            inputs.flatMap { input in
                switch input {
                case .mean(let sigma): [position(sigma: sigma, channel: nil)]
                case .channels(let sigma): (0..<channels).map { position(sigma: sigma, channel: $0) }
                }
            }
        }
    }

    /// The Gaussians that the planes are blurred by.
    var sigmas: Set<Double> { Set(planes.map(\.sigma)) }

    private mutating func position(sigma: Double, channel: Int?) -> Int {
        if let position = planes.firstIndex(where: { $0.sigma == sigma && $0.channel == channel }) { return position }
        planes.append(Plane(sigma: sigma, channel: channel))
        return planes.count - 1
    }

    mutating func prepare(region: BlurRegion) {
        for position in planes.indices { planes[position].rows.prepare(region: region, planes: 0) }
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

    /// The rows of each input of a family, in the order of its inputs.
    func rows(ofFamily family: Int, top: Int) -> [PlaneRows] { positions[family].map { planes[$0].rows.rows(top: top) } }
}

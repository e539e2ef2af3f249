/// What a spec asks of an extractor: the Gaussians to blur by, the kernels, and the place of each kernel's features.
///
/// Only what is needed is planned: planes that no needed feature is made of are not blurred, and kernels without one are not called.
struct ExtractionPlan {
    /// A Gaussian that planes are blurred by.
    struct Scale {
        let sigma: Double
        /// Blurred pixels that are needed around the core.
        let reach: Int
    }

    /// A Gaussian of a channel, and what its plane is for.
    struct Use {
        /// The position in `scales`.
        let scale: Int
        let sigma: Double
        /// The position in `scaleSteps`; nil if no family of every scale reads the plane.
        let plane: Int?
        /// Whether planes of `InputPlanes` are made of it.
        let isInput: Bool
    }

    /// A kernel, and which of its planes are features.
    struct Step {
        let kernel: any FeatureKernel
        /// Positions among the kernel's planes, and among the spec's features.
        let features: [(plane: Int, feature: Int)]
    }

    let spec: FeatureSpec
    /// `[feature]`: whether it is needed; nil for all.
    let needed: [Bool]?
    /// Ascending.
    let scales: [Scale]
    /// `[channel]`: the Gaussians that it is blurred by, ascending.
    let uses: [[Use]]
    /// `[channel][position of the sigma]`: the kernels of every scale, in the order of their features.
    let scaleSteps: [[Step]]
    /// The kernels of named planes, one a family, in the order of their features.
    let planeSteps: [Step]
    /// Features of families of every scale, which come first.
    let scaleFeatureCount: Int
    /// The most planes that a kernel makes.
    let planeCountMax: Int
    /// The widest reach of the families of every scale.
    let scaleReach: Int
    /// The widest reach of all families. Those of named planes are made once as many rows below are there.
    let reach: Int
    /// What the families of named planes read.
    private(set) var inputs: InputPlanes
    /// Every kernel, once.
    private let kernels: [any FeatureKernel]

    init(_ spec: FeatureSpec, needed: [Bool]? = nil) {
        let featureCount = spec.featureCount
        precondition(needed.map { $0.count == featureCount } ?? true, "\(needed?.count ?? 0) of \(featureCount) features")
        var planned = PlannedFamilies(spec, needed: needed)
        let ofEveryScale: [[PlannedFamily]] = (0..<spec.channels).flatMap { _ in
            spec.sigmas.map { sigma in spec.scaleFamilies(at: sigma).compactMap { planned.next($0) } }
        }
        let scalePlaneCount = planned.planeCount
        let ofNamedPlanes = spec.planeFamilies.compactMap { planned.next($0.family) }
        var shared = KernelSet()
        let scaleSteps = ofEveryScale.map { shared.steps($0) }
        planeSteps = ofNamedPlanes.map { shared.step($0) }
        (kernels, planeCountMax) = (shared.kernels, shared.planeCountMax)
        let scaleReach = ofEveryScale.joined().map(\.family.reachPixels).max() ?? 0
        let inputs = InputPlanes(ofNamedPlanes, channels: spec.channels)
        scaleFeatureCount = spec.selected.map { $0.prefix { $0 < scalePlaneCount }.count } ?? scalePlaneCount
        reach = ofNamedPlanes.map(\.family.reachPixels).reduce(scaleReach, max)
        let isAtScale = { (channel: Int, position: Int) in !scaleSteps[channel * spec.sigmas.count + position].isEmpty }
        let everyScale = spec.sigmas.indices.filter { position in (0..<spec.channels).contains { isAtScale($0, position) } }
        let sigmas = inputs.sigmas.union(everyScale.map { spec.sigmas[$0] }).sorted()
        scales = sigmas.map { sigma in
            let isEveryScale = everyScale.contains { spec.sigmas[$0] == sigma }
            return Scale(sigma: sigma, reach: max(isEveryScale ? scaleReach : 0, inputs.reach(ofSigma: sigma)))
        }
        uses = (0..<spec.channels).map { channel in
            sigmas.indices.compactMap { scale in
                let sigma = sigmas[scale]
                let position = spec.sigmas.firstIndex(of: sigma).flatMap { isAtScale(channel, $0) ? $0 : nil }
                let isInput = inputs.reads(channel: channel, sigma: sigma)
                guard position != nil || isInput else { return nil }
                return Use(
                    scale: scale, sigma: sigma, plane: position.map { channel * spec.sigmas.count + $0 }, isInput: isInput)
            }
        }
        (self.spec, self.needed, self.scaleSteps, self.scaleReach, self.inputs) = (spec, needed, scaleSteps, scaleReach, inputs)
    }

    /// Sets the kernels and the planes of input up for a region.
    ///
    /// - Parameter validity: of the window's pixels; nil if all have data.
    mutating func prepare(_ region: BlurRegion, _ validity: ValidityPlane?) {
        inputs.prepare(region: region)
        for kernel in kernels {
            kernel.prepare(region)
            kernel.use(validity)
        }
    }
}

/// A family, and which of its planes are features: `[plane]`, nil for none.
struct PlannedFamily {
    let family: FeatureFamily
    let features: [Int?]

    /// Positions of the named planes that the features are made of.
    var inputs: Set<Int> {
        Set(features.indices.filter { features[$0] != nil }.flatMap { family.inputs(ofPlane: $0) })
    }
}

/// Deals the planes of a spec out to its families, in their order.
private struct PlannedFamilies {
    /// `[plane]`: the needed feature that it is.
    private var features: [Int?]
    /// Planes that were dealt out.
    private(set) var planeCount = 0

    init(_ spec: FeatureSpec, needed: [Bool]?) {
        features = [Int?](repeating: nil, count: spec.planeCount)
        for feature in 0..<spec.featureCount where needed?[feature] ?? true {
            features[spec.selected?[feature] ?? feature] = feature
        }
    }

    /// The next family, once for each channel and sigma; nil if none of its planes is needed.
    mutating func next(_ family: FeatureFamily) -> PlannedFamily? {
        let range = planeCount..<planeCount + family.planeNames.count
        planeCount = range.upperBound
        let features = Array(features[range])
        return features.contains { $0 != nil } ? PlannedFamily(family: family, features: features) : nil
    }
}

/// The kernels of a plan: those of every scale serve all channels and sigmas with the same families.
private struct KernelSet {
    private(set) var kernels: [any FeatureKernel] = []
    private(set) var planeCountMax = 0
    private var shared: [[FeatureFamily]: any FeatureKernel] = [:]

    /// Neighbours with the same kernel are made by one.
    mutating func steps(_ families: [PlannedFamily]) -> [ExtractionPlan.Step] {
        var groups: [[PlannedFamily]] = []
        for one in families {
            if let last = groups.last?.last, last.family.kernel == one.family.kernel {
                groups[groups.count - 1].append(one)
            } else {
                groups.append([one])
            }
        }
        var steps: [ExtractionPlan.Step] = []
        for group in groups {
            steps.append(step(kernel(ofEveryScale: group.map(\.family)), group.flatMap(\.features)))
        }
        return steps
    }

    /// The kernel of families of every scale.
    private mutating func kernel(ofEveryScale families: [FeatureFamily]) -> any FeatureKernel {
        if let kernel = shared[families] { return kernel }
        let kernel = families[0].kernel.init(families: families)
        shared[families] = kernel
        kernels.append(kernel)
        return kernel
    }

    /// The kernel of a family of named planes.
    mutating func step(_ family: PlannedFamily) -> ExtractionPlan.Step {
        let kernel = family.family.kernel.init(families: [family.family])
        kernels.append(kernel)
        kernel.want(family.features.map { $0 != nil })
        return step(kernel, family.features)
    }

    private mutating func step(_ kernel: any FeatureKernel, _ features: [Int?]) -> ExtractionPlan.Step {
        planeCountMax = max(planeCountMax, features.count)
        return ExtractionPlan.Step(
            kernel: kernel,
            features: features.enumerated().compactMap { plane, feature in feature.map { (plane: plane, feature: $0) } })
    }
}

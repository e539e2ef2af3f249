/// What a spec asks of an extractor: the Gaussians to blur by, the kernels, and the place of each kernel's features.
struct ExtractionPlan {
    /// A Gaussian, and what its planes are for.
    struct Scale {
        let sigma: Double
        /// The position among the spec's sigmas; nil if no family reads it there.
        let position: Int?
        /// Whether planes of `InputPlanes` are made of it.
        let isInput: Bool
    }

    /// A kernel and the planes that it makes.
    struct Step {
        let kernel: any FeatureKernel
        let planeCount: Int
    }

    let spec: FeatureSpec
    /// Ascending; each channel is blurred by all of them.
    let scales: [Scale]
    /// The kernels of every scale, in the order of their features.
    let scaleSteps: [Step]
    /// The kernels of named planes, one a family, in the order of their features.
    let planeSteps: [Step]
    /// Features of each channel and sigma.
    let planesPerScale: Int
    /// The first feature of the families of named planes.
    let firstPlaneFeature: Int
    /// The most planes that a kernel makes.
    let planeCountMax: Int
    /// What the families of named planes read.
    private(set) var inputs: InputPlanes

    init(_ spec: FeatureSpec) {
        self.spec = spec
        inputs = InputPlanes(spec.planeFamilies.map(\.inputs), channels: spec.channels)
        scaleSteps = Self.steps(spec.scaleFamilies)
        planeSteps = spec.planeFamilies.map { family, _ in
            Step(kernel: family.kernel.init(families: [family]), planeCount: family.planeNames.count)
        }
        planeCountMax = (scaleSteps + planeSteps).map(\.planeCount).max() ?? 0
        planesPerScale = spec.planesPerScale
        firstPlaneFeature = spec.channels * spec.sigmas.count * planesPerScale
        let everyScale = scaleSteps.isEmpty ? [] : spec.sigmas
        let inputSigmas = inputs.sigmas
        scales = inputSigmas.union(everyScale).sorted().map { sigma in
            Scale(sigma: sigma, position: everyScale.firstIndex(of: sigma), isInput: inputSigmas.contains(sigma))
        }
    }

    /// Sets the kernels and the planes of input up for a region.
    ///
    /// - Parameter validity: of the window's pixels; nil if all have data.
    mutating func prepare(_ region: BlurRegion, _ validity: ValidityPlane?) {
        inputs.prepare(region: region)
        for step in scaleSteps + planeSteps {
            step.kernel.prepare(region)
            step.kernel.use(validity)
        }
    }

    /// Neighbours of the same kernel share it.
    private static func steps(_ families: [FeatureFamily]) -> [Step] {
        var groups: [[FeatureFamily]] = []
        for family in families {
            if let last = groups.last?.last, last.kernel == family.kernel {
                groups[groups.count - 1].append(family)
            } else {
                groups.append([family])
            }
        }
        return groups.map { group in
            Step(
                kernel: group[0].kernel.init(families: group), planeCount: group.reduce(0) { $0 + $1.planeNames.count })
        }
    }
}

/// Computes the values of one family, or of several that share their reads.
///
/// It is called through an existential, once for a run of up to 256 pixels of a row. The loops over pixels are its own.
/// A kernel keeps its buffers from call to call and is used by one thread at a time.
protocol FeatureKernel: AnyObject, SendableMetatype {
    /// - Parameter families: those that are asked for, of the ones with this kernel, in the order of the list.
    init(families: [FeatureFamily])

    /// Called once for the kernel of a family of named planes, before anything else: which of its planes are needed. It need not make the
    /// others, nor set their values; named planes that only they are made of are not there.
    func want(_ planes: [Bool])

    /// Called once for each region that features are computed of, before any values.
    func prepare(_ region: BlurRegion)

    /// Called after `prepare`: the mask of the window's pixels, nil if all have data.
    ///
    /// Planes are normalised already (`NormalisedBlur`): only a kernel that sums over many pixels itself needs to know which to leave out.
    func use(_ validity: ValidityPlane?)

    /// Called for rows of the core, in the window's coordinates, before their runs. Only kernels of families with planes as their
    /// input get this call.
    ///
    /// - Parameters:
    ///   - rows: at most `Strip.lanes`.
    ///   - planes: the family's inputs, in their order.
    func begin(rows: Range<Int>, of planes: UnsafePointer<PlaneRows>)

    /// Makes the values of a run.
    ///
    /// - Parameters:
    ///   - planes: the blurred plane of a channel and sigma, or the family's inputs in their order.
    ///   - values: room for as many pointers as the families have planes. The kernel sets each to the values of its plane,
    ///     readable up to a multiple of 16, and valid until the next call.
    func make(
        _ run: FeatureRun, of planes: UnsafePointer<PlaneRows>,
        values: UnsafeMutablePointer<UnsafePointer<Float>>)
}

extension FeatureKernel {
    func want(_ planes: [Bool]) {}
    func prepare(_ region: BlurRegion) {}
    func use(_ validity: ValidityPlane?) {}
    func begin(rows: Range<Int>, of planes: UnsafePointer<PlaneRows>) {}
}

/// Neighbouring pixels of one row of the core, at most 256: their values, the rows they are made of and the tables of their bins fit
/// in the first-level cache together.
struct FeatureRun {
    /// The most pixels of a run.
    static let columnsMax = 256

    /// In the window.
    let row: Int
    /// In the core.
    let column: Int
    let count: Int
}

/// The rows of a plane that are at hand while a block is computed; borrowed memory.
///
/// Readable are, around the core, as many rows and columns as the widest reach of the families that read the plane, cut at the window's
/// borders. Where that reach is 2 or more, two rows and columns beyond the window are readable, too: `BlurredRows` continues planes there.
struct PlaneRows {
    /// The core's first column of the block's first row.
    let first: UnsafePointer<Float>
    /// The block's first row, in the window.
    let top: Int
    /// Floats from row to row.
    let pitch: Int

    /// The core's first column of a row of the window.
    @inline(__always)
    func row(_ row: Int) -> UnsafePointer<Float> { first + (row - top) * pitch }
}

internal import CKernels

/// Eight floats that go through the same operations.
///
/// A thin name for the vector operations of `CKernels`. A sum and a product are fused only by `plus(_:times:)`.
struct Lanes {
    /// Lanes of a vector; buffers are padded to multiples of it.
    static let count = 8

    private let vector: f32x8

    @inline(__always)
    private init(vector: f32x8) { self.vector = vector }

    @inline(__always)
    init(repeating value: Float) { vector = f32x8_repeat(value) }

    /// Loads from any address.
    @inline(__always)
    init(_ source: UnsafePointer<Float>) { vector = f32x8_load(source) }

    /// Loads eight unsigned integers, which floats hold exactly.
    @inline(__always)
    init(_ source: UnsafePointer<UInt16>) { vector = f32x8_from_u16(source) }

    @inline(__always)
    func store(to target: UnsafeMutablePointer<Float>) { f32x8_store(vector, target) }

    /// Stores the whole parts; every lane is in the range of the integers.
    @inline(__always)
    func storeWhole(to target: UnsafeMutablePointer<Int32>) { f32x8_store_whole(vector, target) }

    @inline(__always)
    static func + (a: Lanes, b: Lanes) -> Lanes { Lanes(vector: f32x8_add(a.vector, b.vector)) }

    @inline(__always)
    static func - (a: Lanes, b: Lanes) -> Lanes { Lanes(vector: f32x8_subtract(a.vector, b.vector)) }

    @inline(__always)
    static func * (a: Lanes, b: Lanes) -> Lanes { Lanes(vector: f32x8_multiply(a.vector, b.vector)) }

    @inline(__always)
    static func / (a: Lanes, b: Lanes) -> Lanes { Lanes(vector: f32x8_divide(a.vector, b.vector)) }

    /// Lanes where they are below another's, else the other's.
    @inline(__always)
    func lesser(_ other: Lanes) -> Lanes { Lanes(vector: f32x8_lesser(vector, other.vector)) }

    /// Lanes where they are above another's, else the other's.
    @inline(__always)
    func greater(_ other: Lanes) -> Lanes { Lanes(vector: f32x8_greater(vector, other.vector)) }

    /// `self + a · b`, rounded once.
    @inline(__always)
    func plus(_ a: Lanes, times b: Lanes) -> Lanes { Lanes(vector: f32x8_fused(a.vector, b.vector, vector)) }

    /// The correctly rounded square root.
    @inline(__always)
    func squareRoot() -> Lanes { Lanes(vector: f32x8_root(vector)) }

    /// Lanes limited to 0…`high`; a NaN becomes `high`.
    @inline(__always)
    func limited(to high: Lanes) -> Lanes { Lanes(vector: f32x8_limit(vector, high.vector)) }

    /// Brings a value that will be read soon towards the cache; any address will do.
    @inline(__always)
    static func fetch(_ address: UnsafePointer<UInt16>) { prefetch_line(address) }

    /// Writes eight rows of eight floats as columns; the strides are in floats.
    @inline(__always)
    static func transpose(
        _ source: UnsafePointer<Float>, stride sourceStride: Int, to target: UnsafeMutablePointer<Float>,
        stride targetStride: Int
    ) {
        f32x8_transpose(source, sourceStride, target, targetStride)
    }
}

/// The eigenvalues of the Hessian made of twice-taken central differences, as scikit-image's `multiscale_basic_features` has them.
///
/// With r and c for rows and columns, and the differences left unscaled (factors of two are exact):
///
///     rr = (g[r+2] − g) − (g − g[r−2]);  cc likewise along c
///     rc = (g[r+1, c+1] − g[r−1, c+1]) − (g[r+1, c−1] − g[r−1, c−1])
///     m = rr + cc;  d = rr − cc;  b = rc + rc;  s = sqrt(fma(d, d, b · b))
///     λ₁ = (m + s) / 8;  λ₂ = (m − s) / 8
///
/// Rows and columns outside the image are passed as `BlurredRows` continues them, which gives the one-sided differences there.
enum TextureFilter {
    /// Five blurred rows, two above to two below, each at the first pixel; two floats before and after the pixels are read.
    typealias Rows = (
        UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>
    )

    /// The unscaled second differences of eight pixels, `column` behind the first: four times the Hessian.
    @inline(__always)
    static func differences(_ rows: Rows, column: Int) -> (rows: Lanes, mixed: Lanes, columns: Lanes) {
        let above = rows.1 + column
        let middle = rows.2 + column
        let below = rows.3 + column
        let centre = Lanes(middle)
        let alongRows = (Lanes(rows.4 + column) - centre) - (centre - Lanes(rows.0 + column))
        let alongColumns = (Lanes(middle + 2) - centre) - (centre - Lanes(middle - 2))
        let mixed = (Lanes(below + 1) - Lanes(above + 1)) - (Lanes(below - 1) - Lanes(above - 1))
        return (alongRows, mixed, alongColumns)
    }

    /// Both eigenvalues of eight pixels, `column` behind the first.
    @inline(__always)
    static func values(_ rows: Rows, column: Int) -> (larger: Lanes, smaller: Lanes) {
        let eighth = Lanes(repeating: 0.125)
        let (alongRows, mixed, alongColumns) = differences(rows, column: column)
        let sum = alongRows + alongColumns
        let difference = alongRows - alongColumns
        let twice = mixed + mixed
        let spread = (twice * twice).plus(difference, times: difference).squareRoot()
        return ((sum + spread) * eighth, (sum - spread) * eighth)
    }
}

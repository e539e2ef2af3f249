internal import Imaging

/// Runs the kernels over the rows of a block and hands what they make to a sink, run by run.
struct BlockFeatures {
    let plan: ExtractionPlan
    /// The pixels whose features are wanted, in the window's coordinates.
    let core: PixelRect

    /// Hands on the features of families of every scale of one channel and sigma.
    ///
    /// - Parameters:
    ///   - plane: the channel and sigma, as `ExtractionPlan.scaleSteps` counts them.
    ///   - rows: of the core, in the window's coordinates.
    @inline(__always)
    func emitScale<Sink: FeatureSink>(plane: Int, rows: Range<Int>, of blurred: PlaneRows, to sink: inout Sink) {
        withUnsafePointer(to: blurred) { blurred in
            emit(plan.scaleSteps[plane], rows: rows, of: blurred, to: &sink)
        }
    }

    /// Hands on the features of the families of named planes, a strip of rows at a time.
    ///
    /// - Parameter top: the block's first row, in the window.
    @inline(__always)
    func emitPlanes<Sink: FeatureSink>(rows: Range<Int>, top: Int, to sink: inout Sink) {
        for (family, step) in plan.planeSteps.enumerated() {
            plan.inputs.rows(ofFamily: family, top: top).withUnsafeBufferPointer { planes in
                guard let planes = planes.baseAddress else { return }
                for first in stride(from: rows.lowerBound, to: rows.upperBound, by: Strip.lanes) {
                    let strip = first..<min(first + Strip.lanes, rows.upperBound)
                    step.kernel.begin(rows: strip, of: planes)
                    emit([step], rows: strip, of: planes, to: &sink)
                }
            }
        }
    }

    /// Hands on the features that the kernels of `steps` make in turn.
    @inline(__always)
    private func emit<Sink: FeatureSink>(
        _ steps: [ExtractionPlan.Step], rows: Range<Int>, of planes: UnsafePointer<PlaneRows>, to sink: inout Sink
    ) {
        withUnsafeTemporaryAllocation(of: UnsafePointer<Float>.self, capacity: plan.planeCountMax) { values in
            guard let values = values.baseAddress else { return }
            for column in stride(from: 0, to: core.width, by: FeatureRun.columnsMax) {
                let count = min(FeatureRun.columnsMax, core.width - column)
                for step in steps {
                    let (kernel, features) = (step.kernel, step.features)
                    for row in rows {
                        kernel.make(FeatureRun(row: row, column: column, count: count), of: planes, values: values)
                        for (plane, feature) in features {
                            sink.take(
                                feature: feature, row: row - core.y, column: column, count: count, values: values[plane])
                        }
                    }
                }
            }
        }
    }
}

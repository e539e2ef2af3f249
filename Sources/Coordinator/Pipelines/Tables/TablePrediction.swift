internal import Formats
internal import Jobs
internal import Primitives
internal import Protocol

/// From a table and a model to the label, and if asked for the class probabilities, of every row.
struct TablePrediction: Sendable {
    let model: SegmentationModel
    let hash: ContentHash
    let table: String
    let run: Run

    func write(labels: String, probabilities: String?) async throws {
        guard case .rows(let names) = model.input else {
            throw CoordinatorError(
                .badInput,
                "expected a model that was trained on a table, found one that was trained on images; use coppice segment")
        }
        let source = try FeatureTable(table)
        guard source.featureCount == names.count else {
            throw CoordinatorError(
                .badInput, "\(table): expected \(names.count) features as the model was trained on, found \(source.featureCount)")
        }
        let rowCount = source.rowCount
        let assembly = try RowAssembly(
            labels: labels, probabilities: probabilities, rowCount: rowCount, classCount: model.classes.count)
        let gate = RowGate(rowsAhead: 64)
        let jobs = TableRows(
            table: table, rowCount: rowCount, model: hash, classes: model.classes, probabilities: probabilities != nil,
            gate: gate, clock: run.clock)
        let phase = try run.phase("predict", of: table, granularity: TableRows.rowsPerJob)
        let jobCount = (rowCount + TableRows.rowsPerJob - 1) / TableRows.rowsPerJob
        run.progress.begin("predicting", unit: "rows", total: rowCount)
        try await run.clock.measure("predict") {
            try await run.dispatch(jobs, of: phase, count: jobCount, gate: gate) { part in
                gate.open(upTo: try await assembly.add(part) / TableRows.rowsPerJob)
                run.progress.advance(by: part.rows.count)
            }
        }
        run.progress.end()
        try await run.clock.measure("write") { try await assembly.finish() }
    }
}

/// The labels of some rows, checked against the model.
private struct PredictedRows: Sendable {
    let rows: Range<Int>
    let labels: [Int32]
    /// `[row][class]`; empty unless asked for.
    let probabilities: [Float]

    /// - Throws: `WireError.invalid` for a result that cannot be the job's.
    init(_ rows: Range<Int>, _ output: RowJob.Output, classes: [SegmentationClass]) throws(WireError) {
        labels = try output.classes.elements(as: UInt8.self).map { (index) throws(WireError) -> Int32 in
            guard Int(index) < classes.count else {
                throw .invalid("classes: expected indices below \(classes.count), found \(index)")
            }
            return Int32(classes[Int(index)].label)
        }
        try output.probabilities?.requireShares([rows.count, classes.count], "probabilities")
        probabilities = output.probabilities?.elements(as: Float.self) ?? []
        self.rows = rows
    }
}

/// The row jobs of one table.
private struct TableRows: AsyncSequence, Sendable {
    typealias Element = DispatchJob<PredictedRows>

    let table: String
    let rowCount: Int
    let model: ContentHash
    let classes: [SegmentationClass]
    let probabilities: Bool
    let gate: RowGate
    let clock: PhaseClock

    /// Rows of one job.
    static let rowsPerJob = 16_384

    func makeAsyncIterator() -> Iterator { Iterator(source: self) }

    struct Iterator: AsyncIteratorProtocol {
        let source: TableRows
        private var reader: FeatureTable?
        private var nextRow = 0

        init(source: TableRows) { self.source = source }

        mutating func next() async throws -> Element? {
            guard nextRow < source.rowCount else { return nil }
            await source.gate.wait(forRow: nextRow / TableRows.rowsPerJob)
            let rows = nextRow..<Swift.min(nextRow + TableRows.rowsPerJob, source.rowCount)
            nextRow = rows.upperBound
            let table = try reader ?? FeatureTable(source.table)
            reader = table
            let values = try source.clock.measure("read") { try table.values(rows: rows) }
            return DispatchJob(
                RowJob(
                    model: source.model, values: WireArray(values, .float32, shape: [rows.count, table.featureCount]),
                    probabilities: source.probabilities),
                label: "\(source.table): rows \(rows.lowerBound) to \(rows.upperBound - 1)",
                accept: { [classes = source.classes] output in try PredictedRows(rows, output, classes: classes) })
        }
    }
}

/// The outputs of a prediction while its rows come in; parts that come early wait for their turn.
private actor RowAssembly {
    private let labelFile: PendingFile
    private let labelWriter: NPYWriter
    private let probabilityFile: NPYMapFile?
    private var early: [Int: PredictedRows] = [:]
    private var nextRow = 0

    init(labels: String, probabilities: String?, rowCount: Int, classCount: Int) throws {
        labelFile = try PendingFile(path: labels)
        labelWriter = try NPYWriter(path: labelFile.temporaryPath, element: .int32, shape: [rowCount])
        probabilityFile = try probabilities.map { try NPYMapFile(path: $0, shape: [rowCount, classCount]) }
    }

    /// Takes the labels of some rows, and returns the first row that is not written.
    func add(_ part: PredictedRows) throws -> Int {
        early[part.rows.lowerBound] = part
        while let next = early.removeValue(forKey: nextRow) {
            try labelFile.write { try labelWriter.write(next.labels) }
            try probabilityFile?.write(rows: next.rows.count, next.probabilities)
            nextRow = next.rows.upperBound
        }
        return nextRow
    }

    func finish() throws {
        try probabilityFile?.seal()
        try labelFile.write { try labelWriter.finish() }
        try probabilityFile?.publish()
        try labelFile.commit()
    }
}

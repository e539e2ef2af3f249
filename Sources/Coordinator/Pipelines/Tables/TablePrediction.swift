internal import Core

/// From a table and a model to the label, and if asked for the class probabilities, of every row.
struct TablePrediction: Sendable {
    let model: SegmentationModel
    let hash: ContentHash
    let table: String
    let cluster: Cluster

    func write(labels: String, probabilities: String?) async throws {
        guard case .rows(let names) = model.input else {
            throw CommandError(
                .badInput,
                "expected a model that was trained on a table, found one that was trained on images; use coppice segment")
        }
        let source = try FeatureTable(table)
        guard source.featureCount == names.count else {
            throw CommandError(
                .badInput, "\(table): expected \(names.count) features as the model was trained on, found \(source.featureCount)")
        }
        let rowCount = source.rowCount
        let assembly = try RowAssembly(
            labels: labels, probabilities: probabilities, rowCount: rowCount, classes: model.classes)
        let jobs = TableRows(
            table: table, rowCount: rowCount, model: hash, probabilities: probabilities != nil, clock: cluster.clock)
        cluster.progress.begin("predicting", unit: "rows", total: rowCount)
        try await cluster.clock.measure("predict") {
            try await cluster.run(jobs) { rows, output in
                try await assembly.add(rows, output)
                cluster.progress.advance(by: rows.count)
            }
        }
        cluster.progress.end()
        try await cluster.clock.measure("write") { try await assembly.finish() }
    }
}

/// The row jobs of one table.
private struct TableRows: AsyncSequence, Sendable {
    typealias Element = PlannedJob<RowJob, Range<Int>>

    let table: String
    let rowCount: Int
    let model: ContentHash
    let probabilities: Bool
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
            let rows = nextRow..<Swift.min(nextRow + TableRows.rowsPerJob, source.rowCount)
            nextRow = rows.upperBound
            let table = try reader ?? FeatureTable(source.table)
            reader = table
            let values = try source.clock.measure("read") { try table.values(rows: rows) }
            return PlannedJob(
                label: "\(source.table): rows \(rows.lowerBound) to \(rows.upperBound - 1)",
                job: RowJob(
                    model: source.model, values: WireArray(values, .float32, shape: [rows.count, table.featureCount]),
                    probabilities: source.probabilities),
                context: rows)
        }
    }
}

/// The outputs of a prediction while its rows come in; parts that come early wait for their turn.
private actor RowAssembly {
    private let classes: [SegmentationClass]
    private let labelFile: PendingFile
    private let labelWriter: NPYWriter
    private let probabilityFile: NPYMapFile?
    private var early: [Int: (rows: Range<Int>, output: RowJob.Output)] = [:]
    private var nextRow = 0

    init(labels: String, probabilities: String?, rowCount: Int, classes: [SegmentationClass]) throws {
        self.classes = classes
        labelFile = try PendingFile(path: labels)
        labelWriter = try NPYWriter(path: labelFile.temporaryPath, element: .int32, shape: [rowCount])
        probabilityFile = try probabilities.map { try NPYMapFile(path: $0, shape: [rowCount, classes.count]) }
    }

    func add(_ rows: Range<Int>, _ output: RowJob.Output) throws {
        early[rows.lowerBound] = (rows, output)
        while let next = early.removeValue(forKey: nextRow) {
            let labels = try next.output.classes.elements(as: UInt8.self).map { (index) -> Int32 in
                guard Int(index) < classes.count else {
                    throw WireError.invalid("rows \(next.rows): expected class indices below \(classes.count), found \(index)")
                }
                return Int32(classes[Int(index)].label)
            }
            try labelWriter.write(labels)
            if let probabilities = next.output.probabilities {
                try probabilityFile?.write(rows: next.rows.count, probabilities.elements(as: Float.self))
            }
            nextRow = next.rows.upperBound
        }
    }

    func finish() throws {
        try probabilityFile?.finish()
        try labelWriter.finish()
        try labelFile.commit()
    }
}

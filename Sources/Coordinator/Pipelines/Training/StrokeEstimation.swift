internal import Forest
internal import Foundation
internal import Jobs
internal import Primitives
internal import Protocol
internal import Synchronization

/// Estimates a model's accuracy by leaving out whole strokes, or images, of its training set: forests that nobody keeps are grown without
/// each fold, and judged on it.
///
/// 1. The samples' strokes are found, and folds made of them (`StrokeSamples.folds`). A set that is in a file lends `samplesMax` samples,
///    about, which the seed chooses; one that is in memory, all.
/// 2. For each fold, jobs grow trees as the model's are grown, with random streams of their own, and vote on the fold's samples.
/// 3. Votes are summed; the class with the most is what the forest says. The confusion of all folds together is the estimate.
///
/// The model's own trees and bytes know nothing of it.
struct StrokeEstimation: Sendable {
    let set: TrainingSet
    let selection: SampleSelection
    let classes: TrainingClasses
    let parameters: ForestParameters
    /// 0 for no estimate.
    let folds: Int
    let run: Run
    /// Of a set in a file.
    var samplesMax = Self.samplesUsuallyMax

    static let samplesUsuallyMax = 1 << 18
    /// A forest of the estimate has no more trees; what more of them would add is less than what strokes differ by.
    static let treesMax = 25

    private var treesPerFold: Int { min(Self.treesMax, parameters.trees) }

    /// The estimate; nil if none is asked for.
    func estimate(_ table: ReadyTable) async throws -> AccuracyEstimate? {
        guard folds > 0 else { return nil }
        let strokes = try run.clock.measure("read") { try samples(of: table) }
        let folds = run.clock.measure("estimate") { strokes.folds(self.folds) }
        guard !folds.folds.isEmpty else { return estimate(folds, []) }
        let part = try run.clock.measure("estimate") { try table.part(strokes.rows, in: run) }
        let document = try FoldsDocument(folds.foldOfSample).encoded()
        let hash = ContentHash(of: document)
        run.register(document, as: hash)
        let votes = try await votes(on: part, strokes, folds, hash)
        return estimate(folds, votes.map { (votes: $0.value, classes: judgedClasses(strokes, folds, $0.key)) })
    }

    private func samples(of table: ReadyTable) throws -> StrokeSamples {
        let share = table.isWhole ? 1 : min(1, Double(samplesMax) / Double(table.shape.sampleCount))
        let keyMax = share >= 1 ? UInt64.max : UInt64(share * 0x1p64)
        // Not the numbers that edges are chosen by.
        let seed = SplitMix64.mix(parameters.seed ^ Self.streams)
        let samples = try StrokeSamples(of: set.pairs, set.labels, selection, classes.indices) { image, position in
            keyMax == .max || SampleSelection.key(seed, image, position) <= keyMax
        }
        guard samples.rows.last.map({ Int($0) < table.shape.sampleCount }) ?? false,
            share < 1 || samples.rows.count == table.shape.sampleCount
        else { throw CoordinatorError(.badInput, "the labels changed while they were learned from") }
        return samples
    }

    /// What tells the streams of the estimate from the model's.
    private static let streams: UInt64 = 0x7374_726F_6B65_7321

    private func parameters(ofFold fold: Int) throws -> ForestParameters {
        try ForestParameters(
            trees: treesPerFold, maxDepth: parameters.maxDepth, minSamplesLeaf: parameters.minSamplesLeaf,
            maxFeatures: parameters.maxFeatures, maxSamples: parameters.maxSamples, classWeight: parameters.classWeight,
            seed: SplitMix64.mix((parameters.seed ^ Self.streams) &+ UInt64(fold) &* SplitMix64.step))
    }

    private func judgedClasses(_ samples: StrokeSamples, _ folds: SampleFolds, _ fold: Int) -> [UInt8] {
        LeftOutFold.judgedRows(folds: folds.foldOfSample, fold: fold, classCount: classes.classes.count)
            .map { samples.classes[Int($0)] }
    }

    /// The votes on the judged samples of each fold.
    private func votes(
        on table: ContentHash, _ samples: StrokeSamples, _ folds: SampleFolds, _ hash: ContentHash
    ) async throws -> [Int: [UInt32]] {
        let trees = treesPerFold
        let step = min(
            trees, ForestTraining.treesPerJob(trees: trees * folds.folds.count, slots: await run.slots))
        let phase = try run.phase("estimate", granularity: step)
        let classCount = classes.classes.count
        var jobs: [DispatchJob<FoldVotes>] = []
        for fold in folds.folds {
            let parameters = try parameters(ofFold: fold)
            let rowCount = judgedClasses(samples, folds, fold).count
            for first in stride(from: 0, to: trees, by: phase.granularity) {
                let count = min(phase.granularity, trees - first)
                jobs.append(
                    DispatchJob(
                        FoldJob(
                            table: table, folds: hash, fold: fold, parameters: parameters, firstTree: first, treeCount: count),
                        label: "fold \(fold), trees \(first) to \(first + count - 1)",
                        accept: { output in
                            try FoldVotes(output, fold: fold, treeCount: count, rowCount: rowCount, classCount: classCount)
                        }))
            }
        }
        let sums = Lock<[Int: [UInt32]]>([:])
        run.progress.begin("estimating", unit: "trees", total: trees * folds.folds.count)
        try await run.clock.measure("estimate") {
            try await run.dispatch(LazyAsyncSequence(base: jobs), of: phase, count: jobs.count) { part in
                sums.withLock { sums in
                    guard var sum = sums.removeValue(forKey: part.fold) else {
                        sums[part.fold] = part.votes
                        return
                    }
                    // At most 25 trees × 65,535 in all, as each part was checked.
                    for index in sum.indices { sum[index] += part.votes[index] }
                    sums[part.fold] = sum
                }
                run.progress.advance(by: part.treeCount)
            }
        }
        run.progress.end()
        return sums.withLock { $0 }
    }

    private func estimate(_ folds: SampleFolds, _ votes: [(votes: [UInt32], classes: [UInt8])]) -> AccuracyEstimate {
        var confusion = Array(repeating: Array(repeating: 0, count: classes.classes.count), count: classes.classes.count)
        for one in votes { LeftOutFold.add(one.votes, of: one.classes, to: &confusion) }
        return AccuracyEstimate(classes.classes, folds, treesPerFold: treesPerFold, confusion: confusion)
    }
}

/// The result of a fold job, decoded and checked.
struct FoldVotes: Sendable {
    let fold: Int
    let treeCount: Int
    /// `[judged sample][class]`.
    let votes: [UInt32]

    /// - Throws: `WireError.invalid` for a result that cannot be the job's.
    init(_ output: FoldJob.Output, fold: Int, treeCount: Int, rowCount: Int, classCount: Int) throws(WireError) {
        try output.votes.require(.uint32, [rowCount, classCount], "votes")
        let votes = output.votes.elements(as: UInt32.self)
        let total = treeCount * Int(Tree.leafTotal)
        // Each tree gives away all of a leaf's shares.
        for row in 0..<rowCount {
            let sum = votes[row * classCount..<(row + 1) * classCount].reduce(0) { $0 + Int($1) }
            guard sum == total else { throw .invalid("votes: row \(row): expected a sum of \(total), found \(sum)") }
        }
        (self.fold, self.treeCount, self.votes) = (fold, treeCount, votes)
    }
}
